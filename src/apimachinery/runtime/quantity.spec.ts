import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalQuantity,
  compareQuantities,
  isInteger,
  Quantity,
  QuantityError,
  resourceQuantity,
  wholeValue,
} from './quantity.js';

describe('quantities', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['1000Mi', '1000Mi'],
    ['0.5Ki', '512'],
    ['0Mi', '0'],
    ['-0', '0'],
    ['+5', '+5'],
    ['1e3', '1e3'],
    ['1E3', '1E3'],
    ['100000', '100k'],
    ['1500', '1500'],
    ['0.1n', '1n'],
    ['-1500m', '-1500m'],
    ['12345678901234567890Ki', '9223372036854775807'],
    ['.5', '500m'],
    ['5.', '5.'],
  ])('writes %s as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', '1x', 'a', '1 ', '1.2.3', '1Mi5x'])('refuses %j as of the wrong form', (text) => {
    expect(() => Quantity.parse(text)).toThrow(/quantities must match/);
  });

  it.each(['1mi', '1MM', '1Kii', '--1'])('refuses the suffix of %s', (text) => {
    expect(() => Quantity.parse(text)).toThrow("unable to parse quantity's suffix");
  });

  it('refuses exponents and digits that would only burn CPU', () => {
    expect(() => Quantity.parse('1e1000000000')).toThrow(QuantityError);
    expect(() => Quantity.parse('9'.repeat(100_000))).toThrow(QuantityError);
    expect(Quantity.parse('1e-1000000000').toString()).toBe('1e-9');
  });

  it('keeps the amount when it is brought into normal form, which is its own normal form', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'E-3', 'u', 'n');
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(999), suffix, (whole, fraction, unit) => {
        const quantity = Quantity.parse(`${whole}.${fraction}${unit}`);
        const canonical = quantity.toString();
        expect(Quantity.parse(canonical).compare(quantity)).toBe(0);
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });

  it('adds and compares across formats', () => {
    const sum = Quantity.parse('1Gi').add(Quantity.parse('512Mi'));
    expect(sum.toString()).toBe('1536Mi');
    expect(Quantity.parse('1k').compare(Quantity.parse('1Ki'))).toBe(-1);
    expect(Quantity.parse('1500m').value()).toBe(2n);
    expect(Quantity.parse('1.0005').milliValue()).toBe(1001n);
  });
});

describe('texts of quantities', () => {
  it.each([
    ['+123Mi', '+123Mi'],
    ['+64Mi', '64Mi'],
    ['007', '007'],
    ['1.500', '1.500'],
    ['1.50', '1500m'],
    ['129e6', '129e6'],
    ['1e10', '10e9'],
    ['1024Mi', '1Gi'],
    ['7Ei', '7Ei'],
    ['8Ei', '9223372036854775807'],
    ['10E', '10E'],
  ])('%s is answered as %s', (given, answered) => {
    expect(canonicalQuantity(given)).toBe(answered);
    expect(resourceQuantity(given)).toBe(answered);
  });

  it('are rounded up to thousandths for resources alone', () => {
    expect(resourceQuantity('500u')).toBe('1m');
    expect(canonicalQuantity('500u')).toBe('500u');
    expect(resourceQuantity('-1500u')).toBe('-2m');
  });

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
