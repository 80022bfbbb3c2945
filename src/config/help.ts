import { OPTION_SECTIONS, type OptionDefinition } from './option-table.js';

const WIDTH = 110;
const INDENT = 6;

/** What `--help` prints, from the same table that flags are read by. */
export function helpText(): string {
  const lines = [
    'kubenest: a Kubernetes API server',
    '',
    'Usage: npm start -- [--option value ...]',
    '',
    '  --config FILE',
    '      YAML file with the same options by name; flags win over it.',
    '  --help, --version',
  ];
  for (const { title, options } of OPTION_SECTIONS) {
    lines.push('', `${title}:`);
    for (const option of options) lines.push(headOf(option), ...wrap(option.help));
  }
  return `${lines.join('\n')}\n`;
}

function headOf({ name, kind, default: fallback, choices }: OptionDefinition): string {
  const value = kind === 'flag' ? '' : ` ${(choices?.join('|') ?? kind.replace('portRange', 'from-to')).toUpperCase()}`;
  return `  --${name}${value}${fallback === '' ? '' : ` (default ${fallback})`}`;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(INDENT);
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = ' '.repeat(INDENT);
    }
    line += line.trim() === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
