import { Uint } from './value.js';

/** A literal that cannot be read; the message is cel-go's. */
export class LiteralError extends Error {}

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
const UINT_MAX = 2n ** 64n - 1n;

/** @throws LiteralError where 64 bits do not hold it */
export function readInt(text: string, negative: boolean): bigint {
  const value = negative ? -BigInt(text) : BigInt(text);
  if (value > INT_MAX || value < INT_MIN) throw new LiteralError('invalid int literal');
  return value;
}

/** @throws LiteralError */
export function readUint(text: string): Uint {
  const value = BigInt(text.slice(0, -1));
  if (value > UINT_MAX) throw new LiteralError('invalid uint literal');
  return new Uint(value);
}

/** @throws LiteralError */
export function readDouble(text: string, negative: boolean): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new LiteralError('invalid double literal');
  return negative ? -value : value;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The text of a string token. @throws LiteralError */
export function readString(token: string): string {
  const { body, raw } = unwrap(token);
  if (raw) return body;
  return body.replace(ESCAPES, (sequence) => {
    const code = codeOf(sequence);
    return code === undefined ? (SIMPLE_ESCAPES[sequence[1]!] ?? sequence[1]!) : String.fromCodePoint(checked(code));
  });
}

/** The bytes of a bytes token: escapes of two or three digits are bytes, what else there is goes as UTF-8. @throws LiteralError */
export function readBytes(token: string): Uint8Array {
  const { body, raw } = unwrap(token);
  if (raw) return Buffer.from(body);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const match of body.matchAll(ESCAPES)) {
    parts.push(Buffer.from(body.slice(at, match.index)));
    at = match.index + match[0].length;
    const code = codeOf(match[0]);
    if (code === undefined) parts.push(Buffer.from(SIMPLE_ESCAPES[match[0][1]!] ?? match[0][1]!));
    else if (/^\\[uU]/.test(match[0])) parts.push(Buffer.from(String.fromCodePoint(checked(code))));
    else parts.push(Uint8Array.of(code));
  }
  parts.push(Buffer.from(body.slice(at)));
  return new Uint8Array(Buffer.concat(parts));
}

const ESCAPES = /\\(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)/gsu;

function codeOf(sequence: string): number | undefined {
  if (/^\\[xXuU]/.test(sequence)) return Number.parseInt(sequence.slice(2), 16);
  return /^\\[0-3][0-7]{2}$/.test(sequence) ? Number.parseInt(sequence.slice(1), 8) : undefined;
}

function checked(code: number): number {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new LiteralError('invalid unicode code point');
  return code;
}

/** Line ends of any kind are read as `\n`. */
function unwrap(token: string): { body: string; raw: boolean } {
  const prefix = /^[bBrR]*/.exec(token)![0];
  const quoted = token.slice(prefix.length);
  const width = quoted.length >= 6 && /^("""|''')/.test(quoted) ? 3 : 1;
  const body = quoted.slice(width, quoted.length - width).replace(/\r\n?/g, '\n');
  return { body, raw: /[rR]/.test(prefix) };
}
