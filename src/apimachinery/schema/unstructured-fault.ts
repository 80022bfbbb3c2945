import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { goKindOf } from '../patch/go-format.js';
import { base64Fault } from '../runtime/base64.js';
import { CheckReport } from './codec.js';
import type { Schema, SpecialForm } from './schema.js';
import { HardDecodeError } from './special-codec.js';
import { codecOf } from './struct-codec.js';

/** Forms that take any JSON. */
const OPEN_FORMS: ReadonlySet<SpecialForm | undefined> = new Set(['RawExtension', 'JSON', 'FieldsV1', 'Patch']);

/**
 * What keeps a value from becoming an object of a built-in type, in the words of Go's conversion from unstructured objects:
 * strategic merge patches and server-side apply go through it, where other bodies are decoded as text. It says less: neither the
 * field nor, of scalars, what is there.
 * @returns undefined where it finds no fault
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/runtime#UnstructuredConverter
 */
export function unstructuredFault(schema: Schema, value: JsonValue): string | undefined {
  if (value === null) return undefined;
  const special = schema.codec?.special;
  if (special === 'bytes') return bytesFault(value);
  if (special !== undefined) return OPEN_FORMS.has(special) ? undefined : specialFault(schema, value);
  if (schema.properties !== undefined) return structFault(schema.properties, value);
  if (schema.items !== undefined) {
    return Array.isArray(value) ? firstFault(schema.items, value) : `cannot restore slice from ${goKindOf(value)}`;
  }
  if (typeof schema.additionalProperties === 'object') {
    if (!isJsonObject(value)) return `cannot restore map from ${goKindOf(value)}`;
    return firstFault(schema.additionalProperties, Object.values(value));
  }
  return scalarFault(schema, value);
}

function structFault(fields: ReadonlyMap<string, Schema>, value: JsonValue): string | undefined {
  if (!isJsonObject(value)) return `cannot restore struct from: ${goKindOf(value)}`;
  for (const [name, field] of fields) {
    const fault = unstructuredFault(field, fieldOf(value, name));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const fieldOf = (object: JsonObject, name: string): JsonValue =>
  Object.hasOwn(object, name) ? (object[name] ?? null) : null;

function firstFault(schema: Schema, values: readonly (JsonValue | undefined)[]): string | undefined {
  for (const value of values) {
    const fault = unstructuredFault(schema, value ?? null);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function bytesFault(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return `cannot restore slice from ${goKindOf(value)}`;
  const fault = base64Fault(value);
  return fault === undefined ? undefined : `error decoding from json: illegal base64 data at input byte ${fault}`;
}

/** Types with a JSON form of their own read it alone: their errors know nothing of where they stand. */
function specialFault(schema: Schema, value: JsonValue): string | undefined {
  const report = new CheckReport();
  try {
    codecOf(schema).check(value, report);
  } catch (error) {
    if (error instanceof HardDecodeError) return error.message;
    throw error;
  }
  return report.firstError;
}

/** Numbers become numbers of another type as long as nothing is lost, and nothing else becomes anything else. */
function scalarFault({ type, format, codec }: Schema, value: JsonValue): string | undefined {
  const integer = format === 'int64' ? 'int64' : 'int32';
  const wanted = { string: 'string', boolean: 'bool', integer, number: 'float64' }[type as string];
  const is = goKindOf(value);
  if (wanted === undefined || is === wanted) return undefined;
  const number = is === 'int64' || is === 'float64';
  if (number && wanted === 'float64') return undefined;
  if (number && type === 'integer') {
    return is === 'int64' || Number.isInteger(value) ? undefined : `cannot convert float64 to ${codec?.goType}`;
  }
  return is === 'int64' && wanted === 'string'
    ? `cannot convert int64 to ${codec?.goType}`
    : `unrecognized type: ${wanted}`;
}

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/**
 * The value with integers that do not fit their field cut down to its bits, as Go's conversion from unstructured objects has them. It
 * refuses nothing for its size, where decoding text does. Only what changes is copied.
 */
export function withWrappedIntegers(schema: Schema, value: JsonValue): JsonValue {
  if (schema.codec?.special !== undefined) return value;
  if (schema.type === 'integer') return wrapped(value, schema.format === 'int64' ? 64 : 32);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withWrappedIntegers(items, item));
  }
  if (!isJsonObject(value)) return value;
  const { properties, additionalProperties: others } = schema;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const field = properties?.get(key) ?? (typeof others === 'object' ? others : undefined);
    out[key] = field === undefined || item === undefined ? item : withWrappedIntegers(field, item);
  }
  return out;
}

function wrapped(value: JsonValue, bits: number): JsonValue {
  if (typeof value !== 'bigint' && (typeof value !== 'number' || !Number.isInteger(value))) return value;
  const whole = BigInt(value);
  // A float beyond 64 bits becomes the least integer, on the processors that matter.
  const long = whole < LONG_MIN || whole > LONG_MAX ? LONG_MIN : whole;
  const cut = BigInt.asIntN(bits, long);
  return BigInt(Number(cut)) === cut && Number.isSafeInteger(Number(cut)) ? Number(cut) : cut;
}
