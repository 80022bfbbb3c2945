import type { JsonValue } from '../../apimachinery/meta/json.js';

const CONTEXT_LINES = 3;
/** Objects of more lines than this are not compared line by line (the cost is their product). */
const LINES_MAX = 4000;

/**
 * The lines in which two values differ when written with one space a level, as a unified diff with three lines of context
 * and without file names: what refusals of whole specs end with.
 */
export function jsonDiff(before: JsonValue, after: JsonValue): string {
  const a = textLines(before);
  const b = textLines(after);
  if (a.length > LINES_MAX || b.length > LINES_MAX) return '';
  return hunks(edits(a, b)).map(formatHunk).join('');
}

/** Stands before long integers while they are text. */
const LONG = '\u0000';
const LONG_TEXT = /"\\u0000(-?\d+)"/g;

/** What Go's JSON escapes besides. */
const HTML = /[<>&\u2028\u2029]/g;

const textLines = (value: JsonValue): string[] =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${LONG}${inner}` : inner), 1)
    .replace(LONG_TEXT, '$1')
    .replace(HTML, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .split('\n');

interface Edit {
  readonly mark: ' ' | '-' | '+';
  readonly line: string;
  /** Lines of each side before this one. */
  readonly a: number;
  readonly b: number;
}

/** A shortest edit script; common ends are set aside first, so the quadratic part is only what changed. */
function edits(a: readonly string[], b: readonly string[]): Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const common = longestCommon(a.slice(start, endA), b.slice(start, endB));
  const out: Edit[] = [];
  let i = 0;
  let j = 0;
  const keep = () => out.push({ mark: ' ', line: a[i]!, a: i++, b: j++ });
  const drop = () => out.push({ mark: '-', line: a[i]!, a: i++, b: j });
  const add = () => out.push({ mark: '+', line: b[j]!, a: i, b: j++ });
  while (i < start) keep();
  while (i < endA || j < endB) {
    const [x, y] = [i - start, j - start];
    if (i < endA && j < endB && a[i] === b[j]) keep();
    else if (i < endA && (j >= endB || common(x + 1, y) >= common(x, y + 1))) drop();
    else add();
  }
  while (i < a.length) keep();
  return out;
}

/** Length of the longest common subsequence of the tails from x and y. */
function longestCommon(a: readonly string[], b: readonly string[]): (x: number, y: number) => number {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let x = a.length - 1; x >= 0; x--) {
    for (let y = b.length - 1; y >= 0; y--) {
      table[x * width + y] =
        a[x] === b[y]
          ? table[(x + 1) * width + y + 1]! + 1
          : Math.max(table[(x + 1) * width + y]!, table[x * width + y + 1]!);
    }
  }
  return (x, y) => table[x * width + y] ?? 0;
}

/** Runs of changes with their context; runs whose contexts touch are one. */
function hunks(all: readonly Edit[]): Edit[][] {
  const out: Edit[][] = [];
  let end = -1;
  for (const [i, edit] of all.entries()) {
    if (edit.mark === ' ') continue;
    const from = Math.max(0, i - CONTEXT_LINES);
    const to = Math.min(all.length, i + CONTEXT_LINES + 1);
    if (from <= end && out.length > 0) out[out.length - 1]!.push(...all.slice(end, to));
    else out.push(all.slice(from, to));
    end = to;
  }
  return out;
}

function formatHunk(hunk: readonly Edit[]): string {
  const inA = hunk.filter(({ mark }) => mark !== '+').length;
  const inB = hunk.filter(({ mark }) => mark !== '-').length;
  const first = hunk[0]!;
  const lines = hunk.map(({ mark, line }) => `${mark}${line}\n`).join('');
  return `@@ -${first.a + 1},${inA} +${first.b + 1},${inB} @@\n${lines}`;
}
