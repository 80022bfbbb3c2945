import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalQuantity, Quantity, QuantityError } from './quantity.js';

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
    ['+5', '5'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['100000', '100k'],
    ['1500', '1500'],
    ['0.1n', '1n'],
    ['-1500m', '-1500m'],
    ['12345678901234567890Ki', '9223372036854775807'],
    ['.5', '500m'],
    ['5.', '5'],
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
