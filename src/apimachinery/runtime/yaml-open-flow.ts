const CLOSERS: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
/** What may stand before the bracket of a flow collection: elsewhere it is part of a plain text. */
const BEFORE_NODE = new Set(['', ' ', '\t', '\n', ',', '[', '{']);
/** After these another node has to come. */
const AWAITS_NODE = new Set(['[', '{', ',', ':']);

/**
 * What Go's reader says of a text that ends within a flow collection (`a: [1,`), or has the key of a block within one; undefined where
 * it is neither. Lines count from 0 there, and the end of the text is a line of its own.
 */
export function openFlowError(text: string): string | undefined {
  return new FlowScan(text).run();
}

class FlowScan {
  private readonly closers: string[] = [];
  private line = 0;
  /** The last character that means something. */
  private last = '';
  /** Where the entry of a list started that is being read. */
  private entryLine: number | undefined;

  constructor(private readonly text: string) {}

  run(): string | undefined {
    for (let i = 0; i < this.text.length; i = this.step(i)) if (this.isStrayKey(i)) return this.unclosed(this.line);
    if (this.closers.length === 0) return undefined;
    const end = this.text.endsWith('\n') ? this.line : this.line + 1;
    return AWAITS_NODE.has(this.last) ? `line ${end}: did not find expected node content` : this.unclosed(end);
  }

  /** @returns where to go on */
  private step(at: number): number {
    const { text } = this;
    const c = text[at]!;
    const before = text[at - 1] ?? '';
    if (c === '\n') this.line++;
    if (/\s/.test(c)) return at + 1;
    if (c === '#' && /^\s?$/.test(before)) return endOfLine(text, at);
    this.last = c;
    if (c in CLOSERS && BEFORE_NODE.has(before)) {
      this.closers.push(CLOSERS[c]!);
      this.entryLine = undefined;
    } else if (c === this.closers.at(-1)) this.closers.pop();
    else if (c === ',') this.entryLine = undefined;
    else {
      this.entryLine ??= this.line;
      if ((c === '"' || c === "'") && BEFORE_NODE.has(before)) return endOfQuoted(text, at, c) + 1;
    }
    return at + 1;
  }

  /** A list's entry may be a pair, but on one line. */
  private isStrayKey(at: number): boolean {
    if (this.text[at] !== ':' || this.closers.at(-1) !== ']' || !/^\s?$/.test(this.text[at + 1] ?? '')) return false;
    return this.entryLine !== undefined && this.entryLine !== this.line;
  }

  private unclosed(line: number): string {
    return `line ${line}: did not find expected ',' or '${this.closers.at(-1)}'`;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Where the quotes close; the end of the text where they do not. */
function endOfQuoted(text: string, from: number, quote: string): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i++;
    else if (text[i] === quote) return i;
  }
  return text.length;
}
