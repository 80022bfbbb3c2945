import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeFieldValue, parseFieldSelector } from './field-selector.js';

describe('parseFieldSelector', () => {
  it.each([
    ['', {}, true],
    ['metadata.name=x', { 'metadata.name': 'x' }, true],
    ['metadata.name==x', { 'metadata.name': 'y' }, false],
    ['spec.nodeName=', {}, true],
    ['spec.nodeName=,status.phase=Pending', { 'spec.nodeName': '', 'status.phase': 'Pending' }, true],
    ['metadata.name!=x', { 'metadata.name': 'x' }, false],
    ['metadata.name=a,metadata.name=b', { 'metadata.name': 'a' }, false],
    ['a=x\\,y', { a: 'x,y' }, true],
    ['a=x\\=y\\\\', { a: 'x=y\\' }, true],
    [',a=b,', { a: 'b' }, true],
  ])('%s on %j is %s', (text, fields, expected) => {
    expect(parseFieldSelector(text).matches(fields)).toBe(expected);
  });

  it('tells its keys, its exact terms and its canonical text', () => {
    const selector = parseFieldSelector('b!=2,a==1\\,5,b!=3');
    expect(selector.keys).toEqual(['a', 'b']);
    expect(selector.exact).toEqual([{ key: 'a', value: '1,5' }]);
    expect(selector.oneOf).toEqual({ key: 'a', values: ['1,5'] });
    expect(parseFieldSelector('b!=2').oneOf).toBeUndefined();
    expect(selector.toString()).toBe('a=1\\,5,b!=2,b!=3');
  });

  it('renames keys for another version of a kind', () => {
    const renamed = parseFieldSelector('old=1').transform((key, value) => ({ key: key.replace('old', 'new'), value }));
    expect(renamed.toString()).toBe('new=1');
    expect(renamed.matches({ new: '1' })).toBe(true);
  });

  it.each([
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    [
      'a=1,metadata.name in (a)',
      "invalid selector: 'a=1,metadata.name in (a)'; can't understand 'metadata.name in (a)'",
    ],
    ['a=b\\c', 'invalid field selector: invalid escape sequence: \\c'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ])('refuses %s', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  it('reads any escaped value back', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(parseFieldSelector(`a=${escapeFieldValue(value)}`).exact).toEqual([{ key: 'a', value }]);
      }),
    );
  });
});
