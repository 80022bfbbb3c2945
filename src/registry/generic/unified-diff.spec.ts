import { expect, it } from 'vitest';
import { jsonDiff } from './unified-diff.js';

it('shows three lines around a change', () => {
  const before = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9 };
  expect(jsonDiff(before, { ...before, e: 0 })).toBe(
    '@@ -3,7 +3,7 @@\n  "b": 2,\n  "c": 3,\n  "d": 4,\n- "e": 5,\n+ "e": 0,\n  "f": 6,\n  "g": 7,\n  "h": 8,\n',
  );
});

it('joins changes whose surroundings touch and parts those that do not', () => {
  const list = Array.from({ length: 30 }, (_, i) => i);
  const changed = list.map((value) => (value === 3 || value === 6 || value === 25 ? -1 : value));
  expect(jsonDiff(list, changed).match(/@@ /g)).toHaveLength(2);
});

it('is empty for equal values', () => {
  expect(jsonDiff({ a: [1, 2] }, { a: [1, 2] })).toBe('');
});

it('writes long integers as they are', () => {
  const text = String.raw`\u0000-1`;
  expect(jsonDiff({ a: 1n << 60n, b: text }, { a: -(1n << 60n), b: text })).toMatch(
    /-\s+"a": 1152921504606846976,\n\+\s+"a": -1152921504606846976,/,
  );
});

it('escapes what Go escapes', () => {
  expect(jsonDiff({ a: '' }, { a: '<&>' })).toContain('+ "a": "\\u003c\\u0026\\u003e"');
});
