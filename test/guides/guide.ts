/** What a page tells its reader to do, in order. */
export type Step =
  | { readonly type: 'save'; readonly name: string; readonly text: string }
  | {
      readonly type: 'run';
      readonly command: string;
      readonly shows: readonly string[] | undefined;
      readonly needs?: string;
    }
  | { readonly type: 'leave'; readonly command: string; readonly until: string; readonly needs?: string };

type Run = Extract<Step, { type: 'run' }>;

/** After the language a fence may say more, which no viewer shows. */
const FENCE = /^```(\w*)([^\n]*)\n([\s\S]*?)^```$/gm;
const SAVE = /Save this as `([^`]+)`[^\n]*\n*$/;

/**
 * The files and commands of a guide: a block under "Save this as `NAME`" is a file; lines of a `sh` block are commands; lines of a
 * `console` block that begin with `$ ` too, and what follows is what they show. Other blocks are there to be read. A fence with
 * `background until="TEXT"` has one command that goes on, and is left once it has written that; one with `needs=PROGRAM` is for
 * machines that have it.
 */
export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = [];
  for (const match of markdown.matchAll(FENCE)) {
    const [, language = '', info = '', text = ''] = match;
    const needs = /\bneeds=(\S+)/.exec(info)?.[1];
    const until = /\bbackground until="([^"]*)"/.exec(info)?.[1];
    const add = (...more: Exclude<Step, { type: 'save' }>[]): void => {
      steps.push(...more.map((step) => (needs === undefined ? step : { ...step, needs })));
    };
    const name = SAVE.exec(markdown.slice(0, match.index))?.[1];
    if (name !== undefined && /:[^\n]*\n*$/.test(markdown.slice(0, match.index)))
      steps.push({ type: 'save', name, text });
    else if (until !== undefined) add({ type: 'leave', command: text.trim(), until });
    else if (language === 'sh') add(...joined(text).split('\n').filter(Boolean).map(command));
    else if (language === 'console') add(...session(joined(text)));
  }
  return steps;
}

/** A line that goes on after a backslash is one command. */
function joined(text: string): string {
  return text.replaceAll(/\\\n\s*/g, '');
}

function command(line: string): Run {
  return { type: 'run', command: line, shows: undefined };
}

function session(text: string): Run[] {
  return text
    .split(/^\$ /m)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [line = '', ...shows] = part.trimEnd().split('\n');
      return { type: 'run', command: line, shows };
    });
}

/** Whether an output is what a page shows: ages and gaps between columns may differ, `...` stands for any lines. */
export function isShown(output: string, shows: readonly string[]): boolean {
  const patterns = shows.map((line) => (line === '...' ? '[\\s\\S]*?' : `${patternOf(line.trimEnd())} *\\n`));
  return new RegExp(`^${patterns.join('')}$`).test(output.endsWith('\n') ? output : `${output}\n`);
}

function patternOf(line: string): string {
  const parts = line.split(/( {2,})(?=\S)|(\b\d+s$)/).filter((part) => part !== undefined);
  return parts
    .map((part) => {
      if (/^ {2,}$/.test(part)) return ' +';
      return /^\d+s$/.test(part) ? '\\d+s' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
}
