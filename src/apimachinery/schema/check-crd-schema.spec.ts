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
    [
      { type: 'object', not: { properties: { b: {} } } },
      ['s.properties[a].properties[b]: Required value: because it is defined in s.properties[a].not.properties[b]'],
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
});
