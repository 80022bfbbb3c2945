import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../meta/json.js';
import { decodeJsonText } from '../runtime/strict-json.js';
import { compileCrdSchema } from './compile-crd.js';
import { validateListUniqueness } from './list-uniqueness.js';
import { validateValue } from './validate.js';

/** Faults of `{"x": <text>}` where x has the schema. */
function faults(schema: JsonObject, text: string): string[] {
  const compiled = compileCrdSchema({ type: 'object', properties: { x: schema } });
  const value = decodeJsonText(Buffer.from(`{"x":${text}}`), []);
  return [...validateValue(compiled, value), ...validateListUniqueness(compiled, value)].map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

describe('validation of numbers', () => {
  it('tells doubles from integers by how they are written', () => {
    const ofString = (text: string) => faults({ type: 'string' }, text)[0];
    expect(ofString('1')).toBe('x: Invalid value: "integer": x in body must be of type string: "integer"');
    expect(ofString('1.0')).toBe('x: Invalid value: "number": x in body must be of type string: "number"');
    expect(ofString('1e2')).toContain('"number"');
    expect(faults({ type: 'integer' }, '1.0')).toEqual([]);
    expect(faults({ type: 'string', format: 'date' }, '1.0')).toEqual([
      'x: Invalid value: "float64": x in body must be of type date: "float64"',
    ]);
  });

  it('compares integers as integers and doubles as doubles', () => {
    const max = { type: 'number', maximum: 1.5 };
    expect(faults(max, '2')).toEqual(['x: Invalid value: 2: x in body should be less than or equal to 1']);
    expect(faults(max, '2000000.5')).toEqual([
      'x: Invalid value: 2.0000005e+06: x in body should be less than or equal to 1.5',
    ]);
    expect(faults({ type: 'number', minimum: 1e6 }, '1.0')).toEqual([
      'x: Invalid value: 1: x in body should be greater than or equal to 1e+06',
    ]);
  });

  it('tells limits that do not fit the type, then compares as doubles', () => {
    expect(faults({ type: 'integer', maximum: 1.5 }, '3000000')).toEqual([
      '<nil>: Invalid value: "": Maximum boundary value must be of type integer (default format) in x',
      'x: Invalid value: 3e+06: x in body should be less than or equal to 1.5',
    ]);
    expect(faults({ type: 'number', multipleOf: 0.1 }, '5')).toEqual([
      'x: Invalid value: 0: factor MultipleOf declared for x must be positive: 0',
    ]);
  });

  it('keeps ranges of formats', () => {
    expect(faults({ type: 'integer', format: 'int32' }, '2147483648')).toEqual([
      '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in x',
    ]);
    expect(faults({ type: 'integer' }, '-9223372036854775809')).toHaveLength(2);
    expect(faults({ type: 'number', format: 'float' }, '3.5e38')).toHaveLength(1);
    expect(faults({ type: 'integer', format: 'float' }, '5')).toEqual([]);
  });
});

describe('validation of enums', () => {
  it('converts to the type of the allowed value, as Go does', () => {
    expect(faults({ type: 'number', enum: [1] }, '1.7')).toEqual([]);
    expect(faults({ 'x-kubernetes-preserve-unknown-fields': true, enum: ['a'] }, '97')).toEqual([]);
    expect(faults({ type: 'number', enum: [1, 2.5] }, '2')).toEqual([
      'x: Unsupported value: 2: supported values: "1", "2.5"',
    ]);
  });
});

describe('validation of collections', () => {
  it('goes on after a wrong number of properties', () => {
    const schema = { type: 'object', minProperties: 2, properties: { a: { type: 'string' } }, required: ['b'] };
    expect(faults(schema, '{"a":1}')).toEqual([
      'x: Invalid value: 1: x in body should have at least 2 properties',
      'x.a: Invalid value: "integer": x.a in body must be of type string: "integer"',
      'x.b: Required value',
    ]);
  });

  it('tells a fault once that several branches find', () => {
    const branch = { minimum: 3 };
    expect(faults({ type: 'integer', minimum: 3, allOf: [branch] }, '1')).toEqual([
      'x: Invalid value: 1: x in body should be greater than or equal to 3',
      '<nil>: Invalid value: "": "x" must validate all the schemas (allOf). None validated',
    ]);
  });

  it('takes 1 and 1.0 for two items of a set', () => {
    const set = { type: 'array', items: { type: 'number' }, 'x-kubernetes-list-type': 'set' };
    expect(faults(set, '[1, 1.0]')).toEqual([]);
    expect(faults(set, '[1, 1.0, 1e0]')).toEqual(['x[2]: Duplicate value: 1']);
    expect(faults(set, '[2000000.0, 2e6]')).toEqual(['x[1]: Duplicate value: 2e+06']);
  });

  it('tells the first item of a map list that is no object, and takes null for one without keys', () => {
    const map = {
      type: 'array',
      items: { type: 'object', nullable: true, properties: { k: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    };
    expect(faults(map, '[null, {}]')).toEqual(['x[1]: Duplicate value: {}']);
    expect(faults(map, '[{"k":"a"}, 1, 2, {"k":"a"}]').at(-1)).toBe(
      'x[1]: Invalid value: 1: must be an object for an array of list-type map',
    );
  });
});
