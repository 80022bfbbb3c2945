import type { ValueValidation } from './schema.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const RELATIVE_ERROR_MAX = 1e-9;

/** How Go holds a JSON number: an integer of 64 bits where it fits, else a double. */
export function goTypeOfNumber(value: number | bigint): { type: 'integer' | 'number'; format: 'int64' | 'float64' } {
  const isInt64 = typeof value === 'bigint' ? value >= INT64_MIN && value <= INT64_MAX : Number.isSafeInteger(value);
  return isInt64 ? { type: 'integer', format: 'int64' } : { type: 'number', format: 'float64' };
}

/** A double without fraction that counts as an integer: within what a double holds exactly. */
export function isWholeNumber(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  if (Number.isInteger(value)) return true;
  const whole = Math.trunc(Math.abs(value));
  if (whole === 0) return false;
  return Math.abs(Math.abs(value) - whole) / (Math.abs(value) + whole) < RELATIVE_ERROR_MAX;
}

/**
 * Range of the number's type and format, then multipleOf, maximum and minimum.
 * @param report takes a text, and the value where the fault is of the value itself
 */
export function checkNumber(
  rules: ValueValidation,
  types: readonly string[],
  format: string | undefined,
  value: number | bigint,
  report: (text: string, badValue?: number | bigint) => void,
): void {
  const type = types.length === 1 ? types[0] : undefined;
  if (!fitsRange(type, format, value)) {
    report(
      `Checked value must be of type ${type} ${format === undefined ? '(default format)' : `with format ${format}`}`,
    );
  }
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum } = rules;
  if (multipleOf !== undefined && !isWholeNumber(Number(value) / multipleOf)) {
    report(`should be a multiple of ${multipleOf}`, value);
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    report(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`, value);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    report(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`, value);
  }
}

function fitsRange(type: string | undefined, format: string | undefined, value: number | bigint): boolean {
  if (type === 'integer') {
    if (format === 'int32') return BigInt.asIntN(32, bigintOf(value) ?? 2n ** 40n) === bigintOf(value);
    const integer = bigintOf(value);
    return integer !== undefined && integer >= INT64_MIN && integer <= INT64_MAX;
  }
  return (format !== 'float' && format !== 'float32') || Math.abs(Number(value)) <= 3.4028234663852886e38;
}

function bigintOf(value: number | bigint): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return Number.isInteger(value) ? BigInt(value) : undefined;
}
