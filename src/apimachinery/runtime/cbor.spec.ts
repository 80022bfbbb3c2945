import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../meta/json.js';
import { decodeCbor, encodeCbor } from './cbor.js';

const hex = (value: JsonValue): string => encodeCbor(value).toString('hex');
const decode = (text: string): JsonValue => decodeCbor(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const faultOf = (text: string): string => {
  try {
    decode(text);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('encodeCbor', () => {
  // @see https://github.com/kubernetes/apimachinery/tree/v0.37.2/pkg/runtime/serializer/cbor (behaviour)
  it('writes texts as byte strings under the tag of CBOR, keys in the order of their bytes', () => {
    expect(hex({ b: 'x', aa: null, a: true })).toBe('d9d9f7a3' + '4161f5' + '41624178' + '426161f6');
  });

  it('writes numbers as short as they go', () => {
    expect(hex([0, -1, 1.5, 2 ** 31, 0.1])).toBe(
      'd9d9f785' + '00' + '20' + 'f93e00' + '1a80000000' + 'fb3fb999999999999a',
    );
    expect(hex([2n ** 62n])).toBe('d9d9f781' + '1b4000000000000000');
  });
});

describe('decodeCbor', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as JsonValue;
        expect(decodeCbor(encodeCbor(plain))).toEqual(plain);
      }),
    );
  });

  it('takes texts for byte strings, open lengths and tags that it does not know', () => {
    expect(decode('bf 61 61 9f 01 ff 41 62 c6 02 ff')).toEqual({ a: [1], b: 2 });
    expect(decode('d6 42 0102')).toBe('AQI=');
    expect(decode('d7 42 ab01')).toBe('AB01');
    expect(decode('c1 00')).toBe('1970-01-01T00:00:00Z');
  });

  it.each([
    ['', 'EOF'],
    ['a1 41 61', 'unexpected EOF'],
    ['00 00', 'cbor: 1 bytes of extraneous data starting at index 1'],
    ['a2 41 61 00 61 61 00', 'cbor: found duplicate map key "a" at map element index 1'],
    ['a1 01 00', 'cbor: cannot unmarshal positive integer into Go value of type string'],
    ['61 ff', 'cbor: invalid UTF-8 string'],
    ['c2 41 01', 'cbor: cannot unmarshal bignum into Go value of type interface {}'],
    [
      '1b ffffffffffffffff',
      "cbor: cannot unmarshal positive integer into Go value of type int64 (18446744073709551615 overflows Go's int64)",
    ],
    ['ff', 'cbor: unexpected "break" code'],
  ])('refuses %j', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  it('refuses what JSON has no form for', () => {
    for (const text of ['f97e00', 'f97c00', 'f7', 'f8ff']) expect(faultOf(text)).not.toBe('');
  });

  it('never ends in anything but a value or a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          decodeCbor(bytes);
        } catch (error) {
          expect((error as Error).constructor.name).toBe('CborFault');
        }
      }),
      { numRuns: 500 },
    );
  });
});
