/** A time's text cannot be read; the message is Go's. */
export class TimeError extends Error {}

const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';
/** All but the 29th of February, which takes a calendar to judge. */
const CANONICAL_DAY =
  '(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)';
const CANONICAL = new RegExp(`^[1-9][0-9]{3}-${CANONICAL_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$`);
const MICRO_DIGITS = 6;
/** Go's zero time, which answers spell as null. */
const ZERO_SECONDS = -62135596800;

/** A moment: seconds since 1970 (may be negative) and microseconds within the second. */
export interface Moment {
  readonly seconds: number;
  readonly micros: number;
}

/**
 * The normal form of a Time: RFC 3339 in UTC, whole seconds; null for Go's zero time.
 * @throws TimeError with Go's text
 */
export function canonicalTime(text: string): string | null {
  if (CANONICAL.test(text)) return text;
  const { seconds } = parseTime(text);
  return seconds === ZERO_SECONDS ? null : formatTime(seconds);
}

/** The normal form of a MicroTime, with six digits of a second. @throws TimeError */
export function canonicalMicroTime(text: string): string | null {
  const moment = parseMicroTime(text);
  return moment.seconds === ZERO_SECONDS && moment.micros === 0 ? null : formatMicroTime(moment);
}

/** RFC 3339 with an optional fraction. @throws TimeError */
export function parseTime(text: string): Moment {
  return new TimeParser(text, LAYOUT, false).parse();
}

/** RFC 3339 with exactly six digits of a second. @throws TimeError */
export function parseMicroTime(text: string): Moment {
  return new TimeParser(text, MICRO_LAYOUT, true).parse();
}

/** Writes of one second say the same time. */
let latest = { seconds: 0, text: '1970-01-01T00:00:00Z' };

export function formatTime(seconds: number): string {
  if (seconds !== latest.seconds) latest = { seconds, text: `${dateText(seconds)}Z` };
  return latest.text;
}

export function formatMicroTime({ seconds, micros }: Moment): string {
  return `${dateText(seconds)}.${String(micros).padStart(MICRO_DIGITS, '0')}Z`;
}

function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const day = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  return `${day}T${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

/**
 * Reads a time element by element in the order of Go's layout, to fail where and how Go fails.
 * @see https://pkg.go.dev/time#Parse
 */
class TimeParser {
  private rest: string;

  constructor(
    private readonly text: string,
    private readonly layout: string,
    private readonly microsRequired: boolean,
  ) {
    this.rest = text;
  }

  parse(): Moment {
    const year = this.digits(4, '2006');
    this.literal('-');
    const month = this.digits(2, '01');
    if (month < 1 || month > 12) throw this.outOfRange('month');
    this.literal('-');
    const day = this.digits(2, '02');
    this.literal('T');
    const hour = this.hour();
    this.literal(':');
    const minute = this.digits(2, '04');
    if (minute > 59) throw this.outOfRange('minute');
    this.literal(':');
    const second = this.digits(2, '05');
    if (second > 59) throw this.outOfRange('second');
    const micros = this.fraction();
    const offsetSeconds = this.zone();
    if (this.rest !== '') throw this.fail(`: extra text: ${JSON.stringify(this.rest)}`);
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour, minute, second);
    if (day < 1 || date.getUTCDate() !== day) throw this.outOfRange('day');
    return { seconds: date.getTime() / 1000 - offsetSeconds, micros };
  }

  private digits(count: number, element: string): number {
    const found = this.rest.slice(0, count);
    if (!/^[0-9]+$/.test(found) || found.length !== count) throw this.cannotParse(element);
    this.rest = this.rest.slice(count);
    return Number(found);
  }

  /** The one element that Go reads with one digit too. */
  private hour(): number {
    const found = /^[0-9]{1,2}/.exec(this.rest)?.[0];
    if (found === undefined) throw this.cannotParse('15');
    this.rest = this.rest.slice(found.length);
    if (Number(found) > 23) throw this.outOfRange('hour');
    return Number(found);
  }

  private literal(expected: string): void {
    if (!this.rest.startsWith(expected)) throw this.cannotParse(expected);
    this.rest = this.rest.slice(1);
  }

  private fraction(): number {
    const found = /^[.,]([0-9]+)/.exec(this.rest);
    const digits = found?.[1] ?? '';
    if (!this.microsRequired) {
      this.rest = this.rest.slice(found?.[0].length ?? 0);
      return Number(digits.slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, '0'));
    }
    if (digits.length < MICRO_DIGITS) throw this.cannotParse('.000000');
    this.rest = this.rest.slice(MICRO_DIGITS + 1);
    return Number(digits.slice(0, MICRO_DIGITS));
  }

  private zone(): number {
    if (this.rest.startsWith('Z')) {
      this.rest = this.rest.slice(1);
      return 0;
    }
    const found = /^([-+])([0-9]{2}):([0-9]{2})/.exec(this.rest);
    if (found === null) throw this.cannotParse('Z07:00');
    const [whole, sign, hours, minutes] = found;
    this.rest = this.rest.slice(whole.length);
    if (Number(hours) > 24) throw this.outOfRange('time zone offset hour');
    if (Number(minutes) > 60) throw this.outOfRange('time zone offset minute');
    return (Number(hours) * 3600 + Number(minutes) * 60) * (sign === '-' ? -1 : 1);
  }

  private cannotParse(element: string): TimeError {
    const quote = JSON.stringify;
    return this.fail(` as ${quote(this.layout)}: cannot parse ${quote(this.rest)} as ${quote(element)}`);
  }

  private outOfRange(what: string): TimeError {
    return this.fail(`: ${what} out of range`);
  }

  private fail(detail: string): TimeError {
    return new TimeError(`parsing time ${JSON.stringify(this.text)}${detail}`);
  }
}
