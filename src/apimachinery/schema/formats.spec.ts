import { describe, expect, it } from 'vitest';
import { formatCheck, isKnownFormat } from './formats.js';

const fits = (format: string, text: string): boolean => formatCheck(format)!(text);

describe('formats of strings', () => {
  it.each([
    ['email', 'a@b', true],
    ['email', 'A. B <a@b.com>', true],
    ['email', '"a b"@c', true],
    ['email', 'a@[10.0.0.1] (office)', true],
    ['email', 'a@[x]', false],
    ['email', 'a..b@c', false],
    ['email', 'a b@c', false],
    ['hostname', 'example.com', true],
    ['hostname', 'bücher', true],
    ['hostname', 'a-b', true],
    ['hostname', 'a-b-c', false],
    ['hostname', 'a.1', false],
    ['hostname', '1.2.3.4', false],
    ['ipv4', '01.2.3.004', true],
    ['ipv4', '::ffff:1.2.3.4', true],
    ['ipv4', '1.2.3', false],
    ['ipv6', '::1', true],
    ['ipv6', '1.2.3.4', false],
    ['cidr', '010.0.0.0/08', true],
    ['cidr', '10.0.0.0/33', false],
    ['mac', '00:11:22:33:44:55', true],
    ['mac', '001122334455', true],
    ['mac', '00:11-22:33:44:55', false],
    ['ssn', '111-11-1111', true],
    ['ssn', '111111111', false],
    ['byte', 'aGVsbG8=', true],
    ['byte', '', false],
    ['duration', '1h30m', true],
    ['duration', '2 weeks and 3 days', true],
    ['duration', '1 fortnight', false],
    ['duration', '', false],
    ['date', '2020-02-29', true],
    ['date', '2021-02-29', false],
    ['date-time', '2020-01-31t00:00:00z', true],
    ['date-time', '2020-01-31T00:00:00,5Z', true],
    ['date-time', '2020-01-31T00:00:00+0200', false],
    ['uri', '/path', true],
    ['uri', 'http://%zz', false],
    ['uri', 'http://[::1', false],
    ['isbn', '0-321-75104-3', true],
    ['k8s-short-name', 'a.b', false],
    ['k8s-long-name', 'a.b', true],
  ])('%s: %j is good: %s', (format, text, good) => {
    expect(fits(format, text)).toBe(good);
  });

  it('does not let a long text hold up the check of an address', () => {
    const start = performance.now();
    expect(fits('email', `${'a '.repeat(400)}<`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('belong to types', () => {
    expect(isKnownFormat('int32', 'integer')).toBe(true);
    expect(isKnownFormat('int32', 'string')).toBe(false);
    expect(isKnownFormat('float', 'integer')).toBe(false);
    expect(isKnownFormat('date', 'integer')).toBe(false);
    expect(isKnownFormat('date', undefined)).toBe(true);
    expect(isKnownFormat('no-such', 'string')).toBe(false);
  });
});
