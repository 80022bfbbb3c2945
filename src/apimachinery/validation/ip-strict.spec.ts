import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  checkCanonicalCidr,
  checkCanonicalIp,
  checkInterfaceAddress,
  checkStrictCidr,
  checkStrictIp,
  cidrWarnings,
  ipWarnings,
} from './ip-strict.js';

it.each([
  ['10.0.0.1', []],
  ['010.0.0.1', ['must not have leading 0s']],
  ['::ffff:1.2.3.4', ['must not be an IPv4-mapped IPv6 address']],
  ['2001:DB8::1', []],
  ['1.2.3', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
])('judges the address %s', (text, faults) => {
  expect(checkStrictIp(text)).toEqual(faults);
});

it.each([
  ['10.0.0.0/8', []],
  ['10.0.0.1/8', ['must not have bits set beyond the prefix length']],
  ['010.0.0.0/8', ['must not have leading 0s in IP or prefix length']],
  ['10.0.0.0/08', ['must not have leading 0s in IP or prefix length']],
  ['10.0.0.0', ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
])('judges the range %s', (text, faults) => {
  expect(checkStrictCidr(text)).toEqual(faults);
});

it('warns of what should be written otherwise', () => {
  expect(ipWarnings('2001:DB8::1', 'f')).toEqual([
    'f: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  expect(cidrWarnings('10.0.0.1/8', 'f')).toEqual([
    'f: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
});

it('has nothing against any ordinary address', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect([...checkStrictIp(address), ...ipWarnings(address, 'f')]).toEqual([]);
    }),
  );
});

it.each([
  [checkCanonicalIp, '2001:DB8::1', ['must be in canonical form ("2001:db8::1")']],
  [checkCanonicalIp, '2001:db8::1', []],
  [checkCanonicalCidr, '2001:db8:0::/48', ['must be in canonical form ("2001:db8::/48")']],
  [checkCanonicalCidr, '10.0.0.1/8', ['must not have bits set beyond the prefix length']],
  [checkInterfaceAddress, '10.0.0.1/8', []],
  [checkInterfaceAddress, '10.0.0.1', ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)']],
])('fields of today know one way to write an address (%#)', (check, text, faults) => {
  expect(check(text)).toEqual(faults);
});
