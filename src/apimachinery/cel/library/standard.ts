import { DurationError, parseDuration } from '../../runtime/duration.js';
import { formatGoFloat } from '../../runtime/go-float.js';
import {
  builtin,
  type FunctionDeclaration,
  type Implementation,
  type Library,
  member,
  overload,
} from '../environment.js';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  param,
  STRING,
  TIMESTAMP,
  typeOfType,
  UINT,
} from '../type.js';
import {
  CelList,
  CelMap,
  Duration,
  Failure,
  noOverload,
  numberOf,
  Timestamp,
  TypeValue,
  textLength,
  typeName,
  typeOf,
  Uint,
  type Value,
} from '../value.js';
import {
  checkTimestamp,
  durationText,
  floorDivide,
  NANOS,
  offsetIn,
  type Parts,
  partsOf,
  readTimestamp,
  timestampText,
} from './moments.js';
import { int, uint } from './operators.js';
import { cachedPattern } from './patterns.js';

const A = param('A');
const B = param('B');

const size: Implementation = (value) => {
  if (typeof value === 'string') return BigInt(textLength(value));
  if (value instanceof Uint8Array || value instanceof CelList) return BigInt(value.length);
  if (value instanceof CelMap) return BigInt(value.size);
  throw noOverload();
};

function conversionError(value: Value, to: string): Failure {
  return new Failure(`type conversion error from '${typeName(value)}' to '${to}'`);
}

const INT_TEXT = /^[-+]?[0-9]+$/;
/** The doubles that are outside the range of int. */
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;

const toInt: Implementation = (value) => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') {
    if (!INT_TEXT.test(value)) throw conversionError(value, 'int');
    const number = BigInt(value.replace(/^\+/, ''));
    if (BigInt.asIntN(64, number) !== number) throw conversionError(value, 'int');
    return number;
  }
  if (typeof value === 'number') {
    if (!(value > -TWO_63 && value < TWO_63)) throw new Failure('integer overflow');
    return BigInt(Math.trunc(value));
  }
  if (value instanceof Uint) return int(value.value);
  if (value instanceof Timestamp) return floorDivide(value.nanos, NANOS);
  if (value instanceof Duration) return value.nanos;
  throw noOverload();
};

const toUint: Implementation = (value) => {
  if (value instanceof Uint) return value;
  if (typeof value === 'bigint') return uint(value);
  if (typeof value === 'number') {
    if (!(value > -1 && value < TWO_64)) throw new Failure('unsigned integer overflow');
    return new Uint(BigInt(Math.trunc(value)));
  }
  if (typeof value === 'string') {
    const number = /^[0-9]+$/.test(value) ? BigInt(value) : -1n;
    if (BigInt.asUintN(64, number) !== number) throw conversionError(value, 'uint');
    return new Uint(number);
  }
  throw noOverload();
};

const DOUBLE_TEXT = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;
const DOUBLE_WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
]);

const toDouble: Implementation = (value) => {
  if (typeof value !== 'string') {
    const number = numberOf(value!);
    if (number === undefined) throw noOverload();
    return Number(number);
  }
  const word = DOUBLE_WORDS.get(value.toLowerCase().replace(/^[-+]/, ''));
  if (word !== undefined) return value.startsWith('-') ? -word : word;
  if (!DOUBLE_TEXT.test(value) || !Number.isFinite(Number(value))) throw conversionError(value, 'double');
  return Number(value);
};

const toText: Implementation = (value) => {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return formatGoFloat(value);
  }
  if (value instanceof Uint) return value.value.toString();
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Uint8Array) return utf8Text(value);
  throw noOverload();
};

function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure('invalid UTF-8 in bytes, cannot convert to string');
  }
}

const BOOL_TEXTS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

const toBool: Implementation = (value) => {
  if (typeof value === 'boolean') return value;
  const known = typeof value === 'string' ? BOOL_TEXTS.get(value) : undefined;
  if (known === undefined) throw conversionError(value!, 'bool');
  return known;
};

/** @throws Failure for a text that is no duration */
export const toDuration: Implementation = (value) => {
  if (value instanceof Duration) return value;
  if (typeof value === 'bigint') return new Duration(value);
  if (typeof value !== 'string') throw noOverload();
  try {
    return new Duration(parseDuration(value));
  } catch (error) {
    if (error instanceof DurationError) throw conversionError(value, DURATION.runtimeName);
    throw error;
  }
};

/** @throws Failure for a text that is no timestamp */
export const toTimestamp: Implementation = (value) => {
  if (value instanceof Timestamp) return value;
  if (typeof value === 'bigint') return checkTimestamp(value * NANOS);
  if (typeof value !== 'string') throw noOverload();
  const moment = readTimestamp(value);
  if (moment === undefined) throw conversionError(value, TIMESTAMP.runtimeName);
  return checkTimestamp(moment.nanos, moment.offset);
};

function conversion(
  name: string,
  to: CelType,
  from: readonly (readonly [string, CelType])[],
  evaluate: Implementation,
) {
  return builtin(name, ...from.map(([id, type]) => overload(id, [type], to, evaluate)));
}

/** A part of a moment in UTC or in a zone. */
function partOfMoment(name: string, id: string, part: (parts: Parts) => number, ...more: ReturnType<typeof member>[]) {
  const take = (moment: Value | undefined, zone: string): bigint => {
    const { nanos } = moment as Timestamp;
    return BigInt(part(partsOf(nanos, offsetIn(zone, nanos))));
  };
  return builtin(
    name,
    member(`timestamp_to_${id}`, [TIMESTAMP], INT, (moment) => take(moment, 'UTC')),
    member(`timestamp_to_${id}_with_tz`, [TIMESTAMP, STRING], INT, (moment, zone) => take(moment, zone as string)),
    ...more,
  );
}

function partOfDuration(id: string, unit: bigint) {
  return member(`duration_to_${id}`, [DURATION], INT, (duration) => (duration as Duration).nanos / unit);
}

const MOMENTS: readonly FunctionDeclaration[] = [
  partOfMoment('getFullYear', 'year', ({ year }) => year),
  partOfMoment('getMonth', 'month', ({ month }) => month),
  partOfMoment('getDayOfYear', 'day_of_year', ({ dayOfYear }) => dayOfYear),
  partOfMoment('getDayOfMonth', 'day_of_month', ({ day }) => day - 1),
  partOfMoment('getDate', 'day_of_month_1_based', ({ day }) => day),
  partOfMoment('getDayOfWeek', 'day_of_week', ({ weekday }) => weekday),
  partOfMoment('getHours', 'hours', ({ hour }) => hour, partOfDuration('hours', 3600n * NANOS)),
  partOfMoment('getMinutes', 'minutes', ({ minute }) => minute, partOfDuration('minutes', 60n * NANOS)),
  partOfMoment('getSeconds', 'seconds', ({ second }) => second, partOfDuration('seconds', NANOS)),
  builtin(
    'getMilliseconds',
    member('timestamp_to_milliseconds', [TIMESTAMP], INT, (moment) => milliseconds(moment)),
    member('timestamp_to_milliseconds_with_tz', [TIMESTAMP, STRING], INT, (moment) => milliseconds(moment)),
    member('duration_to_milliseconds', [DURATION], INT, (value) => (value as Duration).nanos / 1_000_000n),
  ),
];

function milliseconds(moment: Value | undefined): bigint {
  return BigInt(Math.floor(partsOf((moment as Timestamp).nanos, 0).nanos / 1e6));
}

const textTest =
  (test: (text: string, part: string) => boolean): Implementation =>
  (text, part) => {
    if (typeof text !== 'string' || typeof part !== 'string') throw noOverload();
    return test(text, part);
  };

const matches = textTest((text, pattern) => cachedPattern(pattern).test(text));
const SIZED = [STRING, BYTES, listOf(A), mapOf(A, B)] as const;

/** Functions of the language's definition. */
export const STANDARD: Library = {
  functions: [
    builtin('size', ...SIZED.map((type) => overload(`size_${type.name}`, [type], INT, size))),
    builtin('size', ...SIZED.map((type) => member(`${type.name}_size`, [type], INT, size))),
    builtin(
      'contains',
      member(
        'contains_string',
        [STRING, STRING],
        BOOL,
        textTest((text, part) => text.includes(part)),
      ),
    ),
    builtin(
      'startsWith',
      member(
        'starts_with_string',
        [STRING, STRING],
        BOOL,
        textTest((text, part) => text.startsWith(part)),
      ),
    ),
    builtin(
      'endsWith',
      member(
        'ends_with_string',
        [STRING, STRING],
        BOOL,
        textTest((text, part) => text.endsWith(part)),
      ),
    ),
    builtin(
      'matches',
      overload('matches', [STRING, STRING], BOOL, matches),
      member('matches_string', [STRING, STRING], BOOL, matches),
    ),
    builtin(
      'dyn',
      overload('to_dyn', [A], DYN, (value) => value!),
    ),
    builtin(
      'type',
      overload('type', [A], typeOfType(A), (value) => new TypeValue(typeOf(value!))),
    ),
    conversion(
      'int',
      INT,
      [
        ['int64_to_int64', INT],
        ['double_to_int64', DOUBLE],
        ['duration_to_int64', DURATION],
        ['string_to_int64', STRING],
        ['timestamp_to_int64', TIMESTAMP],
        ['uint64_to_int64', UINT],
      ],
      toInt,
    ),
    conversion(
      'uint',
      UINT,
      [
        ['uint64_to_uint64', UINT],
        ['double_to_uint64', DOUBLE],
        ['int64_to_uint64', INT],
        ['string_to_uint64', STRING],
      ],
      toUint,
    ),
    conversion(
      'double',
      DOUBLE,
      [
        ['double_to_double', DOUBLE],
        ['int64_to_double', INT],
        ['string_to_double', STRING],
        ['uint64_to_double', UINT],
      ],
      toDouble,
    ),
    conversion(
      'bool',
      BOOL,
      [
        ['bool_to_bool', BOOL],
        ['string_to_bool', STRING],
      ],
      toBool,
    ),
    conversion(
      'string',
      STRING,
      [
        ['string_to_string', STRING],
        ['bool_to_string', BOOL],
        ['bytes_to_string', BYTES],
        ['double_to_string', DOUBLE],
        ['duration_to_string', DURATION],
        ['int64_to_string', INT],
        ['timestamp_to_string', TIMESTAMP],
        ['uint64_to_string', UINT],
      ],
      toText,
    ),
    builtin(
      'bytes',
      overload('bytes_to_bytes', [BYTES], BYTES, (value) => value!),
      overload('string_to_bytes', [STRING], BYTES, (value) => new Uint8Array(Buffer.from(value as string))),
    ),
    conversion(
      'duration',
      DURATION,
      [
        ['duration_to_duration', DURATION],
        ['string_to_duration', STRING],
      ],
      toDuration,
    ),
    conversion(
      'timestamp',
      TIMESTAMP,
      [
        ['timestamp_to_timestamp', TIMESTAMP],
        ['int64_to_timestamp', INT],
        ['string_to_timestamp', STRING],
      ],
      toTimestamp,
    ),
    ...MOMENTS,
  ],
};
