import fc, { type Arbitrary } from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/apimachinery/meta/json.js';

const NAMES = ['a', 'b', 'spec', 'size', 'x-y', 'in', '__proto__', 'constructor', 'apiVersion', ''];
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
const PATTERNS = ['^a+$', '(a+)+$', '[', '(?=a)', '\\p{L}', '^(a|a)*$', ''];
const FORMATS = ['date-time', 'int32', 'byte', 'ipv4', 'uuid', 'nonsense'];
const RULES = [
  'self.size() < 5',
  'has(self.a)',
  'self == oldSelf',
  'self.all(x, x != x)',
  'self.matches("(a+)+$")',
  '((((',
  'true || ',
  'unknown.field',
  '1 / 0 == 1',
  'self.exists(x, self.exists(y, self.exists(z, x == y)))',
];

const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(
    null,
    true,
    0,
    -1,
    1.5,
    2 ** 40,
    '',
    'a',
    `${'a'.repeat(40)}!`,
    '10.0.0.1',
    '2020-01-01T00:00:00Z',
  ),
  fc.string({ maxLength: 8 }),
);

function jsonOf(depth: number): Arbitrary<JsonValue> {
  if (depth === 0) return scalar;
  const inner = jsonOf(depth - 1);
  const map = fc.dictionary(fc.constantFrom(...NAMES), inner, { maxKeys: 3 }) as Arbitrary<JsonObject>;
  return fc.oneof(scalar, fc.array(inner, { maxLength: 3 }), map);
}

/** Any JSON, not deep. */
export const anyJson: Arbitrary<JsonValue> = jsonOf(3);

const maybe = <T>(of: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(of, { nil: undefined, freq: 1 });
const count = fc.constantFrom(0, 1, 3, -1, 2 ** 31);

function schemaOf(depth: number): Arbitrary<JsonObject> {
  const keywords = {
    type: maybe(fc.constantFrom(...TYPES, 'null', 'thing')),
    required: maybe(fc.array(fc.constantFrom(...NAMES), { maxLength: 2 })),
    default: maybe(scalar),
    enum: maybe(fc.array(scalar, { maxLength: 2 })),
    pattern: maybe(fc.constantFrom(...PATTERNS)),
    format: maybe(fc.constantFrom(...FORMATS)),
    nullable: maybe(fc.boolean()),
    minimum: maybe(count),
    maxLength: maybe(count),
    maxItems: maybe(count),
    uniqueItems: maybe(fc.boolean()),
    'x-kubernetes-int-or-string': maybe(fc.boolean()),
    'x-kubernetes-preserve-unknown-fields': maybe(fc.boolean()),
    'x-kubernetes-embedded-resource': maybe(fc.boolean()),
    'x-kubernetes-list-type': maybe(fc.constantFrom('atomic', 'set', 'map', 'bag')),
    'x-kubernetes-list-map-keys': maybe(fc.array(fc.constantFrom(...NAMES), { maxLength: 2 })),
    'x-kubernetes-validations': maybe(
      fc.array(fc.record({ rule: fc.constantFrom(...RULES), message: fc.constant('m') }), { maxLength: 2 }),
    ),
  };
  if (depth === 0) return fc.record(keywords).map(withoutUndefined);
  const inner = schemaOf(depth - 1);
  return fc
    .record({
      ...keywords,
      properties: maybe(fc.dictionary(fc.constantFrom(...NAMES), inner, { maxKeys: 3 })),
      additionalProperties: maybe(fc.oneof(fc.boolean(), inner)),
      items: maybe(inner),
      allOf: maybe(fc.array(inner, { maxLength: 1 })),
      not: maybe(inner),
    })
    .map(withoutUndefined);
}

/** Schemas of definitions, most of them with something wrong. */
export const anySchema: Arbitrary<JsonObject> = schemaOf(2);

function soundOf(depth: number): Arbitrary<JsonObject> {
  const pattern = maybe(fc.constantFrom('^a+$', '(a+)+$', '^(a|a)*$'));
  const leaf = fc.oneof(
    fc.record({ type: fc.constant('string'), pattern, maxLength: maybe(fc.nat(5)) }).map(withoutUndefined),
    fc
      .record({ type: fc.constant('integer'), minimum: maybe(fc.nat(5)), default: maybe(fc.constant(7)) })
      .map(withoutUndefined),
    fc.constant<JsonObject>({ 'x-kubernetes-int-or-string': true }),
    fc.constant<JsonObject>({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
  );
  if (depth === 0) return leaf;
  const inner = soundOf(depth - 1);
  const properties = fc.dictionary(fc.constantFrom('a', 'b', 'spec', 'size'), inner, { maxKeys: 4 });
  return fc.oneof(
    leaf,
    inner.map((items): JsonObject => ({ type: 'array', items })),
    inner.map((additionalProperties): JsonObject => ({ type: 'object', additionalProperties })),
    fc.record({ type: fc.constant('object'), properties, nullable: maybe(fc.boolean()) }).map(withoutUndefined),
  );
}

/** Sound structural schemas: what a definition may have. */
export const soundSchema: Arbitrary<JsonObject> = soundOf(3);

function withoutUndefined(record: object): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as JsonObject;
}
