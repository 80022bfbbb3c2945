import { declare, type Implementation, type Library, member, overload } from '../environment.js';
import { LIST_MACROS } from '../macros.js';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  param,
  STRING,
  TIMESTAMP,
  UINT,
} from '../type.js';
import {
  ArrayList,
  type CelList,
  compare,
  Duration,
  equal,
  Failure,
  CelList as List,
  typeOf,
  Uint,
  type Value,
} from '../value.js';
import { int, uint } from './operators.js';

const T = param('T');
const LIST = listOf(T);
/** Elements of `lists.range` and results of `flatten`, so that one call does not fill the memory. */
const ITEMS_MAX = 1_000_000;
const asList = (value: Value | undefined): CelList => value as CelList;

function slice(list: CelList, start: bigint, end: bigint): CelList {
  const call = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) throw new Failure(`${call}, negative indexes not supported`);
  if (start > end) throw new Failure(`${call}, start index must be less than or equal to end index`);
  if (end > BigInt(list.length)) throw new Failure(`${call}, list is length ${list.length}`);
  return new ArrayList([...list].slice(Number(start), Number(end)));
}

function flatten(list: CelList, depth: bigint, into: Value[]): Value[] {
  if (depth < 0n) throw new Failure('level must be non-negative');
  for (const item of list) {
    if (item instanceof List && depth > 0n) flatten(item, depth - 1n, into);
    else into.push(item);
    if (into.length > ITEMS_MAX) throw new Failure('list is too long');
  }
  return into;
}

function range(count: bigint): CelList {
  if (count > BigInt(ITEMS_MAX)) throw new Failure('list is too long');
  return new ArrayList(Array.from({ length: Math.max(Number(count), 0) }, (_, i) => BigInt(i)));
}

function distinct(list: CelList): CelList {
  const unique: Value[] = [];
  for (const item of list) if (!unique.some((other) => equal(item, other))) unique.push(item);
  return new ArrayList(unique);
}

/** The list in the order of keys that stand for its items. */
function sortBy(list: CelList, keys: CelList): CelList {
  if (list.length !== keys.length) {
    const text = `got ${list.length} and ${keys.length} elements respectively`;
    throw new Failure(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but ${text}`,
    );
  }
  const all = [...keys];
  const type = all.length === 0 ? undefined : typeOf(all[0]!);
  if (all.some((key) => typeOf(key) !== type)) throw new Failure('list elements must have the same type');
  const order = all.map((_, i) => i).sort((a, b) => compare(all[a]!, all[b]!) ?? 0);
  return new ArrayList(order.map((i) => list.at(i)));
}

/** The least (or greatest) item. */
const extreme =
  (name: string, wanted: -1 | 1): Implementation =>
  (list) => {
    let found: Value | undefined;
    for (const item of asList(list)) if (found === undefined || compare(item, found) === wanted) found = item;
    if (found === undefined) throw new Failure(`${name} called on empty list`);
    return found;
  };

const sum =
  (zero: Value): Implementation =>
  (list) => {
    let total = zero;
    for (const item of asList(list)) {
      if (typeof item === 'bigint' && typeof total === 'bigint') total = int(total + item);
      else if (typeof item === 'number' && typeof total === 'number') total += item;
      else if (item instanceof Uint && total instanceof Uint) total = uint(total.value + item.value);
      else if (item instanceof Duration && total instanceof Duration) total = new Duration(total.nanos + item.nanos);
      else throw new Failure('no such overload');
    }
    return total;
  };

const isSorted: Implementation = (list) => {
  let before: Value | undefined;
  for (const item of asList(list)) {
    if (before !== undefined && compare(before, item) === 1) return false;
    before = item;
  }
  return true;
};

const indexOf: Implementation = (list, sought) => {
  for (let i = 0; i < asList(list).length; i++) if (equal(asList(list).at(i), sought!)) return BigInt(i);
  return -1n;
};

const lastIndexOf: Implementation = (list, sought) => {
  for (let i = asList(list).length - 1; i >= 0; i--) if (equal(asList(list).at(i), sought!)) return BigInt(i);
  return -1n;
};

const COMPARABLE: readonly CelType[] = [INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES];
const ADDABLE: readonly (readonly [CelType, Value])[] = [
  [INT, 0n],
  [UINT, new Uint(0n)],
  [DOUBLE, 0],
  [DURATION, new Duration(0n)],
];
const perType = (id: string, result: (type: CelType) => CelType, evaluate: Implementation) =>
  COMPARABLE.map((type) => member(`list_${type.name}_${id}`, [listOf(type)], result(type), evaluate));

/** Functions on lists of cel-go and of Kubernetes. @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library */
export const LISTS: Library = {
  macros: LIST_MACROS,
  functions: [
    declare(
      'slice',
      member('list_slice', [LIST, INT, INT], LIST, (list, start, end) =>
        slice(asList(list), start as bigint, end as bigint),
      ),
    ),
    declare(
      'flatten',
      member('list_flatten', [listOf(LIST)], LIST, (list) => new ArrayList(flatten(asList(list), 1n, []))),
      member(
        'list_flatten_int',
        [listOf(DYN), INT],
        listOf(DYN),
        (list, depth) => new ArrayList(flatten(asList(list), depth as bigint, [])),
      ),
    ),
    declare(
      'lists.range',
      overload('lists_range', [INT], listOf(INT), (count) => range(count as bigint)),
    ),
    declare(
      'reverse',
      member('list_reverse', [LIST], LIST, (list) => new ArrayList([...asList(list)].reverse())),
    ),
    declare(
      'distinct',
      member('list_distinct', [LIST], LIST, (list) => distinct(asList(list))),
    ),
    declare('sort', ...perType('sort', listOf, (list) => sortBy(asList(list), asList(list)))),
    declare(
      '@sortByAssociatedKeys',
      ...COMPARABLE.map((type) =>
        member(`list_${type.name}_sortByAssociatedKeys`, [LIST, listOf(type)], LIST, (list, keys) =>
          sortBy(asList(list), asList(keys)),
        ),
      ),
    ),
    declare('isSorted', ...perType('is_sorted_bool', () => BOOL, isSorted)),
    declare('min', ...perType('min', (type) => type, extreme('min', -1))),
    declare('max', ...perType('max', (type) => type, extreme('max', 1))),
    declare('sum', ...ADDABLE.map(([type, zero]) => member(`list_${type.name}_sum`, [listOf(type)], type, sum(zero)))),
    declare('indexOf', member('list_a_index_of_int', [LIST, T], INT, indexOf)),
    declare('lastIndexOf', member('list_a_last_index_of_int', [LIST, T], INT, lastIndexOf)),
  ],
};
