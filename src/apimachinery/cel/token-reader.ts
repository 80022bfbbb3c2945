import { shown, type Token, type TokenKind } from './lexer.js';
import type { CelIssue } from './source.js';

/** Faults of syntax after which reading stops. */
const SYNTAX_FAULTS_MAX = 30;

const ORDER: readonly TokenKind[] = [
  '==',
  '!=',
  'in',
  '<',
  '<=',
  '>=',
  '>',
  '&&',
  '||',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '.',
  ',',
  '-',
  '!',
  '?',
  ':',
  '+',
  '*',
  '/',
  '%',
  'true',
  'false',
  'null',
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
  'ESC_IDENTIFIER',
  '<EOF>',
];
const SYMBOLIC: ReadonlySet<TokenKind> = new Set([
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
  'ESC_IDENTIFIER',
  '<EOF>',
]);

export const OPERAND: readonly TokenKind[] = [
  '[',
  '{',
  '(',
  '.',
  '-',
  '!',
  'true',
  'false',
  'null',
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
];
/** What may follow an operand. */
export const OPERATORS: readonly TokenKind[] = [
  '==',
  '!=',
  'in',
  '<',
  '<=',
  '>=',
  '>',
  '&&',
  '||',
  '?',
  '-',
  '+',
  '*',
  '/',
  '%',
];

/** Leaves the operand that cannot be read. */
export class Mismatch extends Error {}
/** Leaves the expression: too many faults or too deep. */
export class Hopeless extends Error {}

/** Goes through tokens, tells what does not fit, and finds its way on as cel-go's generated parser does. */
export class TokenReader {
  private at = 0;
  /** After a fault further ones are not told until a token fits. */
  private recovering = false;
  private faults = 0;
  private lastRecovery = -1;
  /** What closes the constructs that are open. */
  private readonly closers: TokenKind[][] = [];

  constructor(
    protected readonly tokens: readonly Token[],
    protected readonly issues: CelIssue[],
  ) {}

  protected get position(): number {
    return this.at;
  }

  protected skipTo(position: number): void {
    this.at = position;
    this.recovering = false;
  }

  protected get token(): Token {
    return this.tokens[this.at]!;
  }

  protected get next(): Token {
    return this.tokens[Math.min(this.at + 1, this.tokens.length - 1)]!;
  }

  protected advance(): Token {
    const { token } = this;
    if (token.kind !== '<EOF>') this.at++;
    this.recovering = false;
    return token;
  }

  protected accept(kind: TokenKind): Token | undefined {
    return this.token.kind === kind ? this.advance() : undefined;
  }

  protected inside<T>(closers: TokenKind[], read: () => T): T {
    this.closers.push(closers);
    try {
      return read();
    } finally {
      this.closers.pop();
    }
  }

  protected follow(): TokenKind[] {
    return [...this.closers.flat(), '<EOF>'];
  }

  /** Before a choice: drops one token that stands in the way. @throws Mismatch */
  protected sync(expected: readonly TokenKind[]): void {
    if (expected.includes(this.token.kind) || this.recovering) {
      if (!expected.includes(this.token.kind)) throw this.mismatch(expected);
      return;
    }
    if (!this.dropExtraneous(expected)) throw this.mismatch(expected);
  }

  /** @param following what may stand behind the token: where it does, a missing token is only told. @throws Mismatch */
  protected match(kind: TokenKind, following: readonly TokenKind[]): void {
    if (this.token.kind === kind) {
      this.advance();
      return;
    }
    if (this.dropExtraneous([kind])) {
      this.advance();
      return;
    }
    if (!following.includes(this.token.kind)) throw this.mismatch([kind]);
    this.report(this.token, `missing ${setText([kind])} at ${inputText(this.token)}`);
  }

  private dropExtraneous(expected: readonly TokenKind[]): boolean {
    if (this.token.kind === '<EOF>' || !expected.includes(this.next.kind)) return false;
    this.report(this.token, `extraneous input ${inputText(this.token)} expecting ${setText(expected)}`);
    this.advance();
    return true;
  }

  protected mismatch(expected: readonly TokenKind[]): Mismatch {
    return this.report(this.token, `mismatched input ${inputText(this.token)} expecting ${setText(expected)}`);
  }

  protected report(token: Token, message: string): Mismatch {
    if (!this.recovering) {
      if (++this.faults > SYNTAX_FAULTS_MAX) {
        const limit = `Syntax error: error recovery attempt limit exceeded: ${SYNTAX_FAULTS_MAX}`;
        this.issues.push({ offset: token.offset, message: limit });
        throw new Hopeless();
      }
      this.issues.push({ offset: token.offset, message: `Syntax error: ${message}` });
    }
    this.recovering = true;
    return new Mismatch();
  }

  /** Skips to what may follow an operand here. @returns where that is */
  protected recover(): number {
    if (this.lastRecovery === this.at && this.token.kind !== '<EOF>') this.at++;
    this.lastRecovery = this.at;
    const stops = new Set<TokenKind>([...OPERATORS, ...this.follow()]);
    while (!stops.has(this.token.kind)) this.at++;
    return this.token.offset;
  }

  protected tooDeep(message: string): Hopeless {
    this.issues.push({ offset: undefined, message });
    return new Hopeless();
  }
}

function inputText(token: Token): string {
  return `'${shown(token.text)}'`;
}

function setText(kinds: readonly TokenKind[]): string {
  const texts = [...kinds]
    .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
    .map((kind) => (SYMBOLIC.has(kind) ? kind : `'${kind}'`));
  return texts.length === 1 ? texts[0]! : `{${texts.join(', ')}}`;
}
