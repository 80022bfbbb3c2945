import type { CelIssue } from './source.js';

/** Kinds of tokens; a punctuation mark is its own kind. */
export type TokenKind =
  | '=='
  | '!='
  | 'in'
  | '<'
  | '<='
  | '>='
  | '>'
  | '&&'
  | '||'
  | '['
  | ']'
  | '{'
  | '}'
  | '('
  | ')'
  | '.'
  | ','
  | '-'
  | '!'
  | '?'
  | ':'
  | '+'
  | '*'
  | '/'
  | '%'
  | 'true'
  | 'false'
  | 'null'
  | 'NUM_FLOAT'
  | 'NUM_INT'
  | 'NUM_UINT'
  | 'STRING'
  | 'BYTES'
  | 'IDENTIFIER'
  | 'ESC_IDENTIFIER'
  | '<EOF>';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Index into the source. */
  readonly offset: number;
}

const KEYWORDS: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null']);
const IGNORED = /(?:[\t\n\f\r ]|\/\/[^\n]*)+/y;
const NUMBER =
  /(?:[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.[0-9]+(?:[eE][-+]?[0-9]+)?)|(?:0x[0-9a-fA-F]+|[0-9]+)[uU]?/y;
const WORD = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED_WORD = /`[a-zA-Z0-9_./ -]+`/y;
const QUOTED_WORD_START = /`[a-zA-Z0-9_./ -]*/y;
const MARK = /==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>]/y;
const STRING_START = /[bB]?[rR]?(?:"""|'''|"|')/y;
const ESCAPE = /\\(?:[abfnrtv"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y;
const PARTIAL_ESCAPE = /\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?/y;

/**
 * Splits an expression into tokens, the last one `<EOF>`. What is no token is reported as
 * `Syntax error: token recognition error at: '@'` and left out.
 */
export function tokenize(source: string, issues: CelIssue[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (true) {
    at += matchAt(IGNORED, source, at)?.length ?? 0;
    if (at >= source.length) break;
    const found = tokenAt(source, at);
    if (typeof found === 'number') {
      // The scan failed at the character `found`: it is part of the report, and skipped.
      const stop = found < source.length ? found + charLength(source, found) : found;
      issues.push({
        offset: at,
        message: `Syntax error: token recognition error at: '${shown(source.slice(at, stop))}'`,
      });
      at = stop;
    } else {
      tokens.push(found);
      at += found.text.length;
    }
  }
  tokens.push({ kind: '<EOF>', text: '<EOF>', offset: source.length });
  return tokens;
}

/** Text as it stands in messages. */
export function shown(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

function tokenAt(source: string, offset: number): Token | number {
  const number = matchAt(NUMBER, source, offset);
  if (number !== undefined) return { kind: numberKind(number), text: number, offset };
  if (matchAt(STRING_START, source, offset) !== undefined) return stringAt(source, offset);
  const word = matchAt(WORD, source, offset);
  if (word !== undefined) return { kind: KEYWORDS.has(word) ? (word as TokenKind) : 'IDENTIFIER', text: word, offset };
  if (source[offset] === '`') {
    const text = matchAt(QUOTED_WORD, source, offset);
    if (text !== undefined) return { kind: 'ESC_IDENTIFIER', text, offset };
    return offset + matchAt(QUOTED_WORD_START, source, offset)!.length;
  }
  const mark = matchAt(MARK, source, offset);
  if (mark !== undefined) return { kind: mark as TokenKind, text: mark, offset };
  // The first half of a two-character mark fails at the character that follows it.
  return '=&|'.includes(source[offset]!) ? offset + 1 : offset;
}

function numberKind(text: string): TokenKind {
  if (/[uU]$/.test(text)) return 'NUM_UINT';
  return text.startsWith('0x') || /^[0-9]+$/.test(text) ? 'NUM_INT' : 'NUM_FLOAT';
}

function stringAt(source: string, offset: number): Token | number {
  const start = matchAt(STRING_START, source, offset)!;
  const prefix = start.replace(/["']+$/, '');
  const quote = start.slice(prefix.length);
  const raw = /[rR]/.test(prefix);
  const kind: TokenKind = /[bB]/.test(prefix) ? 'BYTES' : 'STRING';
  const end = stringEnd(source, offset + start.length, quote, raw);
  if (end.closed) return { kind, text: source.slice(offset, end.at), offset };
  // Three quotes that never end: the first two are an empty string.
  if (quote.length === 3) return { kind, text: source.slice(offset, offset + prefix.length + 2), offset };
  return end.at;
}

function stringEnd(source: string, from: number, quote: string, raw: boolean): { closed: boolean; at: number } {
  let at = from;
  while (at < source.length) {
    if (source.startsWith(quote, at)) return { closed: true, at: at + quote.length };
    const character = source[at]!;
    if (quote.length === 1 && (character === '\n' || character === '\r')) return { closed: false, at };
    if (character === '\\' && !raw) {
      const sequence = matchAt(ESCAPE, source, at);
      if (sequence === undefined) return { closed: false, at: at + matchAt(PARTIAL_ESCAPE, source, at)!.length };
      at += sequence.length;
    } else {
      at++;
    }
  }
  return { closed: false, at };
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function charLength(source: string, at: number): number {
  return source.codePointAt(at)! > 0xffff ? 2 : 1;
}
