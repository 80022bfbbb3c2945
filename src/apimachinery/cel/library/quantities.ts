import { Quantity, QuantityError } from '../../runtime/quantity.js';
import { declare, type Implementation, type Library, member, overload } from '../environment.js';
import { BOOL, DOUBLE, INT, opaque, STRING } from '../type.js';
import { Failure, Opaque, type Value } from '../value.js';

export const QUANTITY = opaque('kubernetes.Quantity');
const INT_MAX = 2n ** 63n - 1n;
const NANOS = 1_000_000_000n;

/** An amount as the reference keeps it where it fits: `value * 10^scale`. */
interface Amount {
  readonly value: bigint;
  readonly scale: number;
}

class QuantityValue extends Opaque {
  override readonly type = QUANTITY;

  /** @param amount undefined for what the reference keeps as a big decimal, which it does not take for an integer */
  constructor(
    readonly quantity: Quantity,
    readonly amount: Amount | undefined,
  ) {
    super();
  }

  override equals(other: Opaque): boolean {
    return other instanceof QuantityValue && this.quantity.compare(other.quantity) === 0;
  }

  /** The amount where it is an integer by its form: `1000m` is none. */
  get integer(): bigint | undefined {
    if (this.amount === undefined || this.amount.scale < 0) return undefined;
    const value = this.amount.value * 10n ** BigInt(this.amount.scale);
    return value <= INT_MAX && value >= -INT_MAX - 1n ? value : undefined;
  }
}

const of = (value: Value | undefined): Quantity => (value as QuantityValue).quantity;

const parse: Implementation = (text) => {
  try {
    return new QuantityValue(Quantity.parse(text as string), amountOf(text as string));
  } catch (error) {
    if (error instanceof QuantityError) throw new Failure(error.message);
    throw error;
  }
};

const SHAPE = /^([-+]?)0*([0-9]*)(?:\.([0-9]*))?(.*)$/;
const DECIMAL_SCALES: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SUFFIXES = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** Decimal digits that surely fit 64 bits; a little fewer where powers of two come in. */
const DECIMAL_DIGITS_MAX = 18;
const BINARY_DIGITS_MAX = 14;

/** The short form of a quantity's text, by the reference's rule of what fits; the text is known to be good. */
function amountOf(text: string): Amount | undefined {
  const [, sign, whole = '', fraction = '', suffix = ''] = SHAPE.exec(text)!;
  const unsigned = BigInt(whole + fraction || '0');
  const value = sign === '-' ? -unsigned : unsigned;
  const power = BINARY_SUFFIXES.indexOf(suffix);
  if (power >= 0) {
    const bits = (power + 1) * 10;
    const fits = fraction === '' && whole.length + Math.floor(bits * 0.3) <= BINARY_DIGITS_MAX;
    return fits ? { value: value << BigInt(bits), scale: 0 } : undefined;
  }
  const scale = (DECIMAL_SCALES[suffix] ?? Number(suffix.slice(1))) - fraction.length;
  return whole.length + fraction.length <= DECIMAL_DIGITS_MAX && scale >= -9 ? { value, scale } : undefined;
}

const asInteger: Implementation = (value) => {
  const { integer } = value as QuantityValue;
  if (integer === undefined) throw new Failure('cannot convert value to integer');
  return integer;
};

const operand = (value: Value | undefined): QuantityValue =>
  typeof value === 'bigint'
    ? new QuantityValue(Quantity.fromInteger(value), { value, scale: 0 })
    : (value as QuantityValue);

const combine =
  (sign: 1n | -1n): Implementation =>
  (a, b) => {
    const [left, right] = [operand(a), operand(b)];
    const quantity = sign === 1n ? left.quantity.add(right.quantity) : left.quantity.subtract(right.quantity);
    if (left.amount === undefined || right.amount === undefined) return new QuantityValue(quantity, undefined);
    const scale = Math.min(left.amount.scale, right.amount.scale);
    const at = (amount: Amount) => amount.value * 10n ** BigInt(amount.scale - scale);
    return new QuantityValue(quantity, { value: at(left.amount) + sign * at(right.amount), scale });
  };
const sum = combine(1n);
const difference = combine(-1n);

const asFloat: Implementation = (value) => {
  const { nanos } = of(value);
  return nanos % NANOS === 0n ? Number(nanos / NANOS) : Number(nanos) / Number(NANOS);
};

const ordered =
  (wanted: number): Implementation =>
  (a, b) =>
    of(a).compare(of(b)) === wanted;

/** @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
export const QUANTITIES: Library = {
  types: [QUANTITY],
  functions: [
    declare('quantity', overload('string_to_quantity', [STRING], QUANTITY, parse)),
    declare(
      'isQuantity',
      overload('is_quantity_string', [STRING], BOOL, (text) => Quantity.tryParse(text as string) !== undefined),
    ),
    declare(
      'sign',
      overload('quantity_sign', [QUANTITY], INT, (value) => BigInt(of(value).sign)),
    ),
    declare('isGreaterThan', member('quantity_is_greater_than', [QUANTITY, QUANTITY], BOOL, ordered(1))),
    declare('isLessThan', member('quantity_is_less_than', [QUANTITY, QUANTITY], BOOL, ordered(-1))),
    declare(
      'compareTo',
      member('quantity_compare_to', [QUANTITY, QUANTITY], INT, (a, b) => BigInt(of(a).compare(of(b)))),
    ),
    declare('asApproximateFloat', member('quantity_get_float', [QUANTITY], DOUBLE, asFloat)),
    declare('asInteger', member('quantity_get_int', [QUANTITY], INT, asInteger)),
    declare(
      'isInteger',
      member('quantity_is_integer', [QUANTITY], BOOL, (value) => (value as QuantityValue).integer !== undefined),
    ),
    declare(
      'add',
      member('quantity_add', [QUANTITY, QUANTITY], QUANTITY, sum),
      member('quantity_add_int', [QUANTITY, INT], QUANTITY, sum),
    ),
    declare(
      'sub',
      member('quantity_sub', [QUANTITY, QUANTITY], QUANTITY, difference),
      member('quantity_sub_int', [QUANTITY, INT], QUANTITY, difference),
    ),
  ],
};
