/** Digits before the point from which on a double is written with an exponent. */
const PLAIN_DIGITS_MAX = 6;

/**
 * The text of a double as Go's `%v` and `%g` have it, with the shortest exact digits: `1.5`, `1e+06`, `-0`, `NaN`.
 * @see https://pkg.go.dev/strconv#FormatFloat
 */
export function formatGoFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= PLAIN_DIGITS_MAX) {
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return plainDecimal(digits, power);
}

function plainDecimal(digits: string, power: number): string {
  const sign = digits.startsWith('-') ? '-' : '';
  const plain = digits.replace(/[-.]/g, '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${plain}`;
  if (plain.length <= power + 1) return sign + plain.padEnd(power + 1, '0');
  return `${sign}${plain.slice(0, power + 1)}.${plain.slice(power + 1)}`;
}
