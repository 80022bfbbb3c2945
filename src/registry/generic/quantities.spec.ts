import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareQuantities, isInteger, wholeValue } from './quantities.js';

describe('quantities', () => {
  it.each([
    ['1Ki', '1024', 0],
    ['1500m', '2', -1],
    ['1e3', '1k', 0],
    ['0.5Gi', '512Mi', 0],
    ['-1', '0', -1],
    ['1E', '1000P', 0],
  ])('compare %s with %s', (a, b, order) => {
    expect(compareQuantities(a, b)).toBe(order);
  });

  it('round up to whole units', () => {
    expect(wholeValue('1500m')).toBe(2n);
    expect(isInteger('1500m')).toBe(false);
    expect(isInteger('2000m')).toBe(true);
  });

  it('order as numbers do', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(compareQuantities(`${a}m`, `${b}m`)).toBe(Math.sign(a - b));
      }),
    );
  });
});
