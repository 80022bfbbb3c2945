import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalIp, cidrContains, formatIp, ipToNumber, isIpAddress, parseCidr } from './ip.js';

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
