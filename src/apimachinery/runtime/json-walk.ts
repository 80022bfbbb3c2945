import type { WholeFloats } from './whole-floats.js';

/** Looks at JSON text known to be valid for what a parsed value does not show. Slow: for texts that are known to have it. */

/** Paths of fields that an object has twice or more, in the order in which that shows: `spec.list[1].a`. */
export function findRepeatedFields(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  new JsonWalker(text, { repeated: (path) => found.add(path) }).value('');
  return found;
}

/** Numbers that are written as doubles though they have no fraction, `1.0`, `1e3`: how they are written, by path. */
export function findWholeFloats(text: string): WholeFloats {
  const found = new Map<string, string>();
  const literal = (path: string, word: string) => {
    if (/[.eE]/.test(word) && Number.isSafeInteger(Number(word))) found.set(path, word);
  };
  new JsonWalker(text, { literal }).value('');
  return found;
}

interface Visitor {
  repeated?(path: string): void;
  /** A number, true, false or null, as written. */
  literal?(path: string, word: string): void;
}

class JsonWalker {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly visitor: Visitor,
  ) {}

  value(path: string): void {
    const c = this.peek();
    if (c === '{') this.object(path);
    else if (c === '[') this.array(path);
    else if (c === '"') this.string();
    else this.literal(path);
  }

  private object(path: string): void {
    const seen = new Set<string>();
    this.at++;
    while (this.peek() !== '}') {
      const name = this.string();
      const inner = path === '' ? name : `${path}.${name}`;
      if (seen.has(name)) this.visitor.repeated?.(inner);
      seen.add(name);
      this.peek();
      this.at++; // ':'
      this.value(inner);
      if (this.peek() === ',') this.at++;
    }
    this.at++;
  }

  private array(path: string): void {
    this.at++;
    for (let i = 0; this.peek() !== ']'; i++) {
      this.value(`${path}[${i}]`);
      if (this.peek() === ',') this.at++;
    }
    this.at++;
  }

  private string(): string {
    const start = this.at++;
    while (this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1;
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private literal(path: string): void {
    const start = this.at;
    while (this.at < this.text.length && !/[\s,\]}]/.test(this.text[this.at]!)) this.at++;
    this.visitor.literal?.(path, this.text.slice(start, this.at));
  }

  /** The next character that is no white space. */
  private peek(): string | undefined {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
    return this.text[this.at];
  }
}
