import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../meta/json.js';
import { type DecodeCounts, MISMATCH } from './codec.js';
import { IntegerCodec, ListCodec, ScalarCodec, StructField } from './struct-codec.js';
import { compileStructDecoder } from './struct-decoder.js';

const text = new ScalarCodec('string', 'string');
const flag = new ScalarCodec('bool', 'boolean');
const count = new IntegerCodec('int32', 32);
const list = new ListCodec('[]string', text, false);

const plain = { pointer: false, omitEmpty: false, keepEmpty: false };
const omitting = { ...plain, omitEmpty: true };
const pointer = { ...omitting, pointer: true };

const FIELDS = [
  new StructField('text', 'T', text, plain),
  new StructField('word', 'T', text, omitting),
  new StructField('flag', 'T', flag, omitting),
  new StructField('set', 'T', flag, pointer),
  new StructField('count', 'T', count, omitting),
  new StructField('list', 'T', list, plain),
  new StructField('odd "name"\n', 'T', text, omitting),
];
const decode = compileStructDecoder(FIELDS);

/** The rules of a field, one by one. */
function decodedSlowly(object: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const field of FIELDS) {
    const given = object[field.name];
    if (given === undefined || given === null) {
      if (!field.omitsAbsent) out[field.name] = field.absent();
    } else if (!field.omitsEmpty || (given !== '' && given !== 0 && given !== false)) {
      out[field.name] = given;
    }
  }
  return out;
}

const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const object: fc.Arbitrary<JsonObject> = fc.record(
  {
    list: nullable(fc.array(fc.string(), { maxLength: 2 })),
    set: nullable(fc.boolean()),
    unheardOf: fc.anything({ maxDepth: 1 }) as fc.Arbitrary<JsonValue>,
    word: nullable(fc.constantFrom('', 'a')),
    count: nullable(fc.integer({ min: -1, max: 1 })),
    flag: nullable(fc.boolean()),
    'odd "name"\n': fc.constantFrom('', 'b'),
    text: nullable(fc.constantFrom('', 'c')),
  },
  { requiredKeys: [] },
);

describe('a generated decoder of a struct', () => {
  it('follows the rules of every field, in the order of the fields', () => {
    fc.assert(
      fc.property(object, (given) => {
        const counts: DecodeCounts = { unknown: 0 };
        const before = JSON.stringify(given);
        const decoded = decode(given, counts);
        expect(JSON.stringify(decoded)).toBe(JSON.stringify(decodedSlowly(given)));
        expect(counts.unknown).toBe('unheardOf' in given ? 1 : 0);
        expect(JSON.stringify(given)).toBe(before);
      }),
    );
  });

  it.each([{ text: 1 }, { word: true }, { flag: 'true' }, { count: 1.5 }, { list: 'a' }, { list: [1] }])(
    'refuses %o',
    (given) => {
      expect(() => decode(given as JsonObject, { unknown: 0 })).toThrow(MISMATCH);
    },
  );

  it('spells empty lists as null where that is asked for', () => {
    expect(decode({ list: [] }, { unknown: 0, emptyListsAreNull: true })).toEqual({ text: '', list: null });
    expect(decode({ list: [] }, { unknown: 0 })).toEqual({ text: '', list: [] });
  });
});
