import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedMap } from './sorted-map.js';

function walk(map: SortedMap<number>, from = '', to?: string): [string, number][] {
  const cursor = map.cursor(from, to);
  const found: [string, number][] = [];
  for (let key = cursor.key; key !== undefined; key = cursor.key) found.push([key, cursor.next()!]);
  return found;
}

describe('SortedMap', () => {
  it('does what a Map sorted by key does', () => {
    const key = fc.integer({ min: 0, max: 3_000 }).map((n) => `k${n}`);
    const step = fc.record({ key, value: fc.nat(), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 0, maxLength: 6_000, size: 'max' }), key, key, (steps, from, to) => {
        const map = new SortedMap<number>();
        const model = new Map<string, number>();
        for (const { key, value, remove } of steps) {
          if (remove) expect(map.delete(key)).toBe(model.delete(key));
          else {
            map.set(key, value);
            model.set(key, value);
          }
        }
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(map.size).toBe(model.size);
        expect(walk(map)).toEqual(sorted);
        const range = sorted.filter(([key]) => key >= from && key < to);
        expect(walk(map, from, to)).toEqual(range);
        expect(map.countRange(from, to)).toBe(range.length);
        for (const [key, value] of sorted.slice(0, 50)) expect(map.get(key)).toBe(value);
        expect(map.get('missing')).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('keeps order and counts through growing and shrinking by tens of thousands', () => {
    const map = new SortedMap<number>();
    const keys = Array.from({ length: 20_000 }, (_, i) => String((i * 7_919) % 20_000).padStart(6, '0'));
    for (const [i, key] of keys.entries()) map.set(key, i);
    expect(map.countRange('005000', '006000')).toBe(1_000);
    for (const key of keys) if (Number(key) % 10 !== 0) map.delete(key);
    expect(map.size).toBe(2_000);
    expect(walk(map).map(([key]) => Number(key))).toEqual(Array.from({ length: 2_000 }, (_, i) => i * 10));
    for (const key of keys) map.delete(key);
    expect([map.size, walk(map)]).toEqual([0, []]);
  });
});
