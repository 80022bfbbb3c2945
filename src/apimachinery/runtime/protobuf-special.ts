import protobuf from 'protobufjs/minimal.js';
import type { JsonObject, JsonValue } from '../meta/json.js';
import { isJsonObject } from '../meta/json.js';
import type { SpecialForm } from '../schema/schema.js';
import { formatDuration, parseDuration } from './duration.js';
import { encodeJson, parseJson } from './json.js';
import { formatMicroTime, formatTime, parseMicroTime, parseTime } from './time.js';

type Writer = protobuf.Writer;

const VARINT = 0;
const TEXT = 2;
const NANOS_IN_MICRO = 1000;
const key = (number: number, wireType: number): number => (number << 3) | wireType;

function varint(writer: Writer, number: number, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  const long = { low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: true };
  writer.uint32(key(number, VARINT)).uint64(long);
}

/**
 * The inside of a message that stands for one JSON value: times, quantities, free-form JSON. `undefined` is Go's zero value.
 * @param struct writes the fields of the schema in "a schema or something else"
 */
export function encodeSpecial(
  special: SpecialForm,
  value: JsonValue | undefined,
  writer: Writer,
  struct: (value: JsonObject) => void,
): void {
  switch (special) {
    case 'Time':
    case 'MicroTime': {
      if (typeof value !== 'string') return;
      const { seconds, micros } = special === 'Time' ? { ...parseTime(value), micros: 0 } : parseMicroTime(value);
      varint(writer, 1, BigInt(seconds));
      varint(writer, 2, BigInt(micros * NANOS_IN_MICRO));
      return;
    }
    case 'Quantity':
      writer.uint32(key(1, TEXT)).string(value === undefined ? '0' : String(value));
      return;
    case 'Duration':
      varint(writer, 1, typeof value === 'string' ? parseDuration(value) : 0n);
      return;
    case 'IntOrString':
      varint(writer, 1, typeof value === 'string' ? 1n : 0n);
      varint(writer, 2, typeof value === 'number' ? BigInt(value) : 0n);
      writer.uint32(key(3, TEXT)).string(typeof value === 'string' ? value : '');
      return;
    case 'SchemaOrArray':
    case 'SchemaOrBool':
    case 'SchemaOrStringArray':
      encodeAlternative(special, value, writer, struct);
      return;
    default:
      if (value !== undefined && value !== null) writer.uint32(key(1, TEXT)).string(encodeJson(value));
  }
}

function encodeAlternative(
  special: SpecialForm,
  value: JsonValue | undefined,
  writer: Writer,
  struct: (value: JsonObject) => void,
): void {
  const schema = (number: number, inner: JsonObject) => {
    writer.uint32(key(number, TEXT)).fork();
    struct(inner);
    writer.ldelim();
  };
  if (special === 'SchemaOrBool') writer.uint32(key(1, VARINT)).bool(value === true || isJsonObject(value));
  const schemaNumber = special === 'SchemaOrBool' ? 2 : 1;
  if (isJsonObject(value)) schema(schemaNumber, value);
  if (!Array.isArray(value)) return;
  for (const item of value) {
    if (special === 'SchemaOrStringArray') writer.uint32(key(2, TEXT)).string(String(item));
    else schema(2, item as JsonObject);
  }
}

/** The reverse of {@link encodeSpecial}. @param struct decodes the fields of a schema */
export function decodeSpecial(
  special: SpecialForm,
  bytes: Uint8Array,
  struct: (bytes: Uint8Array) => JsonObject,
): JsonValue {
  const fields = readFields(bytes);
  const number = (at: number) => fields.get(at)?.[0] as bigint | undefined;
  const raw = (at: number) => fields.get(at)?.[0] as Uint8Array | undefined;
  const text = (at: number) => Buffer.from(raw(at) ?? []).toString();
  switch (special) {
    case 'Time':
      return bytes.length === 0 ? null : formatTime(Number(number(1) ?? 0n));
    case 'MicroTime': {
      const micros = Number((number(2) ?? 0n) / BigInt(NANOS_IN_MICRO));
      return bytes.length === 0 ? null : formatMicroTime({ seconds: Number(number(1) ?? 0n), micros });
    }
    case 'Quantity':
      return text(1);
    case 'Duration':
      return formatDuration(number(1) ?? 0n);
    case 'IntOrString':
      return number(1) === 1n ? text(3) : Number(BigInt.asIntN(32, number(2) ?? 0n));
    case 'SchemaOrBool':
      return raw(2) === undefined ? number(1) === 1n : struct(raw(2)!);
    case 'SchemaOrArray':
      if (raw(1) !== undefined) return struct(raw(1)!);
      return (fields.get(2) ?? []).map((item) => struct(item as Uint8Array));
    case 'SchemaOrStringArray':
      if (raw(1) !== undefined) return struct(raw(1)!);
      return (fields.get(2) ?? []).map((item) => Buffer.from(item as Uint8Array).toString());
    default:
      return raw(1) === undefined ? null : parseJson(text(1));
  }
}

/** All fields of a small message by number: varints as bigint, the rest as bytes. */
export function readFields(bytes: Uint8Array): Map<number, (bigint | Uint8Array)[]> {
  const reader = protobuf.Reader.create(bytes);
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    let value: bigint | Uint8Array;
    if ((tag & 7) === VARINT) {
      const long = reader.int64() as unknown as { low: number; high: number } | number;
      value = typeof long === 'number' ? BigInt(long) : (BigInt(long.high) << 32n) | BigInt(long.low >>> 0);
    } else if ((tag & 7) === TEXT) value = reader.bytes();
    else {
      reader.skipType(tag & 7);
      continue;
    }
    const list = fields.get(tag >>> 3);
    if (list === undefined) fields.set(tag >>> 3, [value]);
    else list.push(value);
  }
  return fields;
}
