import { isUtf8 } from 'node:buffer';
import { type DecodeOptions, type EncodeOptions, encode, Tagged, Token, Tokenizer, Type } from 'cborg';
import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { JSON_DEPTH_MAX, SyntaxFault } from './strict-json.js';

/**
 * Values as CBOR, in the form that Kubernetes gives it: each item tagged as CBOR, texts as byte strings, keys in the order of
 * their bytes.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4222-cbor-serializer
 * @see https://www.rfc-editor.org/rfc/rfc8949
 */

/** Says that CBOR follows. */
const SELF_DESCRIBED_TAG = 55799;

const TAG = { time: 0, epoch: 1, bignum: 2, negativeBignum: 3, base64url: 21, base64: 22, base16: 23 } as const;

/** Tag of bytes that JSON shows as base64. */
export const BASE64_TAG = TAG.base64;

const INT64_MAX = 2n ** 63n - 1n;

const ENCODING: EncodeOptions = {
  ignoreUndefinedProperties: true,
  typeEncoders: { string: (text: string) => new Token(Type.bytes, Buffer.from(text)) },
};

const READING: DecodeOptions = {
  allowIndefinite: true,
  allowBigInt: true,
  allowNaN: false,
  allowInfinity: false,
  retainStringBytes: true,
};

/** `value` may hold byte strings with a tag among what JSON knows. */
export function encodeCbor(value: JsonValue | object): Buffer {
  return Buffer.from(encode(selfDescribed(value), ENCODING));
}

/** An item within an item that can be told to be CBOR when it is taken out. */
export const selfDescribed = (value: JsonValue | object): object => new Tagged(SELF_DESCRIBED_TAG, value);

/** Text that is no CBOR, or none that Kubernetes takes. */
export class CborFault extends SyntaxFault {}

/**
 * One item of CBOR as JSON knows it: byte strings are texts, or base64 where a tag says so; other tags make no difference.
 * @throws CborFault for what is no CBOR, names a key twice or has no form in JSON
 */
export function decodeCbor(data: Uint8Array): JsonValue {
  if (data.length === 0) throw new CborFault('EOF');
  const reader = new CborReader(data);
  const value = reader.read();
  const rest = data.length - reader.position;
  if (rest > 0) throw new CborFault(`cbor: ${rest} bytes of extraneous data starting at index ${reader.position}`);
  return value;
}

const BREAK = Symbol('break');

/** Reads one item by its tokens; names of types in messages are CBOR's. */
class CborReader {
  private readonly tokens: Tokenizer;
  private depth = 0;

  constructor(private readonly data: Uint8Array) {
    this.tokens = new Tokenizer(data, READING);
  }

  get position(): number {
    return this.tokens.pos();
  }

  read(): JsonValue {
    const value = this.item();
    if (value === BREAK) throw new CborFault('cbor: unexpected "break" code');
    return value;
  }

  private next(): Token {
    if (this.tokens.done()) throw new CborFault('unexpected EOF');
    try {
      return this.tokens.next();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new CborFault(text.includes('not enough data') ? 'unexpected EOF' : `cbor: ${text}`);
    }
  }

  private item(): JsonValue | typeof BREAK {
    const token = this.next();
    switch (token.type) {
      case Type.break:
        return BREAK;
      case Type.uint:
      case Type.negint:
        return integer(token);
      case Type.bytes:
        return Buffer.from(token.value as Uint8Array).toString();
      case Type.string:
        return textOf(token);
      case Type.array:
        return this.nested(() => this.array(token.value as number));
      case Type.map:
        return this.nested(() => this.map(token.value as number));
      case Type.tag:
        return this.nested(() => this.tagged(Number(token.value)));
      case Type.undefined:
        throw new CborFault(
          'cbor: data item of cbor type primitives is not accepted by protocol: simple value 23 is not recognized',
        );
      default:
        return token.value as JsonValue;
    }
  }

  private nested(read: () => JsonValue): JsonValue {
    if (++this.depth > JSON_DEPTH_MAX) throw new CborFault(`cbor: exceeded max nested level ${JSON_DEPTH_MAX}`);
    const value = read();
    this.depth--;
    return value;
  }

  private array(length: number): JsonValue[] {
    const items: JsonValue[] = [];
    while (items.length < length) {
      const value = this.item();
      if (value === BREAK) {
        this.requireOpenEnd(length);
        break;
      }
      items.push(value);
    }
    return items;
  }

  private map(length: number): JsonObject {
    const object: JsonObject = {};
    for (let i = 0; i < length; i++) {
      const key = this.item();
      if (key === BREAK) {
        this.requireOpenEnd(length);
        break;
      }
      if (typeof key !== 'string') {
        throw new CborFault(`cbor: cannot unmarshal ${typeName(key)} into Go value of type string`);
      }
      if (Object.hasOwn(object, key)) {
        throw new CborFault(`cbor: found duplicate map key ${JSON.stringify(key)} at map element index ${i}`);
      }
      const value = this.read();
      if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, writable: true });
      else object[key] = value;
    }
    return object;
  }

  private requireOpenEnd(length: number): void {
    if (length !== Number.POSITIVE_INFINITY) throw new CborFault('cbor: unexpected "break" code');
  }

  private tagged(tag: number): JsonValue {
    if (tag === TAG.bignum || tag === TAG.negativeBignum) {
      throw new CborFault('cbor: cannot unmarshal bignum into Go value of type interface {}');
    }
    const start = this.position;
    if (tag === TAG.base64 || tag === TAG.base64url || tag === TAG.base16) {
      if ((this.data[start] ?? 0) >> 5 === Type.bytes.major) return laterText(tag, this.next().value as Uint8Array);
    }
    const value = this.read();
    if (tag === TAG.epoch && typeof value === 'number')
      return new Date(value * 1000).toISOString().replace('.000Z', 'Z');
    return value;
  }
}

/** What the sender meant the bytes to become in a text format. */
function laterText(tag: number, bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  if (tag === TAG.base64) return buffer.toString('base64');
  return tag === TAG.base64url ? buffer.toString('base64url') : buffer.toString('hex').toUpperCase();
}

function integer({ value, type }: Token): number | bigint {
  const exact = BigInt(value as number | bigint);
  if (exact > INT64_MAX || exact < -INT64_MAX - 1n) {
    const name = type === Type.uint ? 'positive integer' : 'negative integer';
    throw new CborFault(`cbor: cannot unmarshal ${name} into Go value of type int64 (${exact} overflows Go's int64)`);
  }
  return typeof value === 'bigint' && BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
    ? Number(value)
    : (value as number | bigint);
}

function textOf(token: Token): string {
  if (token.byteValue !== undefined && !isUtf8(token.byteValue)) throw new CborFault('cbor: invalid UTF-8 string');
  return token.value as string;
}

function typeName(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'map';
  if (typeof value === 'number') {
    return Number.isInteger(value) ? (value < 0 ? 'negative integer' : 'positive integer') : 'primitives';
  }
  return 'primitives';
}
