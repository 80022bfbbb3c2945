import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indentJson } from './indent-json.js';

describe('indentJson', () => {
  it('writes what JSON.stringify writes with two spaces', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, undefined, 2));
      }),
    );
  });

  it('keeps integers that a double cannot hold', () => {
    expect(indentJson('{"n":9007199254740993}')).toBe('{\n  "n": 9007199254740993\n}');
  });
});
