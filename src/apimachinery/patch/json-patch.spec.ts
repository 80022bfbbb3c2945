import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../meta/json.js';
import { applyJsonPatch, JSON_PATCH_OPERATIONS_MAX, parseJsonPatch } from './json-patch.js';

const apply = (target: JsonObject, patch: JsonValue) => applyJsonPatch(target, parseJsonPatch(patch, []));

const target = (): JsonObject => ({ data: { a: '1', 'x/y': '2', constructor: '3' }, list: ['p', 'q'] });

describe('applyJsonPatch', () => {
  it.each<[string, JsonValue, JsonObject]>([
    [
      'adds and removes keys',
      [
        { op: 'add', path: '/data/b', value: 5 },
        { op: 'remove', path: '/data/a' },
      ],
      { data: { 'x/y': '2', constructor: '3', b: 5 }, list: ['p', 'q'] },
    ],
    [
      'inserts into and appends to lists',
      [
        { op: 'add', path: '/list/1', value: 'i' },
        { op: 'add', path: '/list/-', value: 'e' },
      ],
      { ...target(), list: ['p', 'i', 'q', 'e'] },
    ],
    [
      'counts negative indices from the end',
      [
        { op: 'replace', path: '/list/-1', value: 'r' },
        { op: 'add', path: '/list/-1', value: 's' },
      ],
      { ...target(), list: ['p', 'r', 's'] },
    ],
    [
      'unescapes keys',
      [{ op: 'replace', path: '/data/x~1y', value: 'n' }],
      { ...target(), data: { a: '1', 'x/y': 'n', constructor: '3' } },
    ],
    [
      'reaches keys named like object internals',
      [
        { op: 'remove', path: '/data/constructor' },
        { op: 'add', path: '/data/prototype', value: '4' },
      ],
      { ...target(), data: { a: '1', 'x/y': '2', prototype: '4' } },
    ],
    [
      'adds by replace what is not there',
      [{ op: 'replace', path: '/data/none', value: 'n' }],
      { ...target(), data: { ...(target().data as JsonObject), none: 'n' } },
    ],
    [
      'copies null from what is not there',
      [{ op: 'copy', from: '/data/none', path: '/data/n' }],
      { ...target(), data: { ...(target().data as JsonObject), n: null } },
    ],
    [
      'moves',
      [{ op: 'move', from: '/data/a', path: '/list/0' }],
      { data: { 'x/y': '2', constructor: '3' }, list: ['1', 'p', 'q'] },
    ],
    [
      'finds null by test where nothing is',
      [
        { op: 'test', path: '/data/none', value: null },
        { op: 'test', path: '/data/none' },
      ],
      target(),
    ],
    [
      'tests structures',
      [
        { op: 'test', path: '', value: target() },
        { op: 'test', path: '/list', value: ['p', 'q'] },
      ],
      target(),
    ],
    ['replaces the whole', [{ op: 'replace', path: '', value: { all: 'new' } }], { all: 'new' }],
    ['does nothing when empty', [], target()],
  ])('%s', (_, patch, expected) => {
    expect(apply(target(), patch)).toEqual(expected);
  });

  it.each<[JsonValue]>([
    [{ op: 'test', path: '/data/a', value: '2' }],
    [{ op: 'test', path: '/data/none', value: 'x' }],
    [{ op: 'remove', path: '/data/none' }],
    [{ op: 'add', path: '/none/a', value: 'x' }],
    [{ op: 'add', path: '/list/3', value: 'x' }],
    [{ op: 'add', path: '/list/x', value: 'x' }],
    [{ op: 'replace', path: '/list/2', value: 'x' }],
    [{ op: 'move', from: '/data/none', path: '/data/b' }],
    [{ op: 'add', path: '/data/a/b', value: 'x' }],
    [{ op: 'add', path: '', value: {} }],
    [{ op: 'add', value: {} }],
    [{ op: 'replace', path: '', value: 5 }],
    [{ op: 'frobnicate', path: '/data/a' }],
  ])('answers %j with a blank 422', (operation) => {
    expect(() => apply(target(), [operation])).toThrow(
      expect.objectContaining({
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
        details: {},
      }),
    );
  });

  it.each<[JsonValue, string]>([
    [{ op: 'add' }, 'json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
    [['x'], 'json: cannot unmarshal string into Go value of type handlers.jsonPatchOp'],
  ])('refuses %j as no patch', (patch, message) => {
    expect(() => apply(target(), patch)).toThrow(
      expect.objectContaining({ code: 400, message: `error decoding patch: ${message}` }),
    );
  });

  it('limits the number of operations', () => {
    const patch = Array.from({ length: JSON_PATCH_OPERATIONS_MAX + 1 }, () => ({ op: 'test', path: '/none' }));
    expect(() => apply({}, patch)).toThrow(
      expect.objectContaining({
        code: 413,
        message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
      }),
    );
  });

  it('leaves its inputs alone and shares nothing with them', () => {
    const given = target();
    const value = { deep: ['v'] };
    const patched = apply(given, [{ op: 'add', path: '/data/v', value }]) as {
      data: { v: { deep: string[] } };
    };
    patched.data.v.deep.push('w');
    expect([given, value]).toEqual([target(), { deep: ['v'] }]);
  });

  it('never pollutes prototypes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', '0'), { minLength: 1 }),
        (keys) => {
          try {
            apply(target(), [{ op: 'add', path: `/${keys.join('/')}`, value: { polluted: true } }]);
          } catch (error) {
            expect(error).toMatchObject({ code: 422 });
          }
          expect(({} as JsonObject).polluted).toBeUndefined();
        },
      ),
    );
  });
});
