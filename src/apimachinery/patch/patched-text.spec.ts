import { describe, expect, it } from 'vitest';
import { inMetadataOrder, patchedText, pathsOf, sortDeeply } from './patched-text.js';

const document = { z: 1, b: { y: { d: 1, c: 2 }, x: [{ b: 1, a: 2 }] }, a: { d: '<&>', c: undefined } };

describe('the text of a patched document', () => {
  it('is sorted in the objects that the patch went through', () => {
    expect(patchedText(document, { b: { y: 1 } })).toBe(
      '{"a":{"d":"\\u003c\\u0026\\u003e"},"b":{"x":[{"b":1,"a":2}],"y":{"d":1,"c":2}},"z":1}',
    );
    expect(patchedText(document, pathsOf([{ path: '/b/y/c' }]))).toContain('"y":{"c":2,"d":1}');
  });

  it('is of values that are no objects too', () => {
    expect(patchedText([1], null)).toBe('[1]');
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

it('puts the resourceVersion behind the uid', () => {
  const metadata = { resourceVersion: '1', name: 'a', uid: 'u', generation: 2 };
  expect(JSON.stringify(inMetadataOrder({ metadata }))).toBe(
    '{"metadata":{"name":"a","uid":"u","resourceVersion":"1","generation":2}}',
  );
  expect(inMetadataOrder({ metadata: 1 })).toEqual({ metadata: 1 });
});
