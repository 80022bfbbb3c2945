import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusError } from '../errors/status-error.js';
import { labelSelectorFromObject, NOTHING, parseLabelSelector } from './label-selector.js';

describe('parseLabelSelector', () => {
  it.each([
    ['', {}, true],
    ['app=web', { app: 'web' }, true],
    ['app=web', { app: 'db' }, false],
    ['app==web', {}, false],
    ['app=', { app: '' }, true],
    ['app=', {}, false],
    ['app!=web', {}, true],
    ['app!=web', { app: 'web' }, false],
    ['env in (dev, prod)', { env: 'prod' }, true],
    ['env in (dev, prod)', {}, false],
    ['env notin (dev)', {}, true],
    ['env notin (dev)', { env: 'dev' }, false],
    ['a in ()', {}, false],
    ['a in ()', { a: '' }, true],
    ['a in (,b)', { a: '' }, true],
    ['app', { app: '' }, true],
    ['app', {}, false],
    ['!app', {}, true],
    ['!app', { app: 'x' }, false],
    ['n>5', { n: '6' }, true],
    ['n>5', { n: '5' }, false],
    ['n<5', { n: '4' }, true],
    ['n<5', { n: 'many' }, false],
    ['n>9007199254740993', { n: '9007199254740994' }, true],
    ['in in (in,notin)', { in: 'notin' }, true],
    [' app = web , env != dev ', { app: 'web', env: 'prod' }, true],
    ['toString', {}, false],
  ])('%s on %j is %s', (text, labels, expected) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(expected);
  });

  it.each([
    ['b=2,a=1', 'a=1,b=2'],
    ['a in (c,b,c)', 'a in (b,c)'],
    ['a==x, !b, c, d notin (y), e>1,f<2, g!=h', 'a==x,!b,c,d notin (y),e>1,f<2,g!=h'],
  ])('writes %s canonically', (text, canonical) => {
    expect(String(parseLabelSelector(text))).toBe(canonical);
  });

  it('lists what an index can narrow with, and nothing else', () => {
    expect(parseLabelSelector('a=1,b in (2),c in (3,4),d!=5,e').exact).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
  });

  it.each([
    ['b in (3,4),a!=1', { key: 'b', values: ['3', '4'] }],
    ['a in (3,4),b=1', { key: 'b', values: ['1'] }],
    ['a,b notin (3),c>1', undefined],
  ])('tells of %s which values one key may have', (text, oneOf) => {
    expect(parseLabelSelector(text).oneOf).toEqual(oneOf);
  });

  it.each([
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['=x', "found '=', expected: !, identifier, or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a,=', "found '=', expected: identifier after ','"],
    ['Bad Key!=x', "unable to parse requirement: found 'Key', expected: in, notin, =, ==, !=, gt, lt"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (b,', "unable to parse requirement: found '', expected: ',', or identifier"],
    ['a in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['a=(b)', "unable to parse requirement: found '(', expected: identifier"],
    [
      'a>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  it('names the bad key or value', () => {
    expect(() => parseLabelSelector('a/b/c=x')).toThrow(
      'unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key must',
    );
    expect(() => parseLabelSelector('a=-x')).toThrow(
      'unable to parse requirement: values[0][a]: Invalid value: "-x": a valid label must be',
    );
  });

  it('answers any text with a selector that reads back the same, or with a 400', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab1-in=!(),>< /.\t') });
    fc.assert(
      fc.property(
        text,
        fc.dictionary(fc.constantFrom('a', 'b', 'in'), fc.constantFrom('', 'a', '1', 'b')),
        (t, labels) => {
          let selector: ReturnType<typeof parseLabelSelector>;
          try {
            selector = parseLabelSelector(t);
          } catch (error) {
            expect(error).toBeInstanceOf(StatusError);
            return;
          }
          const again = parseLabelSelector(selector.toString());
          expect(again.toString()).toBe(selector.toString());
          expect(again.matches(labels)).toBe(selector.matches(labels));
          if (!selector.matches(labels)) return;
          for (const { key, value } of selector.exact) expect(labels[key]).toBe(value);
          if (selector.oneOf) expect(selector.oneOf.values).toContain(labels[selector.oneOf.key]);
        },
      ),
    );
  });
});

describe('labelSelectorFromObject', () => {
  it('matches nothing when absent and everything when empty', () => {
    expect(labelSelectorFromObject(undefined).selector).toBe(NOTHING);
    expect(labelSelectorFromObject({}).selector.isEverything).toBe(true);
  });

  it('joins matchLabels and matchExpressions', () => {
    const { selector, errors } = labelSelectorFromObject({
      matchLabels: { b: '1', a: '2' },
      matchExpressions: [
        { key: 'c', operator: 'In', values: ['y', 'x'] },
        { key: 'd', operator: 'DoesNotExist' },
        { key: 'e', operator: 'Exists' },
        { key: 'f', operator: 'NotIn', values: ['z'] },
      ],
    });
    expect(errors).toEqual([]);
    expect(selector.toString()).toBe('a=2,b=1,c in (x,y),!d,e,f notin (z)');
    expect(selector.matches({ a: '2', b: '1', c: 'x', e: '' })).toBe(true);
    expect(selector.matches({ a: '2', b: '1', c: 'x', e: '', d: '' })).toBe(false);
  });

  it('tells every fault and then matches nothing', () => {
    const { selector, errors } = labelSelectorFromObject({
      matchExpressions: [
        { key: 'a', operator: 'Near' },
        { key: 'b', operator: 'In', values: [] },
      ],
    });
    expect(errors).toEqual([
      '"Near" is not a valid label selector operator',
      "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ]);
    expect(selector.matches({})).toBe(false);
  });
});
