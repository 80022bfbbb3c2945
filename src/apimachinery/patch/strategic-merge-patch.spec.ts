import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import { applyStrategicMergePatch } from './strategic-merge-patch.js';

const text: Schema = { type: 'string' };
const struct = (fields: Record<string, Schema>): Schema => ({
  type: 'object',
  properties: new Map(Object.entries(fields)),
});
const keyed = (key: string, fields: Record<string, Schema>, patchStrategy = 'merge'): Schema => ({
  type: 'array',
  patchStrategy,
  patchMergeKey: key,
  items: struct(fields),
});
const fields = struct({
  tags: { type: 'array', items: text, patchStrategy: 'merge' },
  loose: { type: 'array', items: struct({ a: text }), patchStrategy: 'merge' },
  raw: { type: 'object', codec: { pointer: false, omitEmpty: true, goType: '', special: 'RawExtension' } },
  deep: { type: 'object', additionalProperties: { type: 'object', additionalProperties: text } },
  finalizers: { type: 'array', items: text, patchStrategy: 'merge' },
  args: { type: 'array', items: text },
  labels: { type: 'object', additionalProperties: text },
  strategy: { ...struct({ type: text, rolling: struct({ surge: text }) }), patchStrategy: 'retainKeys' },
  whole: { ...struct({ a: text, b: text }), patchStrategy: 'replace' },
  containers: keyed('name', { name: text, image: text, env: keyed('name', { name: text, value: text }) }),
  volumes: keyed('name', { name: text, emptyDir: struct({}), hostPath: struct({ path: text }) }, 'merge,retainKeys'),
});
const schema: Schema = { ...fields, ref: 'example.v1.Door' };
const apply = (target: JsonObject, patch: JsonObject) => applyStrategicMergePatch(target, patch, schema);
const list = (letters: string) => [...letters].map((name) => ({ name }));
const names = (list: unknown) => (list as { name: string }[]).map((item) => item.name).join('');

describe('applyStrategicMergePatch', () => {
  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    [
      'merges maps and deletes by null',
      { labels: { a: '1', b: '2' } },
      { labels: { b: null, c: '3' } },
      { labels: { a: '1', c: '3' } },
    ],
    ['replaces lists without a strategy', { args: ['1', '2'] }, { args: ['3'] }, { args: ['3'] }],
    ['replaces a map of strategy replace', { whole: { a: '1' } }, { whole: { b: '2' } }, { whole: { b: '2' } }],
    [
      'replaces a map by directive',
      { labels: { a: '1' } },
      { labels: { $patch: 'replace', b: '2' } },
      { labels: { b: '2' } },
    ],
    ['empties a map by directive', { labels: { a: '1' } }, { labels: { $patch: 'delete' } }, { labels: {} }],
    [
      'drops nulls and what has a $patch where nothing is to merge, and leaves other directives',
      {},
      {
        labels: { a: null, b: '1', $patch: null },
        whole: { a: '1', $patch: 'merge' },
        containers: [
          { name: 'a', $patch: 'delete' },
          { name: 'b', $retainKeys: ['name'] },
        ],
      },
      { labels: { b: '1' }, containers: [{ name: 'b', $retainKeys: ['name'] }] },
    ],
    [
      'takes items that are new as they stand',
      { containers: [{ name: 'a' }] },
      { containers: [{ name: 'b', image: null, '$setElementOrder/env': [] }] },
      { containers: [{ name: 'b', image: null, '$setElementOrder/env': [] }, { name: 'a' }] },
    ],
    [
      'keeps nulls of a list that is new and ordered',
      {},
      { containers: [{ name: 'b', image: null }, { name: 'a' }], '$setElementOrder/containers': list('ba') },
      { containers: [{ name: 'b', image: null }, { name: 'a' }] },
    ],
    [
      'keeps directives in what replaces',
      { whole: { a: '1' }, labels: { a: '1' } },
      { whole: { b: null, $retainKeys: [] }, labels: { $patch: 'replace', a: null } },
      { whole: { b: null, $retainKeys: [] }, labels: { a: null } },
    ],
    [
      'takes a list away where null is to be deleted from it',
      { finalizers: ['1'] },
      { '$deleteFromPrimitiveList/finalizers': null },
      {},
    ],
    [
      'passes over a deletion that is no list',
      { finalizers: ['1'] },
      { '$deleteFromPrimitiveList/finalizers': '1' },
      { finalizers: ['1'] },
    ],
    ['takes a map of strategy merge for a list that is none', { args: ['1'] }, { args: { a: 1 } }, { args: { a: 1 } }],
    [
      'drops all items of a key that is deleted',
      { containers: [{ name: 'a' }, { name: 'a' }, { name: 'b' }] },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: [{ name: 'b' }] },
    ],
    [
      'keeps only retained keys',
      { strategy: { type: 'Rolling', rolling: { surge: '1' } } },
      { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      { strategy: { type: 'Recreate' } },
    ],
    [
      'keeps only retained keys of list items',
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/p' } }] },
      { volumes: [{ name: 'v', hostPath: { path: '/p' } }] },
    ],
    [
      'deletes from primitive lists',
      { finalizers: ['1', '2', '3'] },
      { '$deleteFromPrimitiveList/finalizers': ['2', 'none'] },
      { finalizers: ['1', '3'] },
    ],
    ['passes over deletions from absent lists', {}, { '$deleteFromPrimitiveList/finalizers': ['2'] }, {}],
    [
      'merges primitive lists in the order of the patch',
      { finalizers: ['1', '3'] },
      { finalizers: ['4', '1'] },
      { finalizers: ['4', '1', '3'] },
    ],
    [
      'orders and deletes together',
      { finalizers: ['4', '1', '3'] },
      { '$setElementOrder/finalizers': ['4', '3', '1'], '$deleteFromPrimitiveList/finalizers': ['1'] },
      { finalizers: ['4', '3'] },
    ],
    [
      'replaces a keyed list by directive',
      { containers: [{ name: 'a' }] },
      { containers: [{ $patch: 'replace' }, { name: 'z' }] },
      { containers: [{ name: 'z' }] },
    ],
    [
      'empties a keyed list by directive',
      { containers: [{ name: 'a' }] },
      { containers: [{ $patch: 'replace' }] },
      { containers: [] },
    ],
    [
      'goes into items',
      {
        containers: [
          {
            name: 'a',
            image: 'i',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
        ],
      },
      {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'X', $patch: 'delete' },
              { name: 'Y', value: '3' },
            ],
          },
        ],
      },
      { containers: [{ name: 'a', image: 'i', env: [{ name: 'Y', value: '3' }] }] },
    ],
  ])('%s', (_, target, patch, expected) => {
    const before = JSON.stringify([target, patch]);
    expect(apply(target, patch)).toEqual(expected);
    expect(JSON.stringify([target, patch])).toBe(before);
  });

  it.each([
    ['ab', 'bc', undefined, 'abc'],
    ['ab', 'cb', undefined, 'cab'],
    ['ab', 'c', undefined, 'cab'],
    ['abc', '', 'cab', 'cab'],
    ['abc', 'n', 'nbc', 'nabc'],
    ['abcd', 'd', 'db', 'acdb'],
  ])('puts %s and the patch %s in the order %s as %s', (live, given, order, expected) => {
    const patch: JsonObject = {};
    if (given !== '') patch.containers = list(given);
    if (order !== undefined) patch['$setElementOrder/containers'] = list(order);
    expect(names(apply({ containers: list(live) }, patch).containers)).toBe(expected);
  });

  it.each<[JsonObject, number, string]>([
    [{ containers: [{ image: 'x' }] }, 500, 'map: map[image:x] does not contain declared merge key: name'],
    [
      { containers: [{ name: 'z', $patch: 'mangle' }] },
      500,
      'unknown patch type: mangle in map: map[$patch:mangle name:z]',
    ],
    [{ containers: [{ name: 'z', $patch: 'merge' }] }, 500, 'merging lists cannot yet be specified in the patch'],
    [{ labels: { $patch: 'mangle' } }, 500, 'unknown patch type: mangle in map: map[$patch:mangle]'],
    [{ strategy: { $retainKeys: 'type' } }, 400, 'invalid patch format of retainKeys'],
    [{ strategy: { $retainKeys: ['type'], rolling: {} } }, 400, 'invalid patch format of retainKeys'],
    [
      { finalizers: ['9'], '$setElementOrder/finalizers': ['4'] },
      500,
      "The order in patch list:\n[9]\n doesn't match $setElementOrder list:\n[4]\n",
    ],
    [{ tags: [['9']] }, 422, 'the server rejected our request due to an error in our request'],
    [{ finalizers: [['9']] }, 500, 'list element types are not identical: [[1] [[9]]]'],
    [{ finalizers: [1] }, 500, 'list element types are not identical: [[1] [1]]'],
    [{ finalizers: ['a', { b: 1 }] }, 500, 'list element types are not identical: [[1] [a map[b:1]]]'],
    [{ labels: { $patch: 7 } }, 500, 'unknown patch type: %!s(int64=7) in map: map[$patch:7]'],
    [{ labels: { $patch: null } }, 500, 'unknown patch type: %!s(<nil>) in map: map[$patch:<nil>]'],
    [
      { labels: { $patch: [true, { a: 1.5 }] } },
      500,
      'unknown patch type: [%!s(bool=true) map[a:%!s(float64=1.5)]] in map: map[$patch:[true map[a:1.5]]]',
    ],
    [{ loose: [{ a: '1' }] }, 500, 'cannot merge lists without merge key for struct'],
    [{ '$setElementOrder/finalizers': 'x' }, 500, 'expected a []interface {}, but received a string'],
    [{ '$setElementOrder/labels': [] }, 500, 'expected a []interface {}, but received a map[string]interface {}'],
    [{ '$setElementOrder/none': [] }, 500, 'unable to find api field in struct Door for the json field "none"'],
    [{ '$setElementOrder-finalizers': [] }, 400, 'invalid patch format of setElementOrder list'],
    [{ $deleteFromPrimitiveList: ['1'] }, 400, 'invalid patch format of primitive list'],
    [{ '$deleteFromPrimitiveList/loose': ['1'] }, 500, 'list element types are not identical: [[map[a:1]] [1]]'],
    [{ '$setElementOrder/containers': ['a'] }, 500, 'expected a map[string]interface {}, but received a string'],
    [
      { '$setElementOrder/containers': [{ image: 'a' }] },
      500,
      'map: map[image:a] does not contain declared merge key: name',
    ],
    [{ raw: { a: { b: 1 } } }, 500, 'unable to find api field in struct RawExtension for the json field "a"'],
    [{ deep: { a: { b: { c: 1 } } } }, 500, 'merging an object in json but data type is not struct, instead is: map'],
  ])('refuses %j', (patch, code, message) => {
    const live = {
      ...{ containers: [{ name: 'a' }], labels: {}, finalizers: ['1'], strategy: {}, tags: [], loose: [{ a: '1' }] },
      ...{ raw: { a: { c: 2 } }, deep: { a: { b: {} } } },
    };
    expect(() => apply(live, patch)).toThrow(expect.objectContaining({ code, message }));
  });

  it('shares nothing with its inputs', () => {
    const live: JsonObject = { containers: [{ name: 'a', env: [{ name: 'X' }] }], labels: { a: '1' } };
    const patch: JsonObject = { containers: [{ name: 'b', env: [{ name: 'Y' }] }], whole: { a: '1' } };
    const before = JSON.stringify([live, patch]);
    const scribble = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      Object.values(value).forEach(scribble);
      if (Array.isArray(value)) value.push('mine');
      else (value as JsonObject).mine = 'mine';
    };
    scribble(apply(live, patch));
    expect(JSON.stringify([live, patch])).toBe(before);
  });
});
