import { Quantity, QuantityError } from '../../runtime/quantity.js';
import { declare, type Implementation, type Library, member, overload } from '../environment.js';
import { BOOL, DOUBLE, INT, opaque, STRING } from '../type.js';
import { Failure, Opaque, type Value } from '../value.js';

export const QUANTITY = opaque('kubernetes.Quantity');
const INT_MAX = 2n ** 63n - 1n;

class QuantityValue extends Opaque {
  override readonly type = QUANTITY;

  constructor(readonly quantity: Quantity) {
    super();
  }

  override equals(other: Opaque): boolean {
    return other instanceof QuantityValue && this.quantity.compare(other.quantity) === 0;
  }
}

const of = (value: Value | undefined): Quantity => (value as QuantityValue).quantity;

const parse: Implementation = (text) => {
  try {
    return new QuantityValue(Quantity.parse(text as string));
  } catch (error) {
    if (error instanceof QuantityError) throw new Failure(error.message);
    throw error;
  }
};

const fitsInt = (quantity: Quantity): boolean => {
  const value = quantity.value();
  return quantity.isInteger && value <= INT_MAX && value >= -INT_MAX - 1n;
};

const asInteger: Implementation = (value) => {
  const quantity = of(value);
  if (!fitsInt(quantity)) throw new Failure('cannot convert value to integer');
  return quantity.value();
};

const amount = (value: Value | undefined): Quantity =>
  typeof value === 'bigint' ? Quantity.fromInteger(value) : of(value);
const sum: Implementation = (a, b) => new QuantityValue(of(a).add(amount(b)));
const difference: Implementation = (a, b) => new QuantityValue(of(a).subtract(amount(b)));
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
    declare(
      'asApproximateFloat',
      member('quantity_get_float', [QUANTITY], DOUBLE, (value) => Number(of(value).nanos) / 1e9),
    ),
    declare('asInteger', member('quantity_get_int', [QUANTITY], INT, asInteger)),
    declare(
      'isInteger',
      member('quantity_is_integer', [QUANTITY], BOOL, (value) => fitsInt(of(value))),
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
