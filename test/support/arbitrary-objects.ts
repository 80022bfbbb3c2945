import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/apimachinery/meta/json.js';
import { formatDuration } from '../../src/apimachinery/runtime/duration.js';
import { formatMicroTime, formatTime } from '../../src/apimachinery/runtime/time.js';
import type { Schema, SpecialForm } from '../../src/apimachinery/schema/schema.js';

/** Structs within structs: below this only required fields are filled. */
const DEPTH_MAX = 8;
/** Structs that contain themselves use up the depth sooner. */
const RECURSION_STEP = 3;
/** Of an optional field against its absence, one to this. */
const ABSENT_WEIGHT = 2;
const SECONDS_MAX = 4_102_444_799;
const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Texts that a careless YAML or JSON writer turns into something else. */
const TRICKY_TEXTS = [
  ...[
    '',
    'null',
    '~',
    'yes',
    'off',
    'True',
    '0x1F',
    '0o17',
    '012',
    '1e3',
    '.inf',
    '-.5',
    '1_000',
    '12:30:45',
    '2026-01-02',
  ],
  ...[
    ' a',
    'a ',
    'a: b',
    'a #b',
    '#',
    '- a',
    '? a',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    '{',
    '[',
    ',',
    '<<',
    '=',
  ],
  ...[
    '\n',
    'a\n',
    '\na',
    ' a\nb',
    'a\n\n b\n',
    'a\tb',
    '\r\n',
    '\u0000',
    '\u0085',
    '\u2028',
    '\ufeffa',
    '\u{1f600}',
    '"',
    "'",
    '\\',
  ],
  'a long text that a writer of folded lines may want to break somewhere near its eightieth column, as many of them do',
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,10}[a-z0-9])?$/),
  fc.constantFrom(...TRICKY_TEXTS),
);
const int32 = fc.integer(INT32);
const int64 = fc.oneof(int32, fc.bigInt(INT64)).map((value) => asJsonInteger(BigInt(value)));
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
/** Free-form JSON; its numbers are whole, as those of most of it are. */
const anyJson: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    text,
    int32,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: true }),
})).object;

const SPECIAL: Readonly<Partial<Record<SpecialForm, fc.Arbitrary<JsonValue>>>> = {
  Quantity: fc.tuple(fc.nat(10_000), fc.constantFrom('', 'm', 'k', 'Ki', 'Gi', 'e3')).map(([n, unit]) => `${n}${unit}`),
  Time: fc.integer({ min: 1, max: SECONDS_MAX }).map(formatTime),
  MicroTime: fc
    .record({ seconds: fc.integer({ min: 1, max: SECONDS_MAX }), micros: fc.nat(999_999) })
    .map((moment) => formatMicroTime(moment)),
  Duration: fc.bigInt(INT64).map(formatDuration),
  IntOrString: fc.oneof(int32, text),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  RawExtension: anyJson,
  FieldsV1: anyJson,
  JSON: anyJson,
};

/**
 * Random objects of a built-in type, as a client may send them: every field may come, with any value of its type; lists and maps
 * that are given are not empty (protobuf cannot tell these from absent ones); keys of list maps are unique. What the wire does
 * not know is left out: apiVersion and kind of objects within objects.
 */
export function arbitraryObject(schema: Schema): fc.Arbitrary<JsonObject> {
  return structOf(schema, 0);
}

const structs = new Map<string, fc.Arbitrary<JsonObject>>();

function structOf(schema: Schema, depth: number): fc.Arbitrary<JsonObject> {
  const name = `${schema.ref}@${depth}`;
  let struct = schema.ref === undefined ? undefined : structs.get(name);
  if (struct === undefined) {
    const below = depth + (isRecursive(schema) ? RECURSION_STEP : 1);
    const isRequired = (field: string) => schema.required?.includes(field) === true;
    const fields = [...(schema.properties ?? [])]
      .filter(([field, inner]) => inner.codec?.protobuf && (depth < DEPTH_MAX || isRequired(field) || isPlain(inner)))
      .map(([field, inner]) => [field, fieldOf(inner, below, isRequired(field))] as const);
    struct = fc.record(Object.fromEntries(fields)).map(withoutAbsent);
    if (schema.ref !== undefined) structs.set(name, struct);
  }
  return struct;
}

/** Whether a struct has fields of its own type, as schemas have. */
function isRecursive({ ref, properties }: Schema): boolean {
  return [...(properties ?? [])].some(([, field]) => ref !== undefined && field.items?.ref === ref);
}

const isPlain = ({ type, codec }: Schema): boolean =>
  type !== 'object' && type !== 'array' && codec?.special === undefined;

function withoutAbsent(object: Record<string, JsonValue | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function fieldOf(schema: Schema, depth: number, required: boolean): fc.Arbitrary<JsonValue | undefined> {
  const value = arbitraryValue(schema, depth);
  if (required) return value;
  return fc.oneof({ weight: ABSENT_WEIGHT, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

function arbitraryValue(schema: Schema, depth: number): fc.Arbitrary<JsonValue> {
  const { codec, items, additionalProperties, validation } = schema;
  if (codec?.special !== undefined) return specialOf(codec.special, schema, depth);
  if (validation?.enum !== undefined) return fc.constantFrom(...validation.enum);
  if (schema.properties !== undefined) return structOf(schema, depth);
  if (items !== undefined) return listOf(schema, items, depth);
  if (typeof additionalProperties === 'object') {
    return fc.dictionary(text, arbitraryValue(additionalProperties, depth), {
      minKeys: 1,
      maxKeys: 2,
      noNullPrototype: true,
    });
  }
  switch (schema.type) {
    case 'string':
      return text;
    case 'boolean':
      return fc.boolean();
    case 'number':
      return double;
    case 'integer':
      return schema.format === 'int32' ? int32 : int64;
    default:
      return anyJson;
  }
}

function listOf({ listType, listMapKeys = [] }: Schema, items: Schema, depth: number): fc.Arbitrary<JsonValue> {
  const item = arbitraryValue(items, depth);
  const size = { minLength: 1, maxLength: 2 };
  if (listType === 'set') return fc.uniqueArray(item, { ...size, selector: String });
  if (listType !== 'map') return fc.array(item, size);
  const keysOf = (value: JsonValue) => listMapKeys.map((key) => String((value as JsonObject)[key] ?? '')).join('\n');
  return fc.uniqueArray(item, { ...size, selector: keysOf });
}

function specialOf(special: SpecialForm, schema: Schema, depth: number): fc.Arbitrary<JsonValue> {
  const known = SPECIAL[special];
  if (known !== undefined) return known;
  if (schema.alternative === undefined) throw new RangeError(`no arbitrary for ${special}`);
  const struct = structOf(schema.alternative, depth);
  if (special === 'SchemaOrBool') return fc.oneof(fc.boolean(), struct);
  if (special === 'SchemaOrArray') return fc.oneof(struct, fc.array(struct, { minLength: 1, maxLength: 2 }));
  return fc.oneof(struct, fc.array(text, { minLength: 1, maxLength: 2 }));
}

/** As the server's own JSON reader has it: bigint only where a double would not do. */
function asJsonInteger(value: bigint): JsonValue {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
