import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJsonPath, JsonPathError } from './json-path.js';

const object = {
  spec: {
    items: [
      { name: 'x', n: 1 },
      { name: 'y', n: 2 },
      { name: 'z', n: 3 },
    ],
    'dotted.key': 'd',
    map: { a: 'A', b: 'B' },
  },
  status: {
    conditions: [
      { type: 'Other', status: 'Unknown' },
      { type: 'Ready', status: 'True' },
    ],
  },
};

describe('compileJsonPath', () => {
  it.each([
    ['.spec.items[0].name', ['x']],
    ['.spec.items[-1].name', ['z']],
    ['.spec.items[1:].name', ['y', 'z']],
    ['.spec.items[0,2].name', ['x', 'z']],
    ['.spec.items[*].name', ['x', 'y', 'z']],
    ['$.spec.map.a', ['A']],
    ['.spec.map.*', ['A', 'B']],
    [".spec['dotted.key']", ['d']],
    ['.spec.dotted\\.key', ['d']],
    ['..name', ['x', 'y', 'z']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Ready')].status", ['True']],
    ['.spec.items[?(@.n >= 2)].name', ['y', 'z']],
    ['.spec.items[?(@.missing)].name', []],
    ['.spec.missing.deeper', []],
    ['.spec.items[7].name', []],
  ])('%s finds %j', (path, found) => {
    expect(compileJsonPath(path)(object)).toEqual(found);
  });

  it('refuses what it cannot read', () => {
    for (const path of ['.a[', '.a[x]', '.a[?(@.b==)]', '.a b', '.a[?(@.b=="c)]']) {
      expect(() => compileJsonPath(path), path).toThrow(JsonPathError);
    }
  });

  it('throws nothing but JsonPathError, whatever the text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[.a[\]?(@=)'"*:0-9, ]{0,16}$/), (path) => {
        try {
          compileJsonPath(path)({ a: [{ a: 1 }] });
        } catch (error) {
          expect(error).toBeInstanceOf(JsonPathError);
        }
      }),
    );
  });
});
