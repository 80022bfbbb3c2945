import { isJsonObject, type JsonValue } from '../meta/json.js';
import { goJsonSyntaxError } from './go-json-syntax.js';
import { parseJsonExactly } from './json.js';
import { findRepeatedFields, findWholeFloats } from './json-walk.js';
import { noteWholeFloats } from './whole-floats.js';

/** Text that is no JSON or YAML, or a value that is not of its type; the message is what Go's decoder says. */
export class SyntaxFault extends Error {}

/** A number beyond what a double can hold: well-formed text, refused when it is made into an object. */
export class NumberFault extends SyntaxFault {}

/** Strict-decoding errors kept for one body; the reference stops counting there too. */
export const STRICT_ERRORS_MAX = 100;

/**
 * Deepest nesting of a body. Go follows 10,000 levels; our recursive walkers are safe to this depth, which no object that
 * means something comes near.
 */
export const JSON_DEPTH_MAX = 1_000;

/** From this many digits an integer may not survive a double. */
const LONG_INTEGER_DIGITS = 16;

/**
 * Parses a JSON body. Integers beyond the safe range come back as bigint; bytes that are no UTF-8 become U+FFFD, as in Go.
 *
 * @param strict gains `duplicate field "metadata.labels.a"` for each field given twice (the last one counts)
 * @throws SyntaxFault with the text of Go's error
 * @throws NumberFault where a number is too large for any type
 */
export function decodeJsonText(body: Buffer, strict: string[]): JsonValue {
  const shape = scan(body);
  if (shape.depth > JSON_DEPTH_MAX) throw new SyntaxFault('exceeded max depth');
  const text = body.toString();
  const value = parse(text, body, shape.longInteger);
  if (shape.bigExponent) refuseInfinity(text, value);
  if (countFields(value) !== shape.colons) reportDuplicates(text, strict);
  if (shape.float && isJsonObject(value)) noteWholeFloats(value, findWholeFloats(text));
  return value;
}

function parse(text: string, body: Buffer, longInteger: boolean): JsonValue {
  try {
    return longInteger ? parseJsonExactly(text) : (JSON.parse(text) as JsonValue);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxFault(goJsonSyntaxError(body) ?? error.message);
  }
}

interface TextShape {
  depth: number;
  /** Colons outside strings: as many as there are fields. */
  colons: number;
  longInteger: boolean;
  /** An exponent of three digits or more: the number may be infinite. */
  bigExponent: boolean;
  /** A number with a point or an exponent. */
  float: boolean;
}

/** One pass over the bytes that tells whether any of the slow paths is needed. Text need not be valid. */
function scan(bytes: Uint8Array): TextShape {
  const shape: TextShape = { depth: 0, colons: 0, longInteger: false, bigExponent: false, float: false };
  let depth = 0;
  let digits = 0;
  let exponent = false;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    if (c >= 0x30 && c <= 0x39) {
      digits++;
      if (digits === LONG_INTEGER_DIGITS) shape.longInteger = true;
      if (exponent && digits === 3) shape.bigExponent = true;
      continue;
    }
    const startsExponent = (c === 0x65 || c === 0x45) && digits > 0;
    if (startsExponent || c === 0x2e) shape.float = true;
    exponent = startsExponent || (exponent && (c === 0x2b || c === 0x2d));
    digits = 0;
    if (c === 0x22) {
      for (i++; i < bytes.length && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
    } else if (c === 0x3a) {
      shape.colons++;
    } else if (c === 0x7b || c === 0x5b) {
      depth++;
      if (depth > shape.depth) shape.depth = depth;
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
    }
  }
  return shape;
}

function countFields(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countFields(item);
    return count;
  }
  for (const name in value) {
    count++;
    const inner = value[name];
    if (typeof inner === 'object') count += countFields(inner);
  }
  return count;
}

function refuseInfinity(text: string, value: JsonValue): void {
  if (!hasInfinity(value)) return;
  const literal = text.match(/-?[0-9][0-9.]*[eE]\+?[0-9]{3,}/g)?.find((number) => !Number.isFinite(Number(number)));
  throw new NumberFault(`json: cannot unmarshal number ${literal} into Go value of type float64`);
}

function hasInfinity(value: JsonValue): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (Array.isArray(value)) return value.some(hasInfinity);
  return isJsonObject(value) && Object.values(value).some((inner) => inner !== undefined && hasInfinity(inner));
}

function reportDuplicates(text: string, strict: string[]): void {
  for (const path of findRepeatedFields(text)) {
    if (strict.length >= STRICT_ERRORS_MAX) return;
    strict.push(`duplicate field ${JSON.stringify(path)}`);
  }
}
