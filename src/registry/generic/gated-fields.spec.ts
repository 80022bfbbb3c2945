import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { dropFields, gatedFields } from './gated-fields.js';

const FIELDS = gatedFields({ One: ['items.*.a.x', 'y'], Two: ['items.*.z', 'map.*.z'] });

function drop(object: JsonObject, old?: JsonObject): JsonObject {
  const copy = structuredClone(object);
  dropFields(copy, old, FIELDS);
  return copy;
}

describe('fields behind gates', () => {
  it('are dropped wherever they stand, and nothing else is', () => {
    const object = { y: 1, n: 2, items: [{ a: { x: 1, w: 2 }, z: 3 }, { b: 1 }, 'text', null], map: { k: { z: 1 } } };
    expect(drop(object)).toEqual({ n: 2, items: [{ a: { w: 2 } }, { b: 1 }, 'text', null], map: { k: {} } });
  });

  it('stay where the stored object uses one of the same gate', () => {
    const object = { y: 1, items: [{ a: { x: 1 }, z: 3 }] };
    expect(drop(object, { items: [{ a: { x: 5 } }] })).toEqual({ y: 1, items: [{ a: { x: 1 } }] });
    expect(drop(object, { items: [{ z: 5 }] })).toEqual({ items: [{ a: {}, z: 3 }] });
  });

  it('do not mind values of other shapes', () => {
    expect(drop({ items: 'a', y: undefined })).toEqual({ items: 'a', y: undefined });
    expect(drop({ items: [{ a: ['x'] }] })).toEqual({ items: [{ a: ['x'] }] });
  });
});
