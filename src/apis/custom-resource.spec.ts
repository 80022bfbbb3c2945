import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../apimachinery/meta/json.js';
import { compileCrdSchema } from '../apimachinery/schema/compile-crd.js';
import { decodeCustom, validateCustom } from '../apimachinery/schema/custom-resource.js';
import { applyDefaults } from '../apimachinery/schema/defaulting.js';
import { Catalogue } from './catalogue.js';

const META = new Catalogue().schemaOf('meta.v1.ObjectMeta');

function resource(spec: JsonObject, value: JsonObject): { object: JsonObject; strict: string[]; faults: string[] } {
  const schema = compileCrdSchema({ type: 'object', properties: { spec: { type: 'object', properties: spec } } });
  const strict: string[] = [];
  const object = decodeCustom(schema, { metadata: { name: 'x' }, ...value }, META, strict);
  applyDefaults(schema, object);
  return {
    object,
    strict,
    faults: validateCustom(schema, object, undefined, []).map(({ field, message }) => `${field}: ${message}`),
  };
}

const spec = (properties: JsonObject, value: JsonObject) => resource(properties, { spec: value });

describe('custom resources', () => {
  it('drop what their schema does not name and tell it by path', () => {
    const properties: JsonObject = {
      list: { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' } } } },
      map: { type: 'object', additionalProperties: { type: 'object', properties: {} } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { n: { type: 'object' } } },
    };
    const { object, strict } = resource(properties, {
      metadata: { name: 'x', nope: 1 },
      top: 1,
      spec: { zip: 1, list: [{ a: 1, c: 1 }], map: { k: { d: 1 } }, free: { any: [1], n: { gone: 1 } } },
    });
    expect(object).toEqual({
      metadata: { name: 'x' },
      spec: { list: [{ a: 1 }], map: { k: {} }, free: { any: [1], n: {} } },
    });
    expect(strict).toEqual([
      'unknown field "metadata.nope"',
      'unknown field "spec.free.n.gone"',
      'unknown field "spec.list[0].c"',
      'unknown field "spec.map.k.d"',
      'unknown field "spec.zip"',
      'unknown field "top"',
    ]);
  });

  it('keep null where it may stand, drop it elsewhere, and put defaults in its place', () => {
    const text: JsonObject = { type: 'string' };
    const properties: JsonObject = {
      may: { ...text, nullable: true },
      mayNot: text,
      dflt: { ...text, default: 'tea' },
      map: { type: 'object', additionalProperties: text },
      list: { type: 'array', items: text },
      inner: { type: 'object', properties: { deep: { type: 'integer', default: 5 } } },
    };
    const given = { may: null, mayNot: null, dflt: null, map: { k: null, j: 'x' }, list: ['a', null], inner: {} };
    const { object, faults } = spec(properties, given);
    expect(object.spec).toEqual({ may: null, dflt: 'tea', map: { j: 'x' }, list: ['a', null], inner: { deep: 5 } });
    expect(faults).toEqual([
      'spec.list[1]: Invalid value: "null": spec.list[1] in body must be of type string: "null"',
    ]);
    expect(spec(properties, {}).object.spec).toEqual({ dflt: 'tea' });
  });

  it('give each object its own copy of a default', () => {
    const properties: JsonObject = {
      o: { type: 'object', default: { a: 'b' }, additionalProperties: { type: 'string' } },
    };
    const one = spec(properties, {}).object.spec as JsonObject;
    const two = spec(properties, {}).object.spec as JsonObject;
    expect(one.o).toEqual({ a: 'b' });
    expect(one.o).not.toBe(two.o);
  });

  it.each<[JsonObject, JsonObject, string[]]>([
    [
      { i: { type: 'integer' } },
      { i: '5' },
      ['spec.i: Invalid value: "string": spec.i in body must be of type integer: "string"'],
    ],
    [
      { i: { type: 'integer' } },
      { i: 1.5 },
      [
        'spec.i: Invalid value: "number": spec.i in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.i',
      ],
    ],
    [
      { i: { type: 'integer', format: 'int32' } },
      { i: 2147483648 },
      ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.i'],
    ],
    [
      { i: { type: 'integer', minimum: 5 } },
      { i: 4 },
      ['spec.i: Invalid value: 4: spec.i in body should be greater than or equal to 5'],
    ],
    [
      { i: { type: 'number', maximum: 5, exclusiveMaximum: true } },
      { i: 5 },
      ['spec.i: Invalid value: 5: spec.i in body should be less than 5'],
    ],
    [
      { s: { type: 'string', minLength: 2 } },
      { s: 'é' },
      ['spec.s: Invalid value: "é": spec.s in body should be at least 2 chars long'],
    ],
    [{ s: { type: 'string', maxLength: 1 } }, { s: '😀' }, []],
    [{ s: { type: 'string', maxLength: 1 } }, { s: 'ab' }, ['spec.s: Too long: may not be more than 1 byte']],
    [
      { s: { type: 'string', pattern: 'b' } },
      { s: 'x' },
      ['spec.s: Invalid value: "x": spec.s in body should match \'b\''],
    ],
    [
      { s: { type: 'string', enum: ['red', ''] } },
      { s: 'x' },
      ['spec.s: Unsupported value: "x": supported values: "red", ""'],
    ],
    [
      { s: { type: 'string', format: 'date-time' } },
      { s: 'x' },
      ['spec.s: Invalid value: "x": spec.s in body must be of type date-time: "x"'],
    ],
    [{ s: { type: 'string', format: 'no-such' } }, { s: 'x' }, []],
    [
      { a: { type: 'array', items: { type: 'integer' }, minItems: 1 } },
      { a: [] },
      ['spec.a: Invalid value: 0: spec.a in body should have at least 1 items'],
    ],
    [
      { a: { type: 'array', items: { type: 'integer' }, maxItems: 1 } },
      { a: [1, 2] },
      ['spec.a: Too many: 2: must have at most 1 item'],
    ],
    [
      { o: { type: 'object', properties: { k: { type: 'string' } }, required: ['k'] } },
      { o: {} },
      ['spec.o.k: Required value'],
    ],
    [
      { p: { 'x-kubernetes-int-or-string': true } },
      { p: 1.5 },
      ['spec.p: Invalid value: "number": spec.p in body must be of type integer,string: "number"'],
    ],
    [
      { n: { type: 'integer', not: { minimum: 3 } } },
      { n: 3 },
      ['<nil>: Invalid value: "": "spec.n" must not validate the schema (not)'],
    ],
    [
      { n: { type: 'integer', anyOf: [{ minimum: 10 }, { maximum: 1 }] } },
      { n: 5 },
      [
        '<nil>: Invalid value: "": "spec.n" must validate at least one schema (anyOf)',
        'spec.n: Invalid value: 5: spec.n in body should be greater than or equal to 10',
      ],
    ],
    [
      { n: { type: 'integer', oneOf: [{ minimum: 1 }, { minimum: 2 }] } },
      { n: 5 },
      ['<nil>: Invalid value: "": "spec.n" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      { t: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } } },
      { t: ['a', 'b', 'a', 'a'] },
      ['spec.t[2]: Duplicate value: "a"'],
    ],
  ])('by schema %j find in %j: %j', (properties, value, faults) => {
    expect(spec(properties, value).faults).toEqual(faults);
  });

  it('tell the keys that two items of a map list share', () => {
    const item: JsonObject = {
      type: 'object',
      properties: { k: { type: 'string' }, d: { type: 'string', default: 'm' } },
    };
    const list: JsonObject = {
      type: 'array',
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k', 'd'],
    };
    const { faults } = spec({ list }, { list: [{ k: 'a' }, { k: 'a', d: 'm' }, { k: 'a', d: 'l' }] });
    expect(faults).toEqual(['spec.list[1]: Duplicate value: {"d":"m","k":"a"}']);
  });

  it('answer a pattern that backtracking would drown in', () => {
    const { faults } = spec({ s: { type: 'string', pattern: '^(a+)+$' } }, { s: `${'a'.repeat(5000)}!` });
    expect(faults).toHaveLength(1);
  });

  it('give embedded resources the form of resources', () => {
    const embedded: JsonObject = {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    };
    const good = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'Any Name', bogus: 1, creationTimestamp: null },
      data: 1,
    };
    const { object, strict, faults } = spec({ object: embedded }, { object: good });
    expect(object.spec).toEqual({ object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'Any Name' }, data: 1 } });
    expect(strict).toEqual(['unknown field "spec.object.metadata.bogus"']);
    expect(faults).toEqual([]);
    expect(spec({ object: embedded }, { object: { kind: '' } }).faults).toEqual([
      'spec.object.apiVersion: Required value',
      'spec.object.kind: Invalid value: "": must not be empty',
    ]);
    expect(() => spec({ object: embedded }, { object: { apiVersion: 7, kind: 'Pod' } })).toThrow(
      'spec.object.apiVersion: Invalid value: 7: must be a string',
    );
  });
});
