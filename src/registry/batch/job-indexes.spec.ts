import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstCommonIndex, parseIndexes } from './job-indexes.js';

describe('lists of indexes', () => {
  it.each([
    ['0,3-5,8', 9, 5, undefined],
    ['', 9, 0, undefined],
    ['1-0', 9, 0, 'non-increasing order, previous: 1, current: 0'],
    ['3,3', 9, 0, 'non-increasing order, previous: 3, current: 3'],
    ['0,9', 9, 0, 'too large index: "9"'],
    ['a', 9, 0, 'cannot convert string to integer for index: "a"'],
    ['1-2-3', 9, 0, expect.stringContaining('the fragment "1-2-3" violates')],
  ])('%s of %d completions', (text, completions, total, fault) => {
    expect(parseIndexes(text, completions)).toMatchObject({ total, fault });
  });

  it('count and compare as the sets they stand for', () => {
    const indexes = fc.uniqueArray(fc.nat(30), { maxLength: 20 }).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(indexes, indexes, (a, b) => {
        const left = parseIndexes(a.join(','), 31);
        const right = parseIndexes(b.join(','), 31);
        expect(left.total).toBe(a.length);
        expect(firstCommonIndex(left, right)).toBe(a.find((index) => b.includes(index)));
      }),
    );
  });
});
