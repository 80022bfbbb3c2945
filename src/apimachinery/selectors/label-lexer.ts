/** What a label selector's text is made of; a symbol's kind is its own text. */
export type TokenKind = '!' | '=' | '==' | '!=' | '>' | '<' | '(' | ')' | ',' | 'in' | 'notin' | 'identifier' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; empty for the end. */
  readonly text: string;
}

const SYMBOLS = '=!(),><';
const SPACES = ' \t\r\n';
/** Upstream's lexer takes a NUL for the end of the text. */
const NUL = '\0';

function symbolAt(text: string, at: number): TokenKind {
  const two = text.slice(at, at + 2);
  return (two === '==' || two === '!=' ? two : text[at]) as TokenKind;
}

/** Splits a label selector into tokens; the last one is always `end`. Any text has tokens: errors are the parser's. */
export function labelTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length && text[at] !== NUL) {
    const char = text[at]!;
    if (SPACES.includes(char)) {
      at++;
    } else if (SYMBOLS.includes(char)) {
      const kind = symbolAt(text, at);
      tokens.push({ kind, text: kind });
      at += kind.length;
    } else {
      const start = at;
      while (at < text.length && text[at] !== NUL && !SYMBOLS.includes(text[at]!) && !SPACES.includes(text[at]!)) at++;
      const word = text.slice(start, at);
      tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}
