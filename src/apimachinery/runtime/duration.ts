/** A duration's text cannot be read; the message is Go's. */
export class DurationError extends Error {}

const UNIT_NANOS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const NANOS_MAX = 2n ** 63n;
/** More text than any duration needs: beyond it parsing would only burn CPU. */
const TEXT_LENGTH_MAX = 1024;
const PART = /([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/y;

/**
 * Nanoseconds of a Go duration such as `1h30m` or `-1.5s`.
 * @throws DurationError with Go's text
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): bigint {
  const quoted = JSON.stringify(text);
  const invalid = () => new DurationError(`time: invalid duration ${quoted}`);
  const negative = text.startsWith('-');
  const body = /^[-+]/.test(text) ? text.slice(1) : text;
  if (body === '0') return 0n;
  if (body === '' || text.length > TEXT_LENGTH_MAX) throw invalid();
  let nanos = 0n;
  let at = 0;
  while (at < body.length) {
    if (!/[0-9.]/.test(body[at]!)) throw invalid();
    PART.lastIndex = at;
    const [whole, digits = '', fraction = '', unit = ''] = PART.exec(body)!;
    if (digits === '' && fraction === '') throw invalid();
    if (unit === '') {
      if (body[at + whole.length] === '.') throw invalid();
      throw new DurationError(`time: missing unit in duration ${quoted}`);
    }
    const scale = UNIT_NANOS.get(unit);
    if (scale === undefined)
      throw new DurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    nanos += BigInt(digits || '0') * scale;
    if (fraction !== '') nanos += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
    if (nanos > NANOS_MAX || (nanos === NANOS_MAX && !negative)) throw invalid();
    at += whole.length;
  }
  return negative ? -nanos : nanos;
}

/** `1h30m0s`, `1.5s`, `100ms`, `0s`: Go's text of a duration. */
export function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const amount = nanos < 0n ? -nanos : nanos;
  if (amount < 1_000n) return `${sign}${amount}ns`;
  if (amount < 1_000_000n) return `${sign}${decimal(amount, 3)}µs`;
  if (amount < 1_000_000_000n) return `${sign}${decimal(amount, 6)}ms`;
  const minutes = amount / 60_000_000_000n;
  const seconds = `${decimal(amount % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  const hours = minutes / 60n;
  return `${sign}${hours === 0n ? '' : `${hours}h`}${minutes % 60n}m${seconds}`;
}

/** The normal form of a duration's text. @throws DurationError */
export function canonicalDuration(text: string): string {
  return formatDuration(parseDuration(text));
}

/** `value / 10^places` without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  const whole = digits.slice(0, -places);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
