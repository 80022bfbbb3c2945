import { formatGoFloat } from '../runtime/go-float.js';
import { Float64 } from '../validation/field-error.js';
import type { ValueValidation } from './schema.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const INT32_BITS = 32;
/** Doubles below print all their digits. */
const PLAIN_DIGITS_BELOW = 1e21;
const RELATIVE_ERROR_MAX = 1e-9;

/** A JSON number as Go holds it. */
export interface GoNumber {
  /** A double; else an integer of 64 bits. */
  readonly isFloat: boolean;
  readonly value: number | bigint;
}

/** @param writtenAsFloat the text has a point or an exponent */
export function goNumber(value: number | bigint, writtenAsFloat: boolean): GoNumber {
  if (typeof value === 'bigint') return { value, isFloat: false };
  const isFloat = writtenAsFloat || !Number.isSafeInteger(value);
  return { value: isFloat ? value : value + 0, isFloat }; // the integer -0 is 0
}

/** A double that counts as an integer: without fraction but for a rounding error, and within what a double holds exactly. */
export function isWholeNumber(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  if (Number.isInteger(value)) return true;
  const magnitude = Math.abs(value);
  const whole = Math.round(magnitude);
  return Math.abs(magnitude - whole) < RELATIVE_ERROR_MAX * whole;
}

/** What the schema says of the number's type, where it says one. */
export interface NumberType {
  readonly type: 'integer' | 'number' | undefined;
  readonly format: string | undefined;
}

/** Takes a text, and the value where the fault is one of the value itself. */
export type ReportNumber = (text: string, badValue?: number | bigint | Float64) => void;

/**
 * Range of the number's type and format, then multipleOf, minimum and maximum. Integers are compared as integers, to the whole part
 * of the limit, unless the limit itself does not fit the type.
 */
export function checkNumber(
  rules: ValueValidation,
  path: string,
  type: NumberType,
  number: GoNumber,
  report: ReportNumber,
): void {
  const checker = new NumberChecker(path, type, number, report);
  checker.checkRange('Checked', number.value);
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = rules;
  if (multipleOf !== undefined) checker.checkMultiple(multipleOf);
  if (minimum !== undefined) {
    checker.checkLimit('Minimum boundary', minimum, (value, limit) => {
      if (exclusiveMinimum ? value > limit : value >= limit) return undefined;
      return `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}`;
    });
  }
  if (maximum !== undefined) {
    checker.checkLimit('Maximum boundary', maximum, (value, limit) => {
      if (exclusiveMaximum ? value < limit : value <= limit) return undefined;
      return `should be less than ${exclusiveMaximum ? '' : 'or equal to '}`;
    });
  }
}

type Compare = (value: number | bigint, limit: number | bigint) => string | undefined;

class NumberChecker {
  constructor(
    private readonly path: string,
    private readonly type: NumberType,
    private readonly number: GoNumber,
    private readonly report: ReportNumber,
  ) {}

  /** Whether a number fits the schema's type and format; if not, that is told. */
  checkRange(what: string, value: number | bigint): boolean {
    const { type, format } = this.type;
    if (fitsRange(type, format, value)) return true;
    const how = format === undefined ? '(default format)' : `with format ${format}`;
    this.report(`${what} value must be of type ${type} ${how} in ${this.path}`);
    return false;
  }

  checkMultiple(factor: number): void {
    const { value, isFloat } = this.number;
    const fits = this.checkRange('MultipleOf', factor);
    if (fits && !isFloat) {
      const whole = toInt64(factor);
      if (whole <= 0n) this.refuseFactor(whole);
      else if (BigInt(value) % whole !== 0n) this.tell(`should be a multiple of ${whole}`, value);
      return;
    }
    const shown = new Float64(Number(value));
    if (factor <= 0) this.refuseFactor(new Float64(factor));
    else if (!isWholeNumber(factor < 1 ? (1 / factor) * Number(value) : Number(value) / factor)) {
      this.tell(`should be a multiple of ${formatGoFloat(factor)}`, shown);
    }
  }

  checkLimit(what: string, limit: number, compare: Compare): void {
    const { value, isFloat } = this.number;
    const fits = this.checkRange(what, limit);
    if (fits && !isFloat) {
      const whole = toInt64(limit);
      const fault = compare(BigInt(value), whole);
      if (fault !== undefined) this.tell(`${fault}${whole}`, value);
      return;
    }
    const fault = compare(Number(value), limit);
    if (fault !== undefined) this.tell(`${fault}${formatGoFloat(limit)}`, new Float64(Number(value)));
  }

  private refuseFactor(factor: bigint | Float64): void {
    const text = typeof factor === 'bigint' ? String(factor) : formatGoFloat(factor.value);
    this.report(`factor MultipleOf declared for ${this.path} must be positive: ${text}`, factor);
  }

  private tell(text: string, value: number | bigint | Float64): void {
    this.report(`${this.path} in body ${text}`, value);
  }
}

/** Go's conversion on the reference's machine: what does not fit becomes the smallest integer. */
function toInt64(value: number): bigint {
  const whole = BigInt(Math.trunc(value));
  return whole > INT64_MAX || whole < INT64_MIN ? INT64_MIN : whole;
}

function fitsRange(type: string | undefined, format: string | undefined, value: number | bigint): boolean {
  if (type === 'integer') {
    if (typeof value === 'number' && !(Number.isInteger(value) && Math.abs(value) < PLAIN_DIGITS_BELOW)) return false;
    // By its shortest digits, as upstream reads it: -2^63 written as a double is not in range.
    const integer = BigInt(value.toString());
    if (format === 'int32') return BigInt.asIntN(INT32_BITS, integer) === integer;
    return integer >= INT64_MIN && integer <= INT64_MAX;
  }
  return format !== 'float' || Number.isFinite(Math.fround(Number(value)));
}
