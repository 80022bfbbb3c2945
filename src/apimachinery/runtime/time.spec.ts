import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDuration, formatDuration, parseDuration } from './duration.js';
import { canonicalMicroTime, canonicalTime, formatTime, parseTime } from './time.js';

describe('times', () => {
  it.each([
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'],
    ['2024-01-02T03:04:05.999Z', '2024-01-02T03:04:05Z'],
    ['2024-01-01T01:00:00+02:00', '2023-12-31T23:00:00Z'],
    ['2024-01-01T1:00:00Z', '2024-01-01T01:00:00Z'],
    ['0001-01-01T00:00:00Z', null],
  ])('writes %s as %s', (text, canonical) => {
    expect(canonicalTime(text)).toBe(canonical);
  });

  it.each([
    ['yesterday', 'cannot parse "yesterday" as "2006"'],
    ['2024-01-01', 'cannot parse "" as "T"'],
    ['2024-13-01T00:00:00Z', 'parsing time "2024-13-01T00:00:00Z": month out of range'],
    ['2024-02-30T00:00:00Z', 'day out of range'],
    ['2024-02-01T00:00:00', 'cannot parse "" as "Z07:00"'],
    ['2024-02-01T00:00:00Zx', 'extra text: "x"'],
  ])('says of %s: %s', (text, message) => {
    expect(() => canonicalTime(text)).toThrow(message);
  });

  it('takes every day of the calendar as it is, and no other', () => {
    for (let day = 0; day < 366; day++) {
      const text = formatTime(Date.UTC(2024, 0, 1 + day) / 1000);
      expect(canonicalTime(text)).toBe(text);
    }
    for (const day of ['2023-02-29', '2024-02-30', '2024-04-31', '2024-06-31', '2024-09-31', '2024-11-31']) {
      expect(() => canonicalTime(`${day}T00:00:00Z`)).toThrow('day out of range');
    }
  });

  it('wants six digits of a second in a MicroTime and keeps them', () => {
    expect(canonicalMicroTime('2024-01-01T00:00:00.000120Z')).toBe('2024-01-01T00:00:00.000120Z');
    expect(() => canonicalMicroTime('2024-01-01T00:00:00Z')).toThrow('cannot parse "Z" as ".000000"');
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_000_000_000, max: 253_402_300_799 }), (seconds) => {
        expect(parseTime(formatTime(seconds)).seconds).toBe(seconds);
      }),
    );
  });
});

describe('durations', () => {
  it.each([
    ['90m', '1h30m0s'],
    ['1.5s', '1.5s'],
    ['100ms', '100ms'],
    ['0', '0s'],
    ['-1h', '-1h0m0s'],
    ['1h2m3.004s', '1h2m3.004s'],
    ['1500us', '1.5ms'],
  ])('writes %s as %s', (text, canonical) => {
    expect(canonicalDuration(text)).toBe(canonical);
  });

  it.each([
    ['', 'time: invalid duration ""'],
    ['soon', 'time: invalid duration "soon"'],
    ['5', 'time: missing unit in duration "5"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
  ])('says of %j: %s', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanos) => {
        expect(parseDuration(formatDuration(nanos))).toBe(nanos);
      }),
    );
  });
});
