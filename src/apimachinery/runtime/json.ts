import type { JsonValue } from '../meta/json.js';

/** Integers beyond this many digits may not survive a double; only texts with such a run take the exact path. */
const LONG_INTEGER = /[0-9]{16}/;

/** Length of the longest 64-bit integer: `-9223372036854775808`. */
const INT64_TEXT_MAX = 20;

/**
 * Parses JSON text without losing integers: those outside the safe range come back as bigint.
 * @throws SyntaxError with a position, as JSON.parse does.
 */
export function parseJson(text: string): JsonValue {
  return LONG_INTEGER.test(text) ? parseJsonExactly(text) : (JSON.parse(text) as JsonValue);
}

/** {@link parseJson} for text that is known to hold long integers. */
export function parseJsonExactly(text: string): JsonValue {
  JSON.parse(text); // only to refuse what is no JSON
  return new ExactParser(text).parse();
}

/** JSON text of a value; bigints are written as plain integers. `undefined` fields are left out. */
export function encodeJson(value: JsonValue | object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return encodeExact(value as JsonValue);
    throw error;
  }
}

/** What Go's JSON encoder escapes beyond the need of JSON. */
const HTML = /[<>&\u2028\u2029]/g;

/** JSON text as Go's encoder writes it: `<`, `>` and `&` escaped. Fields stand as they do in the value. */
export function encodeGoJson(value: JsonValue | object): string {
  return encodeJson(value).replace(HTML, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function encodeExact(value: JsonValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(encodeExact).join(',')}]`;
  const fields: string[] = [];
  for (const name of Object.keys(value)) {
    const inner = value[name];
    if (inner !== undefined) fields.push(`${JSON.stringify(name)}:${encodeExact(inner)}`);
  }
  return `{${fields.join(',')}}`;
}

/** A second pass over text that JSON.parse has already found valid; it only has to be exact, not strict. */
class ExactParser {
  private at = 0;

  constructor(private readonly text: string) {}

  parse(): JsonValue {
    return this.value();
  }

  private value(): JsonValue {
    this.space();
    const c = this.text[this.at];
    if (c === '{') return this.object();
    if (c === '[') return this.array();
    if (c === '"') return this.string();
    return this.literal();
  }

  private object(): JsonValue {
    const entries: [string, JsonValue][] = [];
    this.at++;
    this.space();
    while (this.text[this.at] !== '}') {
      this.space();
      const name = this.string();
      this.space();
      this.at++; // ':'
      entries.push([name, this.value()]);
      this.space();
      if (this.text[this.at] === ',') this.at++;
      this.space();
    }
    this.at++;
    return Object.fromEntries(entries);
  }

  private array(): JsonValue {
    const items: JsonValue[] = [];
    this.at++;
    this.space();
    while (this.text[this.at] !== ']') {
      items.push(this.value());
      this.space();
      if (this.text[this.at] === ',') this.at++;
      this.space();
    }
    this.at++;
    return items;
  }

  private string(): string {
    const start = this.at++;
    while (this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1;
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private literal(): JsonValue {
    const start = this.at;
    while (this.at < this.text.length && !/[\s,\]}]/.test(this.text[this.at]!)) this.at++;
    const word = this.text.slice(start, this.at);
    if (/^-?[0-9]+$/.test(word) && word.length <= INT64_TEXT_MAX && !Number.isSafeInteger(Number(word))) {
      const integer = BigInt(word);
      // What 64 bits do not hold is a double, as in Go.
      if (BigInt.asIntN(64, integer) === integer) return integer;
    }
    return JSON.parse(word) as JsonValue;
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }
}
