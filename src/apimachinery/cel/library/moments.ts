import { Duration, Failure, Timestamp } from '../value.js';

/** Reading, writing and taking apart timestamps and durations, as Go does. */

export const NANOS = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z. */
const SECONDS_MIN = -62_135_596_800n;
const SECONDS_MAX = 253_402_300_799n;
const DURATION_MAX = 2n ** 63n - 1n;

/** @throws Failure outside the years 1 to 9999 */
export function checkTimestamp(nanos: bigint, offset = 0): Timestamp {
  const seconds = floorDivide(nanos, NANOS);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) throw new Failure('timestamp overflow');
  return new Timestamp(nanos, offset);
}

/** @throws Failure where 64 bits of nanoseconds do not hold it */
export function checkDuration(nanos: bigint): Duration {
  if (nanos > DURATION_MAX || nanos < -DURATION_MAX - 1n) throw new Failure('duration overflow');
  return new Duration(nanos);
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

const RFC3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(?:([Zz])|([-+])([0-9]{2}):?([0-9]{2}))$/;

/** The moment of an RFC 3339 text; undefined for other texts. */
export function readTimestamp(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const days = daysOf(year, month, day);
  if (days === undefined) return undefined;
  const offset =
    match[8] === undefined ? (Number(match[10]) * 60 + Number(match[11])) * (match[9] === '-' ? -1 : 1) : 0;
  const seconds = BigInt(days) * 86_400n + BigInt(hour * 3600 + minute * 60 + second - offset * 60);
  const nanos = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return new Timestamp(seconds * NANOS + nanos, offset);
}

/** Midnight UTC of `2024-02-29`. */
export function readDate(text: string): Timestamp | undefined {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  const days = match === null ? undefined : daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
  return days === undefined ? undefined : new Timestamp(BigInt(days) * 86_400n * NANOS);
}

function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (month < 1 || month > 12 || day < 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 86_400_000;
}

/** RFC 3339 with as many digits of a second as needed, in the offset in which the moment was written. */
export function timestampText({ nanos, offset }: Timestamp): string {
  const local = partsOf(nanos, offset);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const fraction = local.nanos === 0 ? '' : `.${pad(local.nanos, 9).replace(/0+$/, '')}`;
  const zone = Math.abs(offset);
  const suffix = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${pad(Math.floor(zone / 60))}:${pad(zone % 60)}`;
  const date = `${pad(local.year, 4)}-${pad(local.month + 1)}-${pad(local.day)}`;
  return `${date}T${pad(local.hour)}:${pad(local.minute)}:${pad(local.second)}${fraction}${suffix}`;
}

/** `90s`, `0.25s`: seconds as a decimal number. */
export function durationText({ nanos }: Duration): string {
  return `${Number(nanos) / 1e9}s`;
}

export interface Parts {
  readonly year: number;
  /** From 0. */
  readonly month: number;
  /** From 1. */
  readonly day: number;
  readonly weekday: number;
  /** From 0. */
  readonly dayOfYear: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Within the second. */
  readonly nanos: number;
}

/** A moment taken apart. @param offset in minutes from UTC */
export function partsOf(nanos: bigint, offset: number): Parts {
  const seconds = floorDivide(nanos, NANOS);
  const date = new Date(Number(seconds) * 1000 + offset * 60_000);
  const year = date.getUTCFullYear();
  const newYear = new Date(0).setUTCFullYear(year, 0, 1);
  return {
    year,
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    dayOfYear: Math.floor((date.getTime() - newYear) / 86_400_000),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanos: Number(nanos - seconds * NANOS),
  };
}

/**
 * Offset in minutes of a time zone at a moment: `UTC`, `Asia/Tokyo`, `+02:00`.
 * @throws Failure for unknown zones, with Go's text
 */
export function offsetIn(zone: string, nanos: bigint): number {
  if (zone === '' || zone === 'UTC') return 0;
  const fixed = /^([-+]?)([0-9]{2}):([0-9]{2})$/.exec(zone);
  if (fixed !== null) return (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === '-' ? -1 : 1);
  const moment = new Date(Number(floorDivide(nanos, NANOS)) * 1000);
  const fields = new Map(
    zoneFormat(zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, value]),
  );
  const number = (field: Intl.DateTimeFormatPartTypes) => Number(fields.get(field));
  const local = new Date(0);
  const year = fields.get('era') === 'BC' ? 1 - number('year') : number('year');
  local.setUTCFullYear(year, number('month') - 1, number('day'));
  local.setUTCHours(number('hour') % 24, number('minute'), number('second'));
  return Math.round((local.getTime() - moment.getTime()) / 60_000);
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new Failure(`unknown time zone ${timeZone}`);
  }
}
