import { ipFamily } from '../validation/ip.js';

const ATOM = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u0080-\\u{10ffff}]+";
const QUOTED = '"(?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[^\\x00-\\x08\\x0a-\\x1f\\x7f])+"';
const LITERAL = '\\[([^\\[\\]\\\\\\s]*)\\]';
const ADDRESS = `[ \\t]*(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})@[ \\t]*(?:${ATOM}(?:\\.${ATOM})*|${LITERAL})`;
const COMMENT = '\\((?:[^()\\\\]|\\\\.)*\\)';
const GAP = `(?:[ \\t]|${COMMENT})*`;
/** Words of a name; dots may stand anywhere in them. */
const NAME = `(?:[ \\t.]|${ATOM.slice(0, -1)}|${QUOTED}|${COMMENT})*`;

const BARE = new RegExp(`^${ADDRESS}${GAP}$`, 'u');
const NAMED = new RegExp(`^${NAME}<${ADDRESS}>${GAP}$`, 'u');
/** Longer texts are no addresses; it bounds the work of the patterns. */
const LENGTH_MAX = 1_000;

/**
 * Whether a text is one mail address: `a@example.com`, `"A. B" <a@example.com>`, `a@[10.0.0.1] (office)`.
 * @see https://pkg.go.dev/net/mail#ParseAddress
 */
export function isMailAddress(text: string): boolean {
  if (text.length > LENGTH_MAX) return false;
  const match = BARE.exec(text) ?? NAMED.exec(text);
  return match !== null && (match[1] === undefined || ipFamily(match[1]) !== undefined);
}
