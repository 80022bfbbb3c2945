import { isJsonObject, type JsonObject, type JsonValue } from '../../meta/json.js';
import { DurationError, parseDuration } from '../../runtime/duration.js';
import type { Schema } from '../../schema/schema.js';
import { readDate, readTimestamp } from '../library/moments.js';
import { ArrayList, CelList, CelMap, Duration, equal, Failure, type Value } from '../value.js';
import { escapeProperty, fieldNamed } from './property-names.js';
import { withTypeAndMeta } from './resource-schema.js';

/**
 * A value of an object as expressions see it through its schema; parts are made when they are asked for.
 * @param isResource the value is a whole resource
 * @throws Failure where the value does not fit
 */
export function schemaValue(schema: Schema, value: JsonValue, isResource = schema.embeddedResource === true): Value {
  if (value === null) {
    if (schema.nullable) return null;
    throw new Failure('invalid data, got null for schema with nullable=false');
  }
  if (schema.intOrString) return plainNumber(value);
  switch (schema.type) {
    case 'object':
      if (isJsonObject(value)) return mapping(schema, value, isResource);
      throw new Failure('invalid data, expected a map for the provided schema with type=object');
    case 'array':
      if (Array.isArray(value)) return new SchemaList(schema, value);
      throw new Failure('invalid data, expected an array for the provided schema with type=array');
    case undefined:
      if (Array.isArray(value)) return new SchemaList(schema, value);
      if (isJsonObject(value)) return mapping(schema, value, isResource);
      return typeof value === 'number' ? plainNumber(value) : value;
    default:
      return scalar(schema, value);
  }
}

function mapping(schema: Schema, value: JsonObject, isResource: boolean): Value {
  if (typeof schema.additionalProperties === 'object') return new SchemaMap(schema, value);
  return new SchemaObject(isResource ? withTypeAndMeta(schema) : schema, value);
}

function plainNumber(value: JsonValue): Value {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'bigint') return value;
  throw new Failure('invalid data, expected XIntOrString value to be either a string or integer');
}

function scalar(schema: Schema, value: JsonValue): Value {
  switch (schema.type) {
    case 'integer':
      if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
      if (typeof value === 'bigint') return value;
      break;
    case 'number':
      if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'string':
      if (typeof value === 'string') return formatted(schema.format, value);
      break;
  }
  throw new Failure(`invalid data, expected ${GO_KINDS[schema.type ?? ''] ?? schema.type}, got ${goType(value)}`);
}

const GO_KINDS: Readonly<Record<string, string>> = { integer: 'int', number: 'float', boolean: 'bool' };

function goType(value: JsonValue): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

function formatted(format: string | undefined, text: string): Value {
  switch (format) {
    case 'byte':
      return new Uint8Array(Buffer.from(text, 'base64'));
    case 'date':
      return readDate(text) ?? invalid(format, text);
    case 'date-time':
      return readTimestamp(text) ?? invalid(format, text);
    case 'duration':
      return readDuration(text);
    default:
      return text;
  }
}

function invalid(format: string, text: string): never {
  throw new Failure(`Invalid ${format} formatted string ${JSON.stringify(text)}`);
}

const WORD_NANOS: readonly (readonly [RegExp, bigint])[] = [
  [/^(?:ns|nanos?|nanoseconds?)$/, 1n],
  [/^(?:us|µs|micros?|microseconds?)$/, 1_000n],
  [/^(?:ms|millis?|milliseconds?)$/, 1_000_000n],
  [/^(?:s|secs?|seconds?)$/, 1_000_000_000n],
  [/^(?:m|mins?|minutes?)$/, 60_000_000_000n],
  [/^(?:h|hrs?|hours?)$/, 3_600_000_000_000n],
  [/^(?:d|days?)$/, 86_400_000_000_000n],
  [/^(?:w|wks?|weeks?)$/, 604_800_000_000_000n],
];

/** Go's durations, and counts with words such as `3 days`. */
function readDuration(text: string): Duration {
  try {
    return new Duration(parseDuration(text));
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
  }
  let nanos = 0n;
  for (const [, count, word] of text.matchAll(/([0-9]+)\s*([a-zµ]+)/gi)) {
    const unit = WORD_NANOS.find(([words]) => words.test(word!.toLowerCase()));
    if (unit === undefined) return invalid('duration', text);
    nanos += BigInt(count!) * unit[1];
  }
  return new Duration(nanos);
}

interface Field {
  readonly name: string;
  readonly schema: Schema;
}

const fieldTables = new WeakMap<Schema, ReadonlyMap<string, Field>>();

function fieldsOf(schema: Schema): ReadonlyMap<string, Field> {
  let table = fieldTables.get(schema);
  if (table === undefined) {
    const fields = new Map<string, Field>();
    for (const [name, property] of schema.properties ?? []) {
      const escaped = escapeProperty(name);
      if (escaped !== undefined) fields.set(escaped, { name, schema: property });
    }
    table = fields;
    fieldTables.set(schema, table);
  }
  return table;
}

/** An object with declared fields; fields that are null are not there. */
class SchemaObject extends CelMap {
  constructor(
    private readonly schema: Schema,
    private readonly object: JsonObject,
  ) {
    super();
  }

  override get size(): number {
    return [...this.keys()].length;
  }

  override find(key: Value): Value | undefined {
    const field = typeof key === 'string' ? fieldNamed(fieldsOf(this.schema), key) : undefined;
    if (field === undefined || !Object.hasOwn(this.object, field.name)) return undefined;
    const value = this.object[field.name];
    return value === undefined || value === null ? undefined : schemaValue(field.schema, value);
  }

  override *keys(): Generator<Value> {
    for (const [escaped, { name }] of fieldsOf(this.schema)) {
      const value = Object.hasOwn(this.object, name) ? this.object[name] : undefined;
      if (value !== undefined && value !== null) yield escaped;
    }
  }
}

/** A map; its keys are the object's. */
class SchemaMap extends CelMap {
  constructor(
    private readonly schema: Schema,
    private readonly object: JsonObject,
  ) {
    super();
  }

  override get size(): number {
    return Object.keys(this.object).length;
  }

  override find(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.object, key)) return undefined;
    const value = this.object[key];
    if (value === undefined) return undefined;
    const { additionalProperties } = this.schema;
    return schemaValue(typeof additionalProperties === 'object' ? additionalProperties : {}, value);
  }

  override *keys(): Generator<Value> {
    yield* Object.keys(this.object);
  }
}

/** A list; sets and lists with keys are equal in any order, and adding merges them. */
class SchemaList extends CelList {
  constructor(
    private readonly schema: Schema,
    private readonly list: JsonValue[],
  ) {
    super();
  }

  override get length(): number {
    return this.list.length;
  }

  override at(index: number): Value {
    return schemaValue(this.schema.items ?? {}, this.list[index]!);
  }

  override equals(other: CelList): boolean {
    const { listType } = this.schema;
    if (listType !== 'set' && listType !== 'map') return super.equals(other);
    return this.length === other.length && [...other].every((item) => this.holds(item));
  }

  private holds(sought: Value): boolean {
    for (const item of this) if (equal(item, sought)) return true;
    return false;
  }

  override concat(other: CelList): CelList {
    const { listType, listMapKeys = [] } = this.schema;
    if (listType === 'set') return super.concat(new ArrayList([...other].filter((item) => !this.holds(item))));
    if (listType !== 'map') return super.concat(other);
    const merged = [...this];
    const keyOf = (item: Value) =>
      listMapKeys.map((name) => (item instanceof CelMap ? item.find(escapeProperty(name) ?? name) : undefined));
    const same = (a: Value, b: Value) => {
      const theirs = keyOf(b);
      return keyOf(a).every((key, i) =>
        key === undefined ? theirs[i] === undefined : theirs[i] !== undefined && equal(key, theirs[i]),
      );
    };
    for (const item of other) {
      const at = merged.findIndex((mine) => same(mine, item));
      if (at < 0) merged.push(item);
      else merged[at] = item;
    }
    return new ArrayList(merged);
  }
}
