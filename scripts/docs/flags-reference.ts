import { NOT_SUPPORTED, WITHOUT_EFFECT } from '../../src/config/foreign-flags.js';
import { OPTION_SECTIONS, type OptionDefinition } from '../../src/config/option-table.js';

/** How a value of each kind is written, for people. */
const WRITTEN: Readonly<Record<OptionDefinition['kind'], string>> = {
  text: 'text',
  flag: 'true or false; alone it means true',
  port: 'port',
  count: 'whole number',
  duration: 'duration (`1m30s`)',
  seconds: 'duration (`1h`)',
  size: 'bytes (`16Mi`)',
  list: 'list, by commas or repeated',
  portRange: 'from-to',
  choice: 'one of',
};

const HEAD = `# Flags

Written by \`node scripts/run-ts.mjs scripts/check-docs.ts --write\` from \`src/config/option-table.ts\`. Do not edit.

Give a flag as \`npm start -- --name value\`, or by its name in the YAML file of \`--config\`. Flags win over the file.
\`--help\` prints the same list, \`--version\` the version.
`;

/** The text of docs/reference/flags.md. */
export function flagsReference(): string {
  const sections = OPTION_SECTIONS.map(({ title, options }) => section(title, options));
  return [HEAD, ...sections, withoutEffect(), notSupported()].join('\n');
}

function section(title: string, options: readonly OptionDefinition[]): string {
  const rows = options.map((option) => {
    const fallback = option.default === '' ? '' : `\`${option.default}\``;
    return `| \`--${option.name}\` | ${written(option)} | ${fallback} | ${option.help.replaceAll('|', '\\|')} |`;
  });
  return `## ${title}\n\n| flag | value | default | what it does |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function written({ kind, choices }: OptionDefinition): string {
  return choices === undefined ? WRITTEN[kind] : `${WRITTEN[kind]} ${choices.join(', ')}`;
}

function withoutEffect(): string {
  const names = [...WITHOUT_EFFECT.keys()].sort().map((name) => `\`--${name}\``);
  return `## Understood, without effect

kube-apiserver has these; here they have nothing to act on. The server names those it was given and starts.

${names.join(', ')}
`;
}

function notSupported(): string {
  const names = NOT_SUPPORTED.source
    .replace(/^\^\(\?:|\)$/g, '')
    .split('|')
    .map((name) => `\`--${name}${name.endsWith('-') ? '*' : ''}\``);
  return `## Refused

These guard something that is not built yet. To ignore them would be unsafe, so the server does not start with flags that begin so:
${names.join(', ')}.
`;
}
