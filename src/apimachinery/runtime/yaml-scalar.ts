/** Which ways of writing a string its characters allow. */
export interface ScalarAnalysis {
  readonly plainAllowed: boolean;
  readonly singleQuotedAllowed: boolean;
  readonly blockAllowed: boolean;
}

const INDICATORS_FIRST = /^[#,[\]{}&*!|>'"%@`]/;
/** A `?`, `:` or `-` that starts a key, a value or an item. */
const INDICATOR_BEFORE_SPACE = /^[?:-](?:[ \t\r\n\u0085\u2028\u2029]|$)/;
const INDICATOR_INSIDE = /.:(?:[ \t\r\n\u0085\u2028\u2029]|$)|[ \t\r\n\u0085\u2028\u2029]#/s;
const LINE_BREAK = /[\r\n\u0085\u2028\u2029]/;

/**
 * What libyaml's emitter finds in a scalar of a block collection.
 * @see https://yaml.org/spec/1.1/#id863390
 */
export function analyzeScalar(text: string): ScalarAnalysis {
  const special = [...text].some((c) => !isPrintable(c));
  const lineBreaks = LINE_BREAK.test(text);
  const edges = /^[ \r\n\u0085\u2028\u2029]|[ \r\n\u0085\u2028\u2029]$/.test(text);
  const breakSpace = /[\r\n\u0085\u2028\u2029] /.test(text);
  const spaceBreak = / [\r\n\u0085\u2028\u2029]/.test(text);
  const trailingSpace = text.endsWith(' ');
  const indicators =
    /^(?:---|\.\.\.)/.test(text) ||
    INDICATORS_FIRST.test(text) ||
    INDICATOR_BEFORE_SPACE.test(text) ||
    INDICATOR_INSIDE.test(text);
  const unsafe = special || spaceBreak;
  return {
    plainAllowed: !unsafe && !edges && !breakSpace && !lineBreaks && !indicators,
    singleQuotedAllowed: !unsafe && !breakSpace,
    blockAllowed: !unsafe && !trailingSpace && text !== '',
  };
}

/** Characters that may stand unescaped; those beyond the basic plane may not. */
function isPrintable(char: string): boolean {
  const c = char.codePointAt(0)!;
  if (c === 0x0a || (c >= 0x20 && c <= 0x7e)) return true;
  return (c >= 0xa0 && c < 0xd800) || (c >= 0xe000 && c < 0xfffe && c !== 0xfeff);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '\\0'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0085', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
]);

/** One character as it stands between double quotes. */
export function escapeScalar(char: string): string {
  const short = ESCAPES.get(char);
  if (short !== undefined) return short;
  if (isPrintable(char)) return char;
  const c = char.codePointAt(0)!;
  const hex = (width: number) => c.toString(16).toUpperCase().padStart(width, '0');
  if (c <= 0xff) return `\\x${hex(2)}`;
  return c <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}
