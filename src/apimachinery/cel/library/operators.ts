import { builtin, type FunctionDeclaration, type Implementation, type Library, overload } from '../environment.js';
import { STANDARD_MACROS } from '../macros.js';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  INT,
  listOf,
  mapOf,
  param,
  STRING,
  TIMESTAMP,
  UINT,
} from '../type.js';
import {
  CelList,
  CelMap,
  compare,
  Duration,
  EntryMap,
  equal,
  Failure,
  noOverload,
  numberOf,
  Timestamp,
  Uint,
  type Value,
} from '../value.js';
import { index, keyTextOf } from './containers.js';
import { checkDuration, checkTimestamp } from './moments.js';

const A = param('A');
const B = param('B');
const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
const UINT_MAX = 2n ** 64n - 1n;

/** @throws Failure where 64 bits do not hold the result */
export function int(value: bigint): bigint {
  if (value > INT_MAX || value < INT_MIN) throw new Failure('integer overflow');
  return value;
}

/** @throws Failure */
export function uint(value: bigint): Uint {
  if (value > UINT_MAX || value < 0n) throw new Failure('unsigned integer overflow');
  return new Uint(value);
}

const add: Implementation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a + b);
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (a instanceof CelList && b instanceof CelList) return a.concat(b);
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array(Buffer.concat([a, b]));
  if (a instanceof Timestamp && b instanceof Duration) return moved(a, b.nanos);
  if (a instanceof Duration && b instanceof Timestamp) return moved(b, a.nanos);
  if (a instanceof Duration && b instanceof Duration) return checkDuration(a.nanos + b.nanos);
  throw noOverload();
};

const subtract: Implementation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a - b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value - b.value);
  if (a instanceof Timestamp && b instanceof Timestamp) return checkDuration(a.nanos - b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) return moved(a, -b.nanos);
  if (a instanceof Duration && b instanceof Duration) return checkDuration(a.nanos - b.nanos);
  throw noOverload();
};

function moved(moment: Timestamp, nanos: bigint): Timestamp {
  return checkTimestamp(moment.nanos + nanos, moment.offset);
}

const multiply: Implementation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a * b);
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value * b.value);
  throw noOverload();
};

const divide: Implementation = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  if (numberOf(b!) === 0n) throw new Failure('division by zero');
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a / b);
  if (a instanceof Uint && b instanceof Uint) return new Uint(a.value / b.value);
  throw noOverload();
};

const modulo: Implementation = (a, b) => {
  if (numberOf(b!) === 0n) throw new Failure('modulus by zero');
  if (typeof a === 'bigint' && typeof b === 'bigint') return a % b;
  if (a instanceof Uint && b instanceof Uint) return new Uint(a.value % b.value);
  throw noOverload();
};

const negate: Implementation = (a) => {
  if (typeof a === 'bigint') return int(-a);
  if (typeof a === 'number') return -a;
  throw noOverload();
};

const not: Implementation = (a) => {
  if (typeof a !== 'boolean') throw noOverload();
  return !a;
};

const contained: Implementation = (item, container) => {
  if (container instanceof CelList) {
    for (const other of container) if (equal(item!, other)) return true;
    return false;
  }
  if (container instanceof CelMap) return container.find(item!) !== undefined;
  throw noOverload();
};

const insert: Implementation = (map, ...rest) => {
  const copy = map instanceof EntryMap ? map.copy() : new EntryMap();
  insertInto(copy, rest);
  return copy;
};

/** Adds a key and its value, or all entries of a map. @throws Failure where a key is there already */
export function insertInto(map: EntryMap, entry: readonly Value[]): void {
  const [key, value] = entry;
  const put = (name: Value, content: Value): void => {
    if (!map.add(name, content)) throw new Failure(`insert failed: key ${keyTextOf(name)} already exists`);
  };
  if (value !== undefined) put(key!, value);
  else if (key instanceof CelMap) for (const name of key.keys()) put(name, key.find(name)!);
}

type Named = readonly [name: string, type: CelType];
const ORDERED: readonly Named[] = [
  ['bool', BOOL],
  ['int64', INT],
  ['uint64', UINT],
  ['double', DOUBLE],
  ['string', STRING],
  ['bytes', BYTES],
  ['timestamp', TIMESTAMP],
  ['duration', DURATION],
];
const NUMBERS: readonly Named[] = [
  ['int64', INT],
  ['uint64', UINT],
  ['double', DOUBLE],
];

/** A comparison of values of one type, or of numbers of any two types. */
function comparison(name: string, id: string, holds: (order: -1 | 0 | 1) => boolean): FunctionDeclaration {
  const evaluate: Implementation = (a, b) => {
    const order = compare(a!, b!);
    return order !== undefined && holds(order);
  };
  const mixed = NUMBERS.flatMap(([a, left]) =>
    NUMBERS.filter(([b]) => b !== a).map(([b, right]) => overload(`${id}_${a}_${b}`, [left, right], BOOL, evaluate)),
  );
  return builtin(name, ...ORDERED.map(([type, t]) => overload(`${id}_${type}`, [t, t], BOOL, evaluate)), ...mixed);
}

function arithmetic(name: string, id: string, types: readonly Named[], evaluate: Implementation): FunctionDeclaration {
  return builtin(name, ...types.map(([type, t]) => overload(`${id}_${type}`, [t, t], t, evaluate)));
}

const sum = [
  overload('add_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP, add),
  overload('add_duration_timestamp', [DURATION, TIMESTAMP], TIMESTAMP, add),
  overload('add_duration_duration', [DURATION, DURATION], DURATION, add),
  overload('add_string', [STRING, STRING], STRING, add),
  overload('add_bytes', [BYTES, BYTES], BYTES, add),
  overload('add_list', [listOf(A), listOf(A)], listOf(A), add),
];
const difference = [
  overload('subtract_timestamp_timestamp', [TIMESTAMP, TIMESTAMP], DURATION, subtract),
  overload('subtract_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP, subtract),
  overload('subtract_duration_duration', [DURATION, DURATION], DURATION, subtract),
];

/** Evaluated by the program itself, since their arguments may fail or stay unevaluated. */
const special: Implementation = () => {
  throw noOverload();
};

/** Operators and the standard macros. */
export const OPERATORS: Library = {
  macros: STANDARD_MACROS,
  functions: [
    builtin('_?_:_', overload('conditional', [BOOL, A, A], A, special)),
    builtin('_&&_', overload('logical_and', [BOOL, BOOL], BOOL, special)),
    builtin('_||_', overload('logical_or', [BOOL, BOOL], BOOL, special)),
    builtin('@not_strictly_false', overload('not_strictly_false', [BOOL], BOOL, special)),
    builtin('!_', overload('logical_not', [BOOL], BOOL, not)),
    builtin(
      '_==_',
      overload('equals', [A, A], BOOL, (a, b) => equal(a!, b!)),
    ),
    builtin(
      '_!=_',
      overload('not_equals', [A, A], BOOL, (a, b) => !equal(a!, b!)),
    ),
    comparison('_<_', 'less', (order) => order < 0),
    comparison('_<=_', 'less_equals', (order) => order <= 0),
    comparison('_>_', 'greater', (order) => order > 0),
    comparison('_>=_', 'greater_equals', (order) => order >= 0),
    arithmetic('_+_', 'add', NUMBERS, add),
    builtin('_+_', ...sum),
    arithmetic('_-_', 'subtract', NUMBERS, subtract),
    builtin('_-_', ...difference),
    arithmetic('_*_', 'multiply', NUMBERS, multiply),
    arithmetic('_/_', 'divide', NUMBERS, divide),
    arithmetic('_%_', 'modulo', NUMBERS.slice(0, 2), modulo),
    builtin('-_', overload('negate_int64', [INT], INT, negate), overload('negate_double', [DOUBLE], DOUBLE, negate)),
    builtin(
      '@in',
      overload('in_list', [A, listOf(A)], BOOL, contained),
      overload('in_map', [A, mapOf(A, B)], BOOL, contained),
    ),
    builtin(
      '_[_]',
      overload('index_list', [listOf(A), INT], A, index),
      overload('index_map', [mapOf(A, B), A], B, index),
    ),
    builtin(
      'cel.@mapInsert',
      overload('@mapInsert_map_map', [mapOf(A, B), mapOf(A, B)], mapOf(A, B), insert),
      overload('@mapInsert_map_key_value', [mapOf(A, B), A, B], mapOf(A, B), insert),
    ),
  ],
};
