/** A fault of an expression's text, found when it is parsed or checked. */
export interface CelIssue {
  /** Index into the text (UTF-16); undefined where the fault is of the whole. */
  readonly offset: number | undefined;
  readonly message: string;
}

/** How many faults one answer tells; the rest are counted. */
const ISSUES_MAX = 100;

/** An expression that does not compile; the message is cel-go's listing of all faults. */
export class CelCompileError extends Error {
  constructor(
    readonly text: string,
    readonly issues: readonly CelIssue[],
  ) {
    super(formatIssues(text, issues));
  }
}

/**
 * The listing of faults as cel-go prints it, by position:
 * `ERROR: <input>:1:6: undefined field 'x'`, the line of text, and a caret below the place.
 */
export function formatIssues(text: string, issues: readonly CelIssue[]): string {
  const lines = text.split('\n');
  const placed = issues.map((issue) => ({ issue, ...placeOf(text, issue.offset) }));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  const shown = placed.slice(0, ISSUES_MAX).map(({ issue, line, column }) => {
    const head = `ERROR: <input>:${line}:${column}: ${issue.message}`;
    return line < 1
      ? head
      : `${head}\n | ${lines[line - 1]!.replaceAll('\t', ' ')}\n | ${caret(lines[line - 1]!, column)}`;
  });
  if (placed.length > ISSUES_MAX) shown.push(`${placed.length - ISSUES_MAX} more errors were truncated`);
  return shown.join('\n');
}

/** Lines and columns count from one, columns in characters. */
function placeOf(text: string, offset: number | undefined): { line: number; column: number } {
  if (offset === undefined) return { line: -1, column: 0 };
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { line, column: [...before.slice(start)].length + 1 };
}

/** Characters outside ASCII take the full-width forms of dot and caret. */
function caret(line: string, column: number): string {
  const characters = [...line];
  const isWide = (character: string | undefined) => character !== undefined && character.codePointAt(0)! > 0x7f;
  const dots = characters.slice(0, column - 1).map((character) => (isWide(character) ? '．' : '.'));
  return dots.join('').padEnd(column - 1, '.') + (isWide(characters[column - 1]) ? '＾' : '^');
}
