import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalIp, cidrContains, formatIp, ipFamily, ipToNumber, isIpAddress, parseCidr } from './ip.js';

describe('addresses', () => {
  it('come back from their numbers', () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        expect(formatIp('IPv4', ipToNumber(ip))).toBe(ip);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        const text = canonicalIp(ip);
        expect(isIpAddress(text)).toBe(true);
        expect(ipToNumber(text)).toBe(ipToNumber(ip));
        expect(canonicalIp(text)).toBe(text);
      }),
    );
  });

  it('are told from other texts as the platform tells them', () => {
    const piece = fc.constantFrom('0', '1', '255', '256', '01', 'ffff', 'fffff', 'g', ':', '::', '.', '1.2.3.4', '');
    const nearly = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(''));
    const groups = fc.array(fc.constantFrom('0', 'abcd', '', '1.2.3.4'), { maxLength: 10 }).map((all) => all.join(':'));
    fc.assert(
      fc.property(fc.oneof(nearly, groups, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const expected = text.includes('%') ? 0 : isIP(text);
        expect(ipFamily(text)).toBe(expected === 4 ? 'IPv4' : expected === 6 ? 'IPv6' : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it('shorten the longest run of zeros', () => {
    expect(canonicalIp('2001:0db8:0:0:1:0:0:0')).toBe('2001:db8:0:0:1::');
    expect(canonicalIp('0:0:0:0:0:0:0:0')).toBe('::');
  });

  it('know their ranges', () => {
    const cidr = parseCidr('10.0.0.5/24');
    expect(cidr && cidrContains(cidr, '10.0.0.255')).toBe(true);
    expect(cidr && cidrContains(cidr, '10.0.1.0')).toBe(false);
    expect(parseCidr('10.0.0.0/33')).toBeUndefined();
    expect(parseCidr('10.0.0.0')).toBeUndefined();
  });
});
