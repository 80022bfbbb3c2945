/**
 * Arithmetic on quantities that the decode pass has brought into normal form. Values are whole billionths in a bigint, so
 * comparisons are exact over the whole range.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const NANOS = 1_000_000_000n;
const DECIMAL: Record<string, bigint> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': NANOS,
  k: NANOS * 1000n,
  M: NANOS * 1000n ** 2n,
  G: NANOS * 1000n ** 3n,
  T: NANOS * 1000n ** 4n,
  P: NANOS * 1000n ** 5n,
  E: NANOS * 1000n ** 6n,
};
const BINARY: Record<string, bigint> = Object.fromEntries(
  ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, i) => [suffix, NANOS * 1024n ** BigInt(i + 1)]),
);
const FORM = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+)|([numkKMGTPE]i?)?)$/;
/** Exponents beyond this are capped, as upstream caps values at the range of its integers. */
const EXPONENT_MAX = 30;

/** The value in billionths. Text that is no quantity counts as zero: decoding has refused it before. */
export function nanosOf(quantity: string | undefined): bigint {
  const parts = FORM.exec(quantity ?? '');
  if (parts === null) return 0n;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = parts;
  let unit = BINARY[suffix] ?? DECIMAL[suffix] ?? NANOS;
  let shrink = 10n ** BigInt(fraction.length);
  if (exponent !== undefined) {
    const power = Math.max(-EXPONENT_MAX, Math.min(EXPONENT_MAX, Number(exponent)));
    if (power >= 0) unit *= 10n ** BigInt(power);
    else shrink *= 10n ** BigInt(-power);
  }
  const scaled = BigInt(`${whole}${fraction}` || '0') * unit;
  const nanos = scaled / shrink + (scaled % shrink === 0n ? 0n : 1n);
  return sign === '-' ? -nanos : nanos;
}

/** Negative, zero or positive as a sorts before, with or after b. */
export function compareQuantities(a: string, b: string): number {
  const left = nanosOf(a);
  const right = nanosOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Rounded up to whole units, as Go's Quantity.Value. */
export function wholeValue(quantity: string): bigint {
  const nanos = nanosOf(quantity);
  return nanos / NANOS + (nanos > 0n && nanos % NANOS !== 0n ? 1n : 0n);
}

export const isInteger = (quantity: string): boolean => nanosOf(quantity) % NANOS === 0n;
/** Whole thousandths of a unit, rounded up. */
export const isMilliInteger = (quantity: string): boolean => nanosOf(quantity) % (NANOS / 1000n) === 0n;
