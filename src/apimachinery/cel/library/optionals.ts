import { builtin, declare, type Implementation, type Library, member, overload } from '../environment.js';
import { OPTIONAL_MACROS } from '../macros.js';
import { BOOL, DYN, INT, listOf, mapOf, optionalOf, param, STRING } from '../type.js';
import { ArrayList, CelList, CelMap, Duration, Failure, Optional, Timestamp, Uint, type Value } from '../value.js';
import { index, optionalIndex } from './containers.js';

const V = param('V');
const K = param('K');

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true;
  if (value instanceof CelList || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelMap) return value.size === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.nanos === ZERO_TIME;
  return value instanceof Optional && value.value === undefined;
}

/** Go's zero time. */
const ZERO_TIME = -62_135_596_800_000_000_000n;

const orElse = (optional: Value | undefined, other: Value): Value => (optional as Optional).value ?? other;
const present = (value: Value | undefined): value is Optional => value instanceof Optional && value.value !== undefined;

const dereference: Implementation = (optional) => {
  if (!present(optional)) throw new Failure('optional.none() dereference');
  return optional.value!;
};

const contents = (list: Value | undefined): Value[] =>
  [...(list as CelList)].flatMap((item) => (present(item) ? [item.value!] : []));

const firstOf: Implementation = (list) => optionalIndex(list!, 0n);
const lastOf: Implementation = (list) => optionalIndex(list!, BigInt((list as CelList).length - 1));

/** Optional values. @see https://pkg.go.dev/github.com/google/cel-go/cel#OptionalTypes */
export const OPTIONALS: Library = {
  macros: OPTIONAL_MACROS,
  functions: [
    declare(
      'optional.of',
      overload('optional_of', [V], optionalOf(V), (value) => new Optional(value)),
    ),
    declare(
      'optional.ofNonZeroValue',
      overload('optional_ofNonZeroValue', [V], optionalOf(V), (value) =>
        isZero(value!) ? Optional.none : new Optional(value),
      ),
    ),
    declare(
      'optional.none',
      overload('optional_none', [], optionalOf(V), () => Optional.none),
    ),
    declare(
      'optional.unwrap',
      overload('optional_unwrap', [listOf(optionalOf(V))], listOf(V), (list) => new ArrayList(contents(list))),
    ),
    declare(
      'unwrapOpt',
      member('optional_unwrapOpt', [listOf(optionalOf(V))], listOf(V), (list) => new ArrayList(contents(list))),
    ),
    declare('value', member('optional_value', [optionalOf(V)], V, dereference)),
    declare(
      'hasValue',
      member('optional_hasValue', [optionalOf(V)], BOOL, (optional) => present(optional)),
    ),
    declare(
      'or',
      member('optional_or_optional', [optionalOf(V), optionalOf(V)], optionalOf(V), (a, b) => (present(a) ? a : b!)),
    ),
    declare(
      'orValue',
      member('optional_orValue_value', [optionalOf(V), V], V, (optional, other) => orElse(optional, other!)),
    ),
    builtin('_?._', overload('select_optional_field', [DYN, STRING], optionalOf(V), optionalIndex)),
    builtin(
      '_[?_]',
      overload('list_optindex_optional_int', [listOf(V), INT], optionalOf(V), optionalIndex),
      overload('optional_list_optindex_optional_int', [optionalOf(listOf(V)), INT], optionalOf(V), optionalIndex),
      overload('map_optindex_optional_value', [mapOf(K, V), K], optionalOf(V), optionalIndex),
      overload('optional_map_optindex_optional_value', [optionalOf(mapOf(K, V)), K], optionalOf(V), optionalIndex),
    ),
    builtin(
      '_[_]',
      overload('optional_list_index_int', [optionalOf(listOf(V)), INT], optionalOf(V), index),
      overload('optional_map_index_value', [optionalOf(mapOf(K, V)), K], optionalOf(V), index),
    ),
    declare('first', member('list_first', [listOf(V)], optionalOf(V), firstOf)),
    declare('last', member('list_last', [listOf(V)], optionalOf(V), lastOf)),
  ],
};
