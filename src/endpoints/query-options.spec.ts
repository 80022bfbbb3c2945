import { describe, expect, it } from 'vitest';
import { parseBool, parseInteger, parseListQuery } from './query-options.js';

describe('flags in a query', () => {
  it.each([
    ['', true],
    ['F', true],
    ['no', true],
    ['0', false],
    ['False', false],
    [null, undefined],
  ])('%j is %j', (text, value) => {
    expect(parseBool(text)).toBe(value);
  });
});

describe('numbers in a query', () => {
  it.each([
    ['', 'invalid syntax'],
    ['1.5', 'invalid syntax'],
    ['99999999999999999999', 'value out of range'],
  ])('%j is none', (text, fault) => {
    expect(() => parseInteger(text)).toThrow(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${fault}`);
  });
});

describe('parseListQuery', () => {
  it.each([
    ['', true, 'NotOlderThan'],
    ['resourceVersion=0', true, 'NotOlderThan'],
    ['resourceVersion=1', undefined, ''],
    ['sendInitialEvents=0', false, ''],
    ['resourceVersionMatch=Exact', undefined, 'Exact'],
  ])('takes the watch ?%s for a streamed list where it has no version', (query, sendInitialEvents, match) => {
    const watch = parseListQuery(new URLSearchParams(query), true);
    expect([watch.sendInitialEvents, watch.resourceVersionMatch]).toEqual([sendInitialEvents, match]);
    expect(parseListQuery(new URLSearchParams(), false).sendInitialEvents).toBeUndefined();
  });
});
