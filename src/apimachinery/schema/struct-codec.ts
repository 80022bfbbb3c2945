import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import { type CheckReport, Codec, type DecodeCounts, goValueName, MISMATCH } from './codec.js';
import type { Schema } from './schema.js';
import { RESOURCE_LIST, resourceQuantityCodec, specialCodec } from './special-codec.js';
import { compileStructDecoder, type DecodedField, type StructDecoder } from './struct-decoder.js';

export class ScalarCodec extends Codec {
  constructor(
    goType: string,
    private readonly typeName: 'string' | 'boolean' | 'number',
  ) {
    super(goType);
  }

  /** Numbers may come as bigint. */
  get plainType(): 'string' | 'boolean' | undefined {
    return this.typeName === 'number' ? undefined : this.typeName;
  }

  zero(): JsonValue {
    return this.typeName === 'string' ? '' : this.typeName === 'number' ? 0 : false;
  }

  decode(value: JsonValue): JsonValue {
    if (typeof value === this.typeName) return value;
    if (typeof value === 'bigint' && this.typeName === 'number') return Number(value);
    throw MISMATCH;
  }

  check(value: JsonValue, report: CheckReport): void {
    if (typeof value === this.typeName || (typeof value === 'bigint' && this.typeName === 'number')) return;
    report.saveError(report.mismatch(goValueName(value), this.goType));
  }
}

export class IntegerCodec extends Codec {
  private readonly min: bigint;
  private readonly max: bigint;
  private readonly small: boolean;

  constructor(goType: string, bits: 32 | 64) {
    super(goType);
    this.small = bits === 32;
    this.max = 2n ** BigInt(bits - 1) - 1n;
    this.min = -this.max - 1n;
  }

  zero(): JsonValue {
    return 0;
  }

  decode(value: JsonValue): JsonValue {
    if (!this.fits(value)) throw MISMATCH;
    return value;
  }

  check(value: JsonValue, report: CheckReport): void {
    const float = report.wholeFloat();
    if (float === undefined && this.fits(value)) return;
    const name = goValueName(value);
    report.saveError(report.mismatch(name === 'number' ? `number ${float ?? value}` : name, this.goType));
  }

  private fits(value: JsonValue): boolean {
    if (typeof value === 'number') return this.small ? (value | 0) === value : Number.isSafeInteger(value);
    return typeof value === 'bigint' && value >= this.min && value <= this.max;
  }
}

export class ListCodec extends Codec {
  constructor(
    goType: string,
    private readonly item: Codec,
    private readonly pointers: boolean,
  ) {
    super(goType);
  }

  zero(): JsonValue {
    return null;
  }

  decode(value: JsonValue, counts: DecodeCounts): JsonValue {
    if (!Array.isArray(value)) throw MISMATCH;
    let out = value;
    for (let i = 0; i < value.length; i++) {
      const item = value[i]!;
      const decoded = item === null ? (this.pointers ? null : this.item.zero()) : this.item.decode(item, counts);
      if (decoded === item) continue;
      if (out === value) out = value.slice();
      out[i] = decoded;
    }
    return out;
  }

  check(value: JsonValue, report: CheckReport): void {
    if (!Array.isArray(value)) {
      report.saveError(report.mismatch(goValueName(value), this.goType));
      return;
    }
    for (let i = 0; i < value.length; i++) {
      const item = value[i]!;
      if (item === null) continue;
      report.path.push(i);
      this.item.check(item, report);
      report.path.pop();
    }
  }
}

/** A map with string keys. Go prints its keys in order; they are left as they came, the order of JSON fields means nothing. */
export class MapCodec extends Codec {
  constructor(
    goType: string,
    private readonly value: Codec,
    /** What a null stands for. */
    private readonly nothing: () => JsonValue,
  ) {
    super(goType);
  }

  zero(): JsonValue {
    return null;
  }

  decode(value: JsonValue, counts: DecodeCounts): JsonValue {
    if (typeof value !== 'object' || Array.isArray(value)) throw MISMATCH;
    const object = value as JsonObject;
    let out = object;
    for (const key in object) {
      const item = object[key];
      if (item === undefined) continue;
      const decoded = item === null ? this.nothing() : this.value.decode(item, counts);
      if (decoded === item) continue;
      if (out === object) out = copyOf(object);
      setOwn(out, key, decoded);
    }
    return out;
  }

  check(value: JsonValue, report: CheckReport): void {
    if (!isJsonObject(value)) {
      report.saveError(report.mismatch(goValueName(value), this.goType));
      return;
    }
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (item === null || item === undefined) continue;
      report.path.push(key);
      this.value.check(item, report);
      report.path.pop();
    }
  }
}

/** A field of a struct with what to do when it is absent or empty. */
export class StructField implements DecodedField {
  readonly omitsAbsent: boolean;
  readonly omitsEmpty: boolean;
  private readonly spellsNull: boolean;

  constructor(
    readonly name: string,
    /** Go name of the struct, as errors tell it. */
    readonly structName: string,
    readonly codec: Codec,
    { pointer, omitEmpty, keepEmpty }: { pointer: boolean; omitEmpty: boolean; keepEmpty: boolean },
  ) {
    this.omitsAbsent = omitEmpty;
    this.omitsEmpty = omitEmpty && !pointer && !keepEmpty;
    this.spellsNull = pointer;
  }

  get plainType(): 'string' | 'boolean' | undefined {
    return this.codec instanceof ScalarCodec ? this.codec.plainType : undefined;
  }

  /** Whether the field is a list (not just any JSON) and empty. */
  isEmptyList(value: JsonValue): boolean {
    return Array.isArray(value) && value.length === 0 && this.codec instanceof ListCodec;
  }

  absent(): JsonValue {
    return this.spellsNull ? null : this.codec.zero();
  }
}

export class StructCodec extends Codec {
  private compiled: readonly StructField[] | undefined;
  private names: ReadonlyMap<string, StructField> | undefined;
  private decoder: StructDecoder | undefined;

  constructor(
    goType: string,
    private readonly schema: Schema,
  ) {
    super(goType);
  }

  /** Compiled on first use: types may contain themselves. */
  private get fields(): readonly StructField[] {
    if (this.compiled === undefined) {
      const structName = this.goType.slice(this.goType.lastIndexOf('.') + 1);
      this.compiled = [...(this.schema.properties ?? [])].map(
        ([name, field]) =>
          new StructField(name, structName, codecOf(field), {
            pointer: field.codec?.pointer === true,
            omitEmpty: field.codec?.omitEmpty === true,
            keepEmpty: field.codec?.keepEmpty === true,
          }),
      );
    }
    return this.compiled;
  }

  zero(): JsonValue {
    return this.decode({}, { unknown: 0 });
  }

  decode(value: JsonValue, counts: DecodeCounts): JsonObject {
    if (typeof value !== 'object' || Array.isArray(value)) throw MISMATCH;
    this.decoder ??= compileStructDecoder(this.fields);
    return this.decoder(value as JsonObject, counts);
  }

  check(value: JsonValue, report: CheckReport): void {
    if (!isJsonObject(value)) {
      report.saveError(report.mismatch(goValueName(value), this.goType));
      return;
    }
    this.names ??= new Map(this.fields.map((field) => [field.name, field]));
    for (const name of Object.keys(value)) {
      const given = value[name];
      if (given === undefined) continue;
      const field = this.names.get(name);
      if (field === undefined) {
        report.unknown.push(report.pathTo(name));
      } else if (given !== null) {
        report.path.push(field);
        field.codec.check(given, report);
        report.path.pop();
      }
    }
  }
}

function copyOf(object: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined) setOwn(copy, key, value);
  }
  return copy;
}

const structs = new WeakMap<ReadonlyMap<string, Schema>, StructCodec>();

/** The codec of a built-in type's schema; structs are compiled once however many fields refer to them. */
export function codecOf(schema: Schema): Codec {
  const goType = schema.codec?.goType ?? 'interface {}';
  const special = specialCodec(schema, goType, codecOf);
  if (special !== undefined) return special;
  if (schema.properties !== undefined) {
    let codec = structs.get(schema.properties);
    if (codec === undefined) {
      codec = new StructCodec(goType, schema);
      structs.set(schema.properties, codec);
    }
    return codec;
  }
  if (schema.items !== undefined) {
    return new ListCodec(goType, codecOf(schema.items), schema.items.codec?.pointer === true);
  }
  if (typeof schema.additionalProperties === 'object') {
    const { additionalProperties: values } = schema;
    const value = goType === RESOURCE_LIST ? resourceQuantityCodec(values.codec?.goType ?? '') : codecOf(values);
    return new MapCodec(goType, value, () => nullItem(values, value));
  }
  switch (schema.type) {
    case 'string':
      return new ScalarCodec(goType, 'string');
    case 'boolean':
      return new ScalarCodec(goType, 'boolean');
    case 'number':
      return new ScalarCodec(goType, 'number');
    case 'integer':
      return new IntegerCodec(goType, schema.format === 'int32' ? 32 : 64);
    default:
      throw new RangeError(`no codec for ${goType}: not a built-in type's schema`);
  }
}

/** What a null in a map becomes. No bytes come back from storage as empty ones. */
function nullItem({ codec }: Schema, value: Codec): JsonValue {
  if (codec?.pointer === true) return null;
  return codec?.special === 'bytes' ? '' : value.zero();
}
