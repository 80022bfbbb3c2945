import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../meta/json.js';
import { goJsonSyntaxError } from './go-json-syntax.js';
import { encodeJson } from './json.js';
import { decodeJsonText, JSON_DEPTH_MAX, NumberFault, SyntaxFault } from './strict-json.js';

function decode(text: string): { value: JsonValue; strict: string[] } {
  const strict: string[] = [];
  return { value: decodeJsonText(Buffer.from(text), strict), strict };
}

describe('strict JSON', () => {
  it('reads any JSON as JSON.parse does and finds nothing to say of it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const { value, strict } = decode(text);
        expect(encodeJson(value)).toBe(JSON.stringify(JSON.parse(text)));
        expect(strict).toEqual([]);
      }),
    );
  });

  it('names fields given twice by their path, once, and takes the last', () => {
    const { value, strict } = decode('{"a":{"x:y":1,"x:y":2},"l":[{"b":1},{"b":1,"b":2,"b":3}],"a":{"z":"\\"{:"}}');
    expect(strict).toEqual(['duplicate field "a.x:y"', 'duplicate field "l[1].b"', 'duplicate field "a"']);
    expect(value).toEqual({ a: { z: '"{:' }, l: [{ b: 1 }, { b: 3 }] });
  });

  it('keeps 64-bit integers exact and makes doubles of longer ones', () => {
    const { value } = decode('[9007199254740993,-9223372036854775808,9223372036854775808,1.5]');
    expect(value).toEqual([9007199254740993n, -9223372036854775808n, 2 ** 63, 1.5]);
  });

  it('refuses numbers beyond a double, naming the literal', () => {
    expect(() => decode('{"a":[1e3,1e400]}')).toThrow(NumberFault);
    expect(() => decode('{"a":[1e3,1e400]}')).toThrow('cannot unmarshal number 1e400 into Go value of type float64');
  });

  it('refuses nesting beyond its limit whatever its depth, and takes what is within', () => {
    for (const open of ['[', '{"a":', '[{"a":']) {
      expect(() => decode(open.repeat(100_000))).toThrow('exceeded max depth');
    }
    const deep = `${'['.repeat(JSON_DEPTH_MAX)}${']'.repeat(JSON_DEPTH_MAX)}`;
    expect(() => decode(deep)).not.toThrow();
  });

  it.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['{"i": 01}', "invalid character '1' after object key:value pair"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['nope', "invalid character 'o' in literal null (expecting 'u')"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ])('says of %j: %s', (text, message) => {
    expect(() => decode(text)).toThrow(new SyntaxFault(message));
  });

  it('has something to say of exactly the texts that JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '.',
      'e',
      'true',
      'nul',
      ' ',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(goJsonSyntaxError(Buffer.from(text)) === undefined, text).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });
});
