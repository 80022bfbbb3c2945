/** Decimal powers of ten, 1k = 1000, 1Ki = 1024, `1e3`: the form a quantity was written in and is printed in. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** A quantity's text cannot be read; the message is what the reference answers. */
export class QuantityError extends Error {}

const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NUMERIC_WRONG = 'unable to parse numeric part of quantity';
const SUFFIX_WRONG = "unable to parse quantity's suffix";

/** Digits and exponents beyond these are refused: they would only serve to burn CPU on huge integers. */
const DIGITS_MAX = 400;
const EXPONENT_MAX = 400;

const NANO_DIGITS = 9;
const NANO = 10n ** BigInt(NANO_DIGITS);
const NANOS_PER_MILLI = NANO / 1000n;
/** Largest amount a quantity outside the exact 64-bit range is cut to. */
const AMOUNT_MAX = (2n ** 63n - 1n) * NANO;

const DECIMAL_EXPONENTS: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const DECIMAL_SUFFIXES: ReadonlyMap<number, string> = new Map([...DECIMAL_EXPONENTS].map(([s, e]) => [e, s]));
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** Up to three digits without leading zero and a suffix: nothing to fold, so the text is its own normal form. */
const CANONICAL = /^(?:[1-9][0-9]{0,2}(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi)?|[1-7]Ei)$/;
const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?((?:[eEinumkKMGTP]*)[-+]?[0-9]*)$/;

/** The same few amounts come again and again: `100m`, `128Mi`. Quantities read lately are kept, to this number. */
const RECENT_MAX = 1024;
const RECENT_LENGTH_MAX = 16;
const recent = new Map<string, Quantity>();

/**
 * A fixed-point number with a suffix, exact to one billionth. Immutable.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export class Quantity {
  private constructor(
    /** The amount in billionths. */
    readonly nanos: bigint,
    readonly format: QuantityFormat,
  ) {}

  static readonly zero = new Quantity(0n, 'DecimalSI');

  /** @throws QuantityError with the reference's text */
  static parse(text: string): Quantity {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const made = Quantity.read(text);
    if (text.length > RECENT_LENGTH_MAX) return made;
    if (recent.size >= RECENT_MAX) recent.clear();
    recent.set(text, made);
    return made;
  }

  private static read(text: string): Quantity {
    const match = SHAPE.exec(text);
    if (match === null || text === '') throw new QuantityError(FORMAT_WRONG);
    const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
    const { base, exponent, format } = interpretSuffix(suffix);
    if (whole === '' && fraction === '' && !text.includes('.')) throw new QuantityError(NUMERIC_WRONG);
    const digits = `${whole}${fraction}`.replace(/^0+/, '');
    if (digits.length > DIGITS_MAX) throw new QuantityError(NUMERIC_WRONG);
    const unscaled = digits === '' ? 0n : BigInt(digits);
    let nanos: bigint;
    if (base === 10) nanos = shiftRoundedUp(unscaled, exponent - fraction.length + NANO_DIGITS);
    else nanos = shiftRoundedUp(unscaled << BigInt(exponent), NANO_DIGITS - fraction.length);
    // The reference keeps short decimals of any size as they are and cuts what needs big numbers.
    if (nanos > AMOUNT_MAX && (base === 2 || digits.length > 18)) nanos = AMOUNT_MAX;
    const small = format === 'BinarySI' && nanos > 0n && nanos < NANO;
    return new Quantity(sign === '-' ? -nanos : nanos, small ? 'DecimalSI' : format);
  }

  static tryParse(text: string): Quantity | undefined {
    try {
      return Quantity.parse(text);
    } catch (error) {
      if (error instanceof QuantityError) return undefined;
      throw error;
    }
  }

  static fromInteger(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value) * NANO, format);
  }

  /** An amount of thousandths, as CPU is counted. */
  static fromMilli(value: number | bigint): Quantity {
    return new Quantity(BigInt(value) * NANOS_PER_MILLI, 'DecimalSI');
  }

  get isZero(): boolean {
    return this.nanos === 0n;
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return this.nanos === 0n ? 0 : this.nanos < 0n ? -1 : 1;
  }

  get isInteger(): boolean {
    return this.nanos % NANO === 0n;
  }

  /** The amount rounded up (away from zero) to an integer. */
  value(): bigint {
    return divideRoundedUp(this.nanos, NANO);
  }

  /** Thousandths, rounded up (away from zero). */
  milliValue(): bigint {
    return divideRoundedUp(this.nanos, NANOS_PER_MILLI);
  }

  /** Rounded up (away from zero) to thousandths; this very quantity where nothing is lost. */
  roundedToMilli(): Quantity {
    if (this.nanos % NANOS_PER_MILLI === 0n) return this;
    return new Quantity(this.milliValue() * NANOS_PER_MILLI, this.format);
  }

  compare(other: Quantity): -1 | 0 | 1 {
    return this.nanos === other.nanos ? 0 : this.nanos < other.nanos ? -1 : 1;
  }

  /** The sum, in this quantity's format (the other's where this one is zero). */
  add(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.isZero ? other.format : this.format);
  }

  subtract(other: Quantity): Quantity {
    return new Quantity(this.nanos - other.nanos, this.isZero ? other.format : this.format);
  }

  /** The normal form: no fraction, the largest suffix that loses nothing. */
  toString(): string {
    if (this.isZero) return '0';
    const whole = this.nanos / NANO;
    if (this.format === 'BinarySI' && this.isInteger && (whole >= 1024n || whole <= -1024n)) {
      let amount = whole;
      let power = 0;
      while (power < BINARY_SUFFIXES.length - 1 && amount % 1024n === 0n) {
        amount /= 1024n;
        power++;
      }
      return `${amount}${BINARY_SUFFIXES[power]}`;
    }
    return this.decimalText();
  }

  private decimalText(): string {
    let amount = this.nanos;
    let exponent = -NANO_DIGITS;
    while (amount % 1000n === 0n && (this.format === 'DecimalExponent' || exponent < 18)) {
      amount /= 1000n;
      exponent += 3;
    }
    if (this.format === 'DecimalExponent') return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
    return `${amount}${DECIMAL_SUFFIXES.get(exponent)}`;
  }
}

/** The normal form of a quantity's text; what is nearly so already stays as it was written. @throws QuantityError */
export function canonicalQuantity(text: string): string {
  return CANONICAL.test(text) || staysAsWritten(text) ? text : Quantity.parse(text).toString();
}

/** The same for an amount of a resource, which is rounded up to thousandths. @throws QuantityError */
export function resourceQuantity(text: string): string {
  if (CANONICAL.test(text)) return text;
  const amount = Quantity.parse(text);
  const rounded = amount.roundedToMilli();
  return rounded === amount && staysAsWritten(text) ? text : rounded.toString();
}

/** Digits that the reference's fast path takes in. */
const FAST_DIGITS_MAX = 18;
const FAST_BINARY_DIGITS_MAX = 14;

/**
 * Whether the reference keeps the text beside the value: it looks at no more than the ends of the digits, so that signs,
 * leading zeros and some trailing ones come back.
 */
function staysAsWritten(text: string): boolean {
  const match = SHAPE.exec(text);
  if (match === null) return false;
  const [, , whole = '', fraction = '', suffix = ''] = match;
  const digits = whole.replace(/^0+/, '') || '0';
  const { base, exponent } = interpretSuffix(suffix);
  if (base === 2) {
    const room = FAST_BINARY_DIGITS_MAX - digits.length - Math.floor((exponent * 3) / 10);
    return fraction === '' && room >= 0 && Number(digits) % 8 !== 0;
  }
  const shifted = digits + fraction;
  const scale = exponent - fraction.length;
  if (shifted.length > FAST_DIGITS_MAX || scale < -NANO_DIGITS) return false;
  return scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0');
}

/** The value in billionths. Text that is no quantity counts as zero: decoding has refused it before. */
export function nanosOf(text: string | undefined): bigint {
  return text === undefined ? 0n : (Quantity.tryParse(text)?.nanos ?? 0n);
}

/** Negative, zero or positive as a sorts before, with or after b. */
export function compareQuantities(a: string, b: string): number {
  const left = nanosOf(a);
  const right = nanosOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Rounded up to whole units, as Go's Quantity.Value. */
export const wholeValue = (text: string): bigint => divideRoundedUp(nanosOf(text), NANO);

export const isInteger = (text: string): boolean => nanosOf(text) % NANO === 0n;

/** Whole thousandths of a unit. */
export const isMilliInteger = (text: string): boolean => nanosOf(text) % NANOS_PER_MILLI === 0n;

function interpretSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = DECIMAL_EXPONENTS.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = BINARY_SUFFIXES.indexOf(suffix as (typeof BINARY_SUFFIXES)[number]);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' };
  if (/^[eE][-+]?[0-9]+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1));
    if (exponent <= EXPONENT_MAX)
      return { base: 10, exponent: Math.max(exponent, -EXPONENT_MAX), format: 'DecimalExponent' };
  }
  throw new QuantityError(SUFFIX_WRONG);
}

function shiftRoundedUp(value: bigint, places: number): bigint {
  return places >= 0 ? value * 10n ** BigInt(places) : divideRoundedUp(value, 10n ** BigInt(-places));
}

function divideRoundedUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (quotient * divisor === value) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}
