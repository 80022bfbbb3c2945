import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressFault, rangeFault } from './address-faults.js';

it.each([
  ['', 'unable to parse IP'],
  ['x', 'unable to parse IP'],
  ['1.2.3', 'IPv4 address too short'],
  ['1.2.3.4.5', 'IPv4 address too long'],
  ['1.2.3.256', 'IPv4 field has value >255'],
  ['1.02.3.4', 'IPv4 field has octet with leading zero'],
  ['1..2.3', 'IPv4 field must have at least one digit (at ".2.3")'],
  ['1.2.3.a', 'unexpected character (at "a")'],
  ['%eth0', 'missing IPv6 address'],
  ['fe80::1%', 'zone must be a non-empty string'],
  ['1:2', 'address string too short'],
  ['1::2::3', 'multiple :: in address (at ":3")'],
  ['2001:db8::g', 'each colon-separated field must have at least one digit (at "g")'],
  ['12345::', 'each group must have 4 or less digits (at "12345::")'],
  ['1:2:3:4:5:6:7:8:9', 'trailing garbage after address (at "9")'],
  ['1:2:3:4::5:6:7:8', 'the :: must expand to at least one field of zeros'],
  ['1:', 'colon must be followed by more characters (at ":")'],
  ['1x::', 'unexpected character, want colon (at "x::")'],
  ['1:1.2.3.4', 'embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")'],
  ['::1.2.3', 'IPv4 address too short'],
])('tells of the address %s what Go does', (text, fault) => {
  expect(addressFault(text)).toBe(`ParseAddr(${JSON.stringify(text)}): ${fault}`);
});

it.each([
  ['10.0.0.0', "no '/'"],
  ['10.0.0.0/', 'bad bits after slash: ""'],
  ['10.0.0.0/08', 'bad bits after slash: "08"'],
  ['10.0.0.0/33', 'prefix length out of range'],
  ['fe80::1%a/64', 'IPv6 zones cannot be present in a prefix'],
  ['x/8', 'ParseAddr("x"): unable to parse IP'],
])('tells of the range %s what Go does', (text, fault) => {
  expect(rangeFault(text)).toBe(`netip.ParsePrefix(${JSON.stringify(text)}): ${fault}`);
});

it('has something to say of any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.%/]*$/)), (text) => {
      expect(addressFault(text)).toMatch(/^ParseAddr\(.*\): ./s);
      expect(rangeFault(text)).toMatch(/^netip.ParsePrefix\(.*\): ./s);
    }),
  );
});
