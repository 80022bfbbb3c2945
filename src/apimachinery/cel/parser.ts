import { balance } from './balance.js';
import { depthOf, type Entry, type Expr } from './expr.js';
import { shown, type Token, type TokenKind, tokenize } from './lexer.js';
import { LiteralError, readBytes, readDouble, readInt, readString, readUint } from './literals.js';
import { expandMacro, type MacroSet } from './macros.js';
import { NodeFactory, TooManyNodes, TREE_DEPTH_MAX } from './nodes.js';
import { RESERVED_WORDS } from './reserved-words.js';
import type { CelIssue } from './source.js';
import { Hopeless, Mismatch, OPERAND, OPERATORS, TokenReader } from './token-reader.js';
import type { Value } from './value.js';

/** Nested expressions, and links of one chain of operators, that are read. */
export const EXPRESSION_DEPTH_MAX = 250;
/** Characters of one expression. */
export const EXPRESSION_LENGTH_MAX = 100_000;
const RELATIONS: ReadonlySet<TokenKind> = new Set(['<', '<=', '>=', '>', '==', '!=', 'in']);
const SUMS: ReadonlySet<TokenKind> = new Set(['+', '-']);
const PRODUCTS: ReadonlySet<TokenKind> = new Set(['*', '/', '%']);
const NUMBERS: ReadonlySet<TokenKind> = new Set(['NUM_INT', 'NUM_FLOAT']);

export interface ParseResult {
  readonly expr: Expr;
  readonly issues: readonly CelIssue[];
}

/** Syntax that an environment may switch on, and the macros that it knows. */
export interface SyntaxOptions {
  readonly macros: MacroSet;
  /** `a.?b`, `a[?b]`, `[?a]`, `{?k: v}`. */
  readonly optionals: boolean;
  /** `` a.`b-c` ``. */
  readonly quotedFields: boolean;
}

/**
 * Reads an expression and expands its macros. Faults are told as cel-go's generated parser tells them, with its way of going on
 * after a fault: one token is left out or added where that mends it, else the rest of the operand is skipped.
 *
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
export function parse(source: string, options: SyntaxOptions): ParseResult {
  const issues: CelIssue[] = [];
  if (source.length > EXPRESSION_LENGTH_MAX) {
    const message = `expression code point size exceeds limit: size: ${source.length}, limit ${EXPRESSION_LENGTH_MAX}`;
    return { expr: new NodeFactory().failure(0), issues: [{ offset: undefined, message }] };
  }
  const parser = new Parser(tokenize(source, issues), issues, options);
  return { expr: parser.parseAll(), issues };
}

class Parser extends TokenReader {
  private depth = 0;
  private readonly nodes = new NodeFactory();

  constructor(
    tokens: readonly Token[],
    issues: CelIssue[],
    private readonly options: SyntaxOptions,
  ) {
    super(tokens, issues);
  }

  parseAll(): Expr {
    try {
      const expr = this.expression();
      this.match('<EOF>', []);
      if (depthOf(expr) > TREE_DEPTH_MAX) throw this.tooDeep('max recursion depth exceeded');
      return expr;
    } catch (error) {
      if (error instanceof TooManyNodes) this.issues.push({ offset: undefined, message: error.message });
      else if (!(error instanceof Mismatch || error instanceof Hopeless)) throw error;
      return new NodeFactory().failure(0);
    }
  }

  private expression(): Expr {
    if (++this.depth > EXPRESSION_DEPTH_MAX)
      throw this.tooDeep(`expression recursion limit exceeded: ${EXPRESSION_DEPTH_MAX}`);
    const condition = this.logical('||', () => this.logical('&&', () => this.binary(RELATIONS)));
    const mark = this.accept('?');
    let expr = condition;
    if (mark !== undefined) {
      const truthy = this.inside([':'], () =>
        this.logical('||', () => this.logical('&&', () => this.binary(RELATIONS))),
      );
      this.match(':', OPERAND);
      expr = this.nodes.call(mark.offset, '_?_:_', [condition, truthy, this.expression()]);
    }
    this.depth--;
    return expr;
  }

  /** Chains of `&&` and `||` become balanced trees. */
  private logical(kind: '&&' | '||', operand: () => Expr): Expr {
    const terms = [operand()];
    const offsets: number[] = [];
    while (this.token.kind === kind) {
      offsets.push(this.advance().offset);
      terms.push(operand());
    }
    return balance(terms, offsets, (offset, left, right) => this.nodes.call(offset, `_${kind}_`, [left, right]));
  }

  private binary(kinds: ReadonlySet<TokenKind>): Expr {
    const operand = () =>
      kinds === RELATIONS ? this.binary(SUMS) : kinds === SUMS ? this.binary(PRODUCTS) : this.unary();
    let left = operand();
    for (let links = 0; kinds.has(this.token.kind); links++) {
      if (links >= EXPRESSION_DEPTH_MAX) throw this.tooDeep('max recursion depth exceeded');
      const { kind, offset } = this.advance();
      left = this.nodes.call(offset, kind === 'in' ? '@in' : `_${kind}_`, [left, operand()]);
    }
    return left;
  }

  private unary(): Expr {
    try {
      this.expectOperand();
      const { kind, offset } = this.token;
      if (kind === '!') return this.repeated('!', '!_', offset);
      if (kind === '-' && !NUMBERS.has(this.next.kind)) return this.repeated('-', '-_', offset);
      return this.member();
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      return this.nodes.failure(this.recover());
    }
  }

  /** An even number of marks cancels out. */
  private repeated(mark: '!' | '-', name: string, offset: number): Expr {
    let count = 0;
    while (this.accept(mark) !== undefined) count++;
    this.expectOperand();
    const operand = this.member();
    return count % 2 === 0 ? operand : this.nodes.call(offset, name, [operand]);
  }

  private member(): Expr {
    let expr = this.primary();
    for (let links = 0; ; links++) {
      if (links >= EXPRESSION_DEPTH_MAX) throw this.tooDeep('max recursion depth exceeded');
      if (this.token.kind === '.') expr = this.field(expr);
      else if (this.token.kind === '[') expr = this.index(expr);
      else return expr;
    }
  }

  private field(operand: Expr): Expr {
    const dot = this.advance();
    const mark = this.accept('?');
    const quoted = this.token.kind === 'ESC_IDENTIFIER';
    const name = this.fieldName(operand, dot);
    if (mark !== undefined) {
      if (!this.options.optionals) return this.fault(dot.offset, "unsupported syntax '.?'");
      return this.nodes.call(dot.offset, '_?._', [operand, this.nodes.constant(dot.offset, name)]);
    }
    const open = this.token.kind === '(' && !quoted ? this.advance() : undefined;
    if (open === undefined) return this.nodes.select(dot.offset, operand, name);
    return this.call(name, open.offset, this.arguments(), operand);
  }

  private fieldName(operand: Expr, dot: Token): string {
    const { token } = this;
    if (token.kind === 'IDENTIFIER') return this.advance().text;
    if (token.kind === 'ESC_IDENTIFIER') {
      if (!this.options.quotedFields) this.fault(token.offset, "unsupported syntax: '`'");
      return this.advance().text.slice(1, -1);
    }
    // A chain of plain names might have become the name of a message: there the parser has one way on only.
    if (isPlainChain(operand)) throw this.mismatch(['IDENTIFIER']);
    const text = token.kind === '<EOF>' ? dot.text : dot.text + token.text;
    throw this.report(token, `no viable alternative at input '${shown(text)}'`);
  }

  private index(operand: Expr): Expr {
    const open = this.advance();
    this.sync([...OPERAND, '?']);
    const mark = this.accept('?');
    const key = this.inside([']'], () => this.expression());
    this.match(']', [...OPERATORS, '.', '[', ...this.follow()]);
    if (mark === undefined) return this.nodes.call(open.offset, '_[_]', [operand, key]);
    if (!this.options.optionals) return this.fault(open.offset, "unsupported syntax '[?'");
    return this.nodes.call(open.offset, '_[?_]', [operand, key]);
  }

  /** After the opening parenthesis, through the closing one. */
  private arguments(): Expr[] {
    const args: Expr[] = [];
    this.sync([...OPERAND, ')']);
    if (this.accept(')') !== undefined) return args;
    this.inside([',', ')'], () => {
      do args.push(this.expression());
      while (this.accept(',') !== undefined);
    });
    this.match(')', [...OPERATORS, '.', '[', ...this.follow()]);
    return args;
  }

  private primary(): Expr {
    const { token } = this;
    switch (token.kind) {
      case '(': {
        this.advance();
        const inner = this.inside([')'], () => this.expression());
        this.match(')', [...OPERATORS, '.', '[', ...this.follow()]);
        return inner;
      }
      case '[':
        return this.list();
      case '{':
        return this.map();
      case '.':
      case 'IDENTIFIER':
        return this.name();
      default:
        return this.literal();
    }
  }

  private name(): Expr {
    const dot = this.accept('.');
    const { token } = this;
    if (token.kind !== 'IDENTIFIER') {
      if (dot === undefined) throw this.mismatch(OPERAND);
      throw this.report(token, `no viable alternative at input '.${token.kind === '<EOF>' ? '' : shown(token.text)}'`);
    }
    const words = this.messageName();
    if (words !== undefined) return this.message((dot === undefined ? '' : '.') + words.join('.'));
    this.advance();
    const name = (dot === undefined ? '' : '.') + token.text;
    if (this.token.kind === '(') {
      const open = this.advance();
      return this.call(name, open.offset, this.arguments(), undefined);
    }
    if (RESERVED_WORDS.has(token.text)) return this.fault(token.offset, `reserved identifier: ${token.text}`);
    return this.nodes.ident(token.offset, name);
  }

  /** The dotted name that an opening brace follows; stands at the brace then, else where it was. */
  private messageName(): string[] | undefined {
    let ahead = this.position;
    const words = [this.tokens[ahead]!.text];
    while (this.tokens[ahead + 1]?.kind === '.' && this.tokens[ahead + 2]?.kind === 'IDENTIFIER') {
      ahead += 2;
      words.push(this.tokens[ahead]!.text);
    }
    if (this.tokens[ahead + 1]?.kind !== '{') return undefined;
    this.skipTo(ahead + 1);
    return words;
  }

  private message(type: string): Expr {
    const { offset } = this.advance();
    const fields: Entry<string>[] = [];
    const starts: TokenKind[] = ['}', ',', '?', 'IDENTIFIER', 'ESC_IDENTIFIER'];
    this.inside([',', '}'], () => {
      this.sync(starts);
      while (this.token.kind === '?' || this.token.kind === 'IDENTIFIER' || this.token.kind === 'ESC_IDENTIFIER') {
        const optional = this.optionalMark();
        const word = this.token;
        if (word.kind === 'IDENTIFIER') this.advance();
        else if (word.kind === 'ESC_IDENTIFIER') {
          if (!this.options.quotedFields) this.fault(word.offset, "unsupported syntax: '`'");
          this.advance();
        } else throw this.mismatch(['IDENTIFIER', 'ESC_IDENTIFIER']);
        const key = word.kind === 'IDENTIFIER' ? word.text : word.text.slice(1, -1);
        const colon = this.token;
        this.match(':', OPERAND);
        fields.push({ key, value: this.expression(), optional, offset: colon.offset });
        if (this.accept(',') === undefined) break;
      }
    });
    this.accept(',');
    this.match('}', [...OPERATORS, ...this.follow()]);
    return this.nodes.struct(offset, type, fields);
  }

  private list(): Expr {
    const { offset } = this.advance();
    const elements: Expr[] = [];
    const optional = new Set<number>();
    this.inside([',', ']'], () => {
      if (this.token.kind !== ']' && this.token.kind !== ',') this.sync([...OPERAND, ']', ',', '?']);
      while (this.token.kind !== ']' && this.token.kind !== ',' && this.token.kind !== '<EOF>') {
        if (this.optionalMark()) optional.add(elements.length);
        elements.push(this.expression());
        if (this.accept(',') === undefined) break;
      }
      if (elements.length === 0) this.accept(',');
    });
    this.close(']');
    return this.nodes.list(offset, elements, optional);
  }

  private map(): Expr {
    const { offset } = this.advance();
    const entries: Entry<Expr>[] = [];
    this.inside([',', '}'], () => {
      if (this.token.kind !== '}' && this.token.kind !== ',') this.sync([...OPERAND, '}', ',', '?']);
      while (this.token.kind !== '}' && this.token.kind !== ',' && this.token.kind !== '<EOF>') {
        const optional = this.optionalMark();
        const key = this.inside([':'], () => this.expression());
        const colon = this.token;
        this.match(':', OPERAND);
        entries.push({ key, value: this.expression(), optional, offset: colon.offset });
        if (this.accept(',') === undefined) break;
      }
      if (entries.length === 0) this.accept(',');
    });
    this.close('}');
    return this.nodes.map(offset, entries);
  }

  /** The end of a list or map, before which a comma may stand. */
  private close(kind: ']' | '}'): void {
    if (this.token.kind !== kind) this.sync([kind, ',']);
    this.match(kind, [...OPERATORS, '.', '[', ...this.follow()]);
  }

  private optionalMark(): boolean {
    const mark = this.accept('?');
    if (mark !== undefined && !this.options.optionals) this.fault(mark.offset, "unsupported syntax '?'");
    return mark !== undefined;
  }

  private literal(): Expr {
    const { offset } = this.token;
    const negative = this.accept('-') !== undefined;
    const token = this.advance();
    try {
      return this.nodes.constant(offset, literalValue(token, negative));
    } catch (error) {
      if (error instanceof LiteralError) return this.fault(offset, error.message);
      throw error;
    }
  }

  private call(name: string, offset: number, args: Expr[], target: Expr | undefined): Expr {
    const expanded = expandMacro(this.options.macros, this.nodes, { name, offset, args, target });
    if (expanded === undefined) return this.nodes.call(offset, name, args, target);
    if ('kind' in expanded) return expanded;
    return this.fault(expanded.offset ?? offset, expanded.message);
  }

  private fault(offset: number, message: string): Expr {
    this.issues.push({ offset, message });
    return this.nodes.failure(offset);
  }

  private expectOperand(): void {
    this.sync(OPERAND);
  }
}

function isPlainChain(expr: Expr): boolean {
  return expr.kind === 'ident' || (expr.kind === 'select' && isPlainChain(expr.operand));
}

function literalValue(token: Token, negative: boolean): Value {
  switch (token.kind) {
    case 'NUM_INT':
      return readInt(token.text, negative);
    case 'NUM_UINT':
      return readUint(token.text);
    case 'NUM_FLOAT':
      return readDouble(token.text, negative);
    case 'STRING':
      return readString(token.text);
    case 'BYTES':
      return readBytes(token.text);
    default:
      return token.kind === 'null' ? null : token.kind === 'true';
  }
}
