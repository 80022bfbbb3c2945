import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import { inEncodedOrder, inPatchedOrder, pathsOf, sortDeeply } from './patched-order.js';

const document = { z: 1, b: { y: { d: 1, c: 2 }, x: [{ b: 1, a: 2 }] }, a: { d: '<&>', c: undefined } };

const text = (value: JsonValue, through: JsonValue) => JSON.stringify(inPatchedOrder(value, through));

describe('a patched document', () => {
  it('is sorted in the objects that the patch went through', () => {
    expect(text(document, { b: { q: 1 } })).toBe('{"a":{"d":"<&>"},"b":{"x":[{"b":1,"a":2}],"y":{"d":1,"c":2}},"z":1}');
    expect(text(document, pathsOf([{ path: '/b/y/c' }]))).toContain('"y":{"c":2,"d":1}');
  });

  it('is sorted in all that the patch brought, and in the lists that it went through', () => {
    expect(text({ l: [{ b: [{ z: 1, y: 2 }], a: 1 }] }, { l: [] })).toBe('{"l":[{"a":1,"b":[{"y":2,"z":1}]}]}');
    expect(text({ l: [{ b: { z: 1, y: 2 }, a: 1 }] }, pathsOf([{ from: '/l/0/c', path: '/x' }]))).toBe(
      '{"l":[{"a":1,"b":{"z":1,"y":2}}]}',
    );
  });

  it('is of values that are no objects too', () => {
    expect(text([1], null)).toBe('[1]');
  });

  it('follows pointers to fields with slashes and tildes', () => {
    expect(pathsOf([{ path: '/a~1b/c~0d/e' }, {}])).toEqual({ 'a/b': { 'c~d': {} } });
  });
});

it('sorts the fields of every object', () => {
  expect(JSON.stringify(sortDeeply(document))).toBe(
    '{"a":{"d":"<&>"},"b":{"x":[{"a":2,"b":1}],"y":{"c":2,"d":1}},"z":1}',
  );
});

it('puts fields in the order of their type, and those of maps in their own', () => {
  const text: Schema = { type: 'string' };
  const metadata: Schema = {
    type: 'object',
    properties: new Map<string, Schema>([
      ['uid', text],
      ['resourceVersion', text],
      ['labels', { type: 'object', additionalProperties: text }],
    ]),
  };
  const list: Schema = { type: 'array', items: metadata };
  const schema: Schema = {
    type: 'object',
    properties: new Map([
      ['metadata', metadata],
      ['list', list],
    ]),
  };
  const given = {
    list: [{ more: 1, labels: { b: '1', a: '2' }, uid: 'u' }],
    metadata: { resourceVersion: '1', uid: 'u' },
  };
  expect(JSON.stringify(inEncodedOrder(given, schema))).toBe(
    '{"metadata":{"uid":"u","resourceVersion":"1"},"list":[{"uid":"u","labels":{"a":"2","b":"1"},"more":1}]}',
  );
});
