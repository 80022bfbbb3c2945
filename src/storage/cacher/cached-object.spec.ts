import { describe, expect, it, vi } from 'vitest';
import { CachedObject, type ObjectHome } from './cached-object.js';
import { EncodingBudget } from './encodings.js';

function home(bytesMax = 10_000): ObjectHome & { readonly attributesOf: ReturnType<typeof vi.fn> } {
  const attributesOf = vi.fn(() => ({ labels: { app: 'web' }, fields: {} }));
  return {
    attributesOf,
    options: { collection: '/pods', namespaced: true, attributesOf },
    encodings: new EncodingBudget(bytesMax),
  };
}

function object(place: ObjectHome, json: string): CachedObject {
  return new CachedObject(place, 'a/one', 'a', 12, Buffer.from(json), undefined);
}

describe('CachedObject', () => {
  it('reads attributes once, and only when asked', () => {
    const place = home();
    const one = object(place, '{"metadata":{"resourceVersion":"12"}}');
    expect(place.attributesOf).not.toHaveBeenCalled();
    expect([one.attributes.labels, one.attributes.labels]).toEqual([{ app: 'web' }, { app: 'web' }]);
    expect(place.attributesOf).toHaveBeenCalledTimes(1);
  });

  it('makes an encoding once while there is room, and again when it was dropped', () => {
    const place = home(1_000);
    const one = object(place, '{"metadata":{"resourceVersion":"12"}}');
    const make = vi.fn(() => Buffer.alloc(100));
    expect(one.recall('table')).toBeUndefined();
    const first = one.remember('table', make);
    expect(one.remember('table', make)).toBe(first);
    expect(one.recall('table')).toBe(first);
    expect(make).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 30; i++) object(place, '{}').remember('table', () => Buffer.alloc(100));
    expect(one.recall('table')).toBeUndefined();
    one.remember('table', make);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it('stamps the deletion into the bytes, wherever the resourceVersion stands', () => {
    for (const json of [
      '{"metadata":{"resourceVersion":"12","name":"one"},"data":{"resourceVersion":"12"}}',
      '{"data":{"resourceVersion":"12"},"metadata":{"name":"one","resourceVersion":"12"}}',
    ]) {
      const gone = object(home(), json).deletedAt(130);
      expect(gone.revision).toBe(130);
      expect(gone.decode()).toEqual({
        metadata: { resourceVersion: '130', name: 'one' },
        data: { resourceVersion: '12' },
      });
    }
  });
});
