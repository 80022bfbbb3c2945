import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../meta/json.js';
import { FieldPath } from '../validation/field-error.js';
import { checkCrdSchema } from './check-crd-schema.js';

function check(schema: JsonObject, statusSubresource = false): string[] {
  const errors = checkCrdSchema(schema, FieldPath.root('s'), { statusSubresource });
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const withField = (field: JsonObject): JsonObject => ({ type: 'object', properties: { a: field } });

describe('schemas of custom resource definitions', () => {
  it('pass when they are structural', () => {
    const schema = withField({
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      default: 5,
    });
    expect(check(schema)).toEqual([]);
    expect(check({ ...schema, 'x-kubernetes-preserve-unknown-fields': true })).toEqual([]);
  });

  it.each<[JsonObject, string[]]>([
    [{}, ['s.properties[a].type: Required value: must not be empty for specified object fields']],
    [{ type: 'array' }, ['s.properties[a].items: Required value: must be specified']],
    [
      { type: 'text' },
      [
        's.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
    [{ type: 'string', $ref: '#/x' }, ['s.properties[a].$ref: Forbidden: $ref is not supported']],
    [
      { type: 'string', pattern: '(' },
      [
        's.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
      ],
    ],
    [
      { type: 'string', anyOf: [{ type: 'string' }] },
      ['s.properties[a].anyOf[0].type: Forbidden: must be empty to be structural'],
    ],
    // Upstream asks only of the branches of the root that what they restrict is specified outside of them.
    [{ type: 'object', not: { properties: { b: {} } } }, []],
    [{ type: 'object', not: { additionalProperties: false } }, []],
    [{ type: 'string', anyOf: [{ type: 'integer' }, { type: 'string' }] }, []],
    [
      { type: 'object', allOf: [{ 'x-kubernetes-validations': [{ rule: 'true' }], 'x-kubernetes-list-type': '' }] },
      [
        's.properties[a].allOf[0].x-kubernetes-list-type: Forbidden: must be undefined to be structural',
        's.properties[a].allOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural',
        's.properties[a].allOf[0].type: Required value: must be array if x-kubernetes-list-type is specified',
        's.properties[a].allOf[0].x-kubernetes-list-type: Unsupported value: "": supported values: "atomic", "set", "map"',
      ],
    ],
    [
      { type: 'integer', default: 'x' },
      ['s.properties[a].default: Invalid value: "string":  in body must be of type integer: "string"'],
    ],
    [
      { type: 'object', properties: { b: { type: 'integer' } }, default: { c: 1 } },
      ['s.properties[a].default: Invalid value: {"c":1}: must not have unknown fields'],
    ],
    [
      { type: 'string', 'x-kubernetes-list-type': 'set' },
      ['s.properties[a].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified'],
    ],
    [
      { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-map-keys': ['k'] },
      [
        's.properties[a].x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty',
      ],
    ],
  ])('of a field %j are told: %j', (field, faults) => {
    expect(check(withField(field))).toEqual(faults);
  });

  it('may not restrict metadata or stand with other keywords at a root with status', () => {
    const metadata = { type: 'object', properties: { labels: { type: 'object' } } };
    expect(check({ type: 'object', properties: { metadata } })).toEqual([
      's.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ]);
    expect(check({ type: 'object', oneOf: [{ required: ['a'] }] }, true)[0]).toMatch(
      /^s: Invalid value: .*only \[Description/,
    );
  });

  it('are not judged again when they have not changed', () => {
    const bad = withField({});
    const options = { statusSubresource: false, oldSchema: structuredClone(bad) };
    expect(checkCrdSchema(bad, FieldPath.root('s'), options)).toEqual([]);
  });

  it('are not judged as structural while keywords that CRDs lack stand in them', () => {
    expect(check(withField({ additionalItems: {}, properties: { b: {} } }))).toEqual([
      's.properties[a].additionalItems: Forbidden: additionalItems is not supported',
    ]);
    expect(check(withField({ type: 'string', $schema: 'x' }))).toEqual([
      's: Invalid value: "": OpenAPIV3Schema \'schema\' is not supported',
    ]);
  });

  it('tell what is not structural before what is not supported', () => {
    const faults = check(withField({ uniqueItems: true }));
    expect(faults.map((fault) => fault.split(': ')[1])).toEqual(['Required value', 'Forbidden']);
  });

  it('want branches of the root to restrict what is specified', () => {
    expect(check({ type: 'object', anyOf: [{ properties: { b: {} } }] })).toEqual([
      's.properties[b]: Required value: because it is defined in s.anyOf[0].properties[b]',
    ]);
  });

  it('have their rules compiled where the list around them is at fault', () => {
    const rule = { rule: 'self.x' };
    const items = { type: 'object', properties: { k: { type: 'string', nullable: true } }, required: ['k'] };
    const list = {
      type: 'array',
      items: { ...items, 'x-kubernetes-validations': [rule] },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    };
    expect(check(withField(list)).map((fault) => fault.split(': ')[0])).toEqual([
      's.properties[a].items.properties[k].nullable',
      's.properties[a].items.x-kubernetes-validations[0].rule',
    ]);
  });

  it('are printed whole where the root of a kind with status has too much', () => {
    const [fault] = check({ type: 'object', default: {}, properties: { a: { type: 'string', pattern: '<' } } }, true);
    expect(fault).toMatch(/^s: Invalid value: \{"ID":"","Schema":"","Ref":null,"Description":"","Type":"object",/);
    expect(fault).toContain('"Pattern":"\\u003c"');
  });
});
