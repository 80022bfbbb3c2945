import protobuf from 'protobufjs/minimal.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import { encodeJson, parseJson } from './json.js';
import { decodeSpecial, encodeSpecial } from './protobuf-special.js';

const { Reader, Writer } = protobuf;
type Reader = InstanceType<typeof Reader>;
type Writer = InstanceType<typeof Writer>;

/** The bytes are not what they should be. */
export class ProtobufError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** Nesting of messages that is followed; deeper input is refused. */
const DEPTH_MAX = 100;

/** How one field of a message goes over the wire. */
interface Step {
  readonly number: number;
  /** A message that JSON flattens into this one. */
  readonly group?: MessagePlan;
  readonly name?: string;
  readonly schema?: Schema;
}

interface MessagePlan {
  readonly steps: readonly Step[];
  readonly byNumber: ReadonlyMap<number, Step>;
}

const plans = new WeakMap<object, MessagePlan>();

/** The wire form of a struct, from its fields' numbers; made once a type. */
function planOf(schema: Schema): MessagePlan {
  const identity = schema.properties ?? NO_FIELDS;
  let plan = plans.get(identity);
  if (plan === undefined) {
    plan = buildPlan([...identity].flatMap(([name, field]) => fieldStep(name, field)));
    plans.set(identity, plan);
  }
  return plan;
}

const NO_FIELDS: ReadonlyMap<string, Schema> = new Map();

interface NestedStep {
  readonly path: readonly number[];
  readonly step: Step;
}

function fieldStep(name: string, schema: Schema): NestedStep[] {
  const wire = schema.codec?.protobuf;
  if (wire === undefined) return [];
  return [{ path: wire.inside ?? [], step: { number: wire.number, name, schema } }];
}

function buildPlan(nested: readonly NestedStep[]): MessagePlan {
  const steps: Step[] = nested.filter(({ path }) => path.length === 0).map(({ step }) => step);
  const groups = new Map<number, NestedStep[]>();
  for (const { path, step } of nested) {
    const [first, ...rest] = path;
    if (first === undefined) continue;
    groups.set(first, [...(groups.get(first) ?? []), { path: rest, step }]);
  }
  for (const [number, inner] of groups) steps.push({ number, group: buildPlan(inner) });
  steps.sort((a, b) => a.number - b.number);
  return { steps, byNumber: new Map(steps.map((step) => [step.number, step])) };
}

/** A struct's value as a message: fields in order of their numbers, plain values always written, as gogo-protobuf does. */
export function encodeMessage(schema: Schema, value: JsonObject): Uint8Array {
  const writer = Writer.create();
  writePlan(planOf(schema), value, writer);
  return writer.finish();
}

function writePlan(plan: MessagePlan, value: JsonObject, writer: Writer): void {
  for (const { number, group, name, schema } of plan.steps) {
    if (group !== undefined) {
      writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
      writePlan(group, value, writer);
      writer.ldelim();
    } else {
      writeField(number, schema!, value[name!], writer);
    }
  }
}

function tag(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}

function writeField(number: number, schema: Schema, value: JsonValue | undefined, writer: Writer): void {
  const codec = schema.codec!;
  const wrapped = codec.protobuf?.type !== undefined && schema.type === 'array';
  if (wrapped) {
    if (!Array.isArray(value)) return;
    writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
    for (const item of value) writeValue(1, schema.items!, item, writer);
    writer.ldelim();
  } else if (schema.type === 'array') {
    if (Array.isArray(value)) for (const item of value) writeValue(number, schema.items!, item, writer);
  } else if (isMap(schema)) {
    if (isJsonObject(value)) writeMap(number, schema, value, writer);
  } else if (value !== undefined && value !== null) {
    writeValue(number, schema, value, writer);
  } else if (!codec.pointer) {
    writeZero(number, schema, writer);
  }
}

function isMap(schema: Schema): boolean {
  return schema.additionalProperties !== undefined && schema.codec?.special === undefined;
}

function writeMap(number: number, schema: Schema, value: JsonObject, writer: Writer): void {
  const values = schema.additionalProperties as Schema;
  // The wire knows no map of lists: each is wrapped into a message.
  const lists = values.type === 'array';
  for (const key of Object.keys(value).sort()) {
    writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
    writer.uint32(tag(1, LENGTH_DELIMITED)).string(key);
    const item = value[key];
    if (lists) {
      writer.uint32(tag(2, LENGTH_DELIMITED)).fork();
      for (const each of (item as JsonValue[] | null) ?? []) writeValue(1, values.items!, each, writer);
      writer.ldelim();
    } else if (item !== undefined && item !== null) {
      writeValue(2, values, item, writer);
    }
    writer.ldelim();
  }
}

function writeValue(number: number, schema: Schema, value: JsonValue, writer: Writer): void {
  const special = schema.codec?.special;
  if (special === 'bytes') {
    writer.uint32(tag(number, LENGTH_DELIMITED)).bytes(Buffer.from(String(value), 'base64'));
  } else if (special !== undefined) {
    writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
    encodeSpecial(special, value, writer, (inner) => writePlan(planOf(schema.alternative!), inner, writer));
    writer.ldelim();
  } else if (schema.properties !== undefined) {
    writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
    writePlan(planOf(schema), value as JsonObject, writer);
    writer.ldelim();
  } else {
    writeScalar(number, schema, value, writer);
  }
}

function writeScalar(number: number, schema: Schema, value: JsonValue, writer: Writer): void {
  switch (schema.type) {
    case 'string':
      writer.uint32(tag(number, LENGTH_DELIMITED)).string(String(value));
      break;
    case 'boolean':
      writer.uint32(tag(number, VARINT)).bool(value === true);
      break;
    case 'integer':
      writeInteger(number, value, writer);
      break;
    case 'number':
      writer.uint32(tag(number, FIXED64)).double(Number(value));
      break;
    default:
      // A free-form value travels as its JSON text.
      writer.uint32(tag(number, LENGTH_DELIMITED)).string(encodeJson(value));
  }
}

function writeInteger(number: number, value: JsonValue, writer: Writer): void {
  writer.uint32(tag(number, VARINT));
  const integer = typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)));
  const bits = BigInt.asUintN(64, integer);
  if (integer >= 0n && integer <= 0xffffffffn) writer.uint32(Number(integer));
  else writer.uint64({ low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: true });
}

function writeZero(number: number, schema: Schema, writer: Writer): void {
  const special = schema.codec?.special;
  if (special === 'bytes') return;
  if (special !== undefined) {
    writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
    encodeSpecial(special, undefined, writer, () => {});
    writer.ldelim();
  } else if (schema.properties !== undefined) {
    writer.uint32(tag(number, LENGTH_DELIMITED)).fork();
    writePlan(planOf(schema), {}, writer);
    writer.ldelim();
  } else if (schema.type !== undefined) {
    writeScalar(number, schema, schema.type === 'string' ? '' : schema.type === 'boolean' ? false : 0, writer);
  }
}

/** A message as a struct's value; unknown fields are passed over. @throws ProtobufError */
export function decodeMessage(schema: Schema, bytes: Uint8Array): JsonObject {
  try {
    const reader = Reader.create(bytes);
    const out: JsonObject = {};
    readPlan(planOf(schema), reader, reader.len, out, 0);
    return out;
  } catch (error) {
    if (error instanceof ProtobufError) throw error;
    throw new ProtobufError(`the protobuf message cannot be read: ${(error as Error).message}`);
  }
}

function readPlan(plan: MessagePlan, reader: Reader, end: number, out: JsonObject, depth: number): void {
  if (depth > DEPTH_MAX) throw new ProtobufError(`the protobuf message is nested deeper than ${DEPTH_MAX} levels`);
  while (reader.pos < end) {
    const key = reader.uint32();
    const step = plan.byNumber.get(key >>> 3);
    if (step === undefined) reader.skipType(key & 7);
    else if (step.group !== undefined) readPlan(step.group, reader, reader.uint32() + reader.pos, out, depth + 1);
    else readField(step.schema!, step.name!, reader, out, depth);
  }
}

function readField(schema: Schema, name: string, reader: Reader, out: JsonObject, depth: number): void {
  if (schema.type === 'array') {
    const list = Array.isArray(out[name]) ? (out[name] as JsonValue[]) : [];
    out[name] = list;
    if (schema.codec?.protobuf?.type !== undefined) readWrapped(schema, reader, list, depth);
    else list.push(readValue(schema.items!, reader, depth));
  } else if (isMap(schema)) {
    const map = isJsonObject(out[name]) ? (out[name] as JsonObject) : {};
    out[name] = map;
    readEntry(schema, reader, map, depth);
  } else {
    out[name] = readValue(schema, reader, depth);
  }
}

/** A list that the wire wraps into a message of its own. */
function readWrapped(schema: Schema, reader: Reader, list: JsonValue[], depth: number): void {
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const key = reader.uint32();
    if (key >>> 3 === 1) list.push(readValue(schema.items!, reader, depth));
    else reader.skipType(key & 7);
  }
}

function readEntry(schema: Schema, reader: Reader, map: JsonObject, depth: number): void {
  const values = schema.additionalProperties as Schema;
  const end = reader.uint32() + reader.pos;
  let name = '';
  let value: JsonValue = zeroOf(values);
  while (reader.pos < end) {
    const key = reader.uint32();
    if (key >>> 3 === 1) name = reader.string();
    else if (key >>> 3 !== 2) reader.skipType(key & 7);
    else if (values.type === 'array') {
      const list: JsonValue[] = [];
      readWrapped(values, reader, list, depth);
      value = list;
    } else value = readValue(values, reader, depth);
  }
  setOwn(map, name, value);
}

function zeroOf(schema: Schema): JsonValue {
  if (schema.type === 'string') return '';
  return schema.type === 'array' ? [] : schema.type === 'boolean' ? false : schema.type === 'object' ? {} : 0;
}

function readValue(schema: Schema, reader: Reader, depth: number): JsonValue {
  const special = schema.codec?.special;
  if (special === 'bytes') return Buffer.from(reader.bytes()).toString('base64');
  if (special !== undefined) {
    const bytes = reader.bytes();
    return decodeSpecial(special, bytes, (inner) => decodeMessage(schema.alternative!, inner));
  }
  if (schema.properties !== undefined) {
    const out: JsonObject = {};
    readPlan(planOf(schema), reader, reader.uint32() + reader.pos, out, depth + 1);
    return out;
  }
  switch (schema.type) {
    case 'string':
      return reader.string();
    case 'boolean':
      return reader.bool();
    case 'integer':
      return readInteger(reader);
    case 'number':
      return reader.double();
    default:
      return parseJson(reader.string());
  }
}

function readInteger(reader: Reader): number | bigint {
  const long = reader.int64() as unknown as { low: number; high: number } | number;
  if (typeof long === 'number') return long;
  const value = (BigInt(long.high) << 32n) | BigInt(long.low >>> 0);
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}
