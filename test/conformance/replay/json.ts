/**
 * JSON without loss: whole numbers beyond 2^53 are bigints, numbers written with a point or an exponent stay apart from
 * whole ones, so that what a scenario says is sent as it was recorded and compared as it came.
 */
export type Json = null | boolean | number | bigint | Float | string | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}

/** A number that was written with a point or an exponent. */
export class Float {
  constructor(readonly value: number) {}
}

const MAY_NEED_CARE = /\d[.eE]|\d{16}/;

/** @throws SyntaxError */
export function parseJson(text: string): Json {
  return MAY_NEED_CARE.test(text) ? new Parser(text).document() : (JSON.parse(text) as Json);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Float);
}

/** As Python's json.dumps writes it: ASCII alone, a space after commas and colons. */
export function dumpJson(value: Json, sortKeys = false): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') {
    return String(value);
  }
  if (typeof value === 'string') return dumpString(value);
  if (value instanceof Float) return dumpFloat(value.value);
  if (Array.isArray(value)) return `[${value.map((item) => dumpJson(item, sortKeys)).join(', ')}]`;
  const keys = Object.keys(value);
  if (sortKeys) keys.sort(byCodePoint);
  return `{${keys.map((key) => `${dumpString(key)}: ${dumpJson(value[key] ?? null, sortKeys)}`).join(', ')}}`;
}

export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function dumpString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The shortest digits that mean this number; an exponent below 1e-4 and from 1e16. */
export function dumpFloat(value: number): string {
  const [digits = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain =
    exponent < 0 ? value.toFixed(Math.max(0, digits.replace(/^-|\./g, '').length - 1 - exponent)) : String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\n\r]|\\.)*"/y;
const SPACE = /[ \t\n\r]*/y;

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): Json {
    const value = this.value();
    this.space();
    if (this.at !== this.text.length) throw this.wrong();
    return value;
  }

  private value(): Json {
    this.space();
    const start = this.text[this.at];
    if (start === '{') return this.object();
    if (start === '[') return this.array();
    if (start === '"') return this.string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(): JsonObject {
    const object: JsonObject = {};
    this.at++;
    this.space();
    if (this.took('}')) return object;
    do {
      this.space();
      const key = this.string();
      this.space();
      if (!this.took(':')) throw this.wrong();
      object[key] = this.value();
      this.space();
    } while (this.took(','));
    if (!this.took('}')) throw this.wrong();
    return object;
  }

  private array(): Json[] {
    const array: Json[] = [];
    this.at++;
    this.space();
    if (this.took(']')) return array;
    do {
      array.push(this.value());
      this.space();
    } while (this.took(','));
    if (!this.took(']')) throw this.wrong();
    return array;
  }

  private string(): string {
    return JSON.parse(this.match(STRING)[0]) as string;
  }

  private number(): Json {
    const [literal, point, exponent] = this.match(NUMBER);
    const value = Number(literal);
    if (point !== undefined || exponent !== undefined) return new Float(value);
    return Number.isSafeInteger(value) ? value : BigInt(literal);
  }

  private match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) throw this.wrong();
    this.at = pattern.lastIndex;
    return found;
  }

  private space(): void {
    this.match(SPACE);
  }

  private took(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private wrong(): SyntaxError {
    return new SyntaxError(`no JSON at ${this.at}`);
  }
}
