import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from './compare.js';
import { dumpFloat, dumpJson, Float, parseJson } from './json.js';
import { Normalizer } from './normalize.js';
import { dig, move, sortAt } from './paths.js';

describe('the JSON of scenarios', () => {
  it('keeps whole numbers, floats and big numbers apart', () => {
    const text = '[1, 1.0, 1e+21, 9007199254740993, -9223372036854775808, 0.1, 1e-07, 123456789.12345679]';
    expect(dumpJson(parseJson(text))).toBe(text);
  });

  it('writes floats by their shortest digits', () => {
    expect([2.5, 1e15, 1e16, 1e-4, 1e-5, 0, -3.25e-7, 1.7976931348623157e308].map(dumpFloat)).toEqual([
      '2.5',
      '1000000000000000.0',
      '1e+16',
      '0.0001',
      '1e-05',
      '0.0',
      '-3.25e-07',
      '1.7976931348623157e+308',
    ]);
  });

  it('writes ASCII alone', () => {
    expect(dumpJson({ ä: '😀' })).toBe('{"\\u00e4": "\\ud83d\\ude00"}');
  });

  it('reads what was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const json = parseJson(JSON.stringify(value));
        expect(JSON.parse(dumpJson(json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each(['', '{', '[1.5,]', '{"a":1.5,}', '1.5 2', '{"a" 1.5}', '"1.5', 'nul 1.5'])('refuses %s', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});

describe('paths', () => {
  const value = parseJson('{"a":{"b.c":[{"k":"x","v":1},{"k":true,"v":2}]},"l":[3,1,2]}');

  it.each([
    ['a.b\\.c[0].v', 1],
    ['a.b\\.c[k=True].v', 2],
    ['a.b\\.c[k=none].v', null],
    ['l[-1]', 2],
    ['l[9]', null],
    ['l.x', null],
    ['a.x.y', null],
  ])('%s', (path, wanted) => {
    expect(dig(value, path)).toEqual(wanted);
  });

  it('find items by what is within them', () => {
    const list = parseJson('{"items":[{"m":{"n":"a"}},{"m":{"n":"it\'s","t":null}}]}');
    expect(dig(list, "items[m={'n': \"it's\", 't': None}].m.t")).toBeNull();
    expect(dig(list, "items[m={'n': 'a'}].m.n")).toBe('a');
  });

  it('sort lists in place', () => {
    const list = parseJson('{"items":{"l":[{"b":1},{"a":2},{"a":1}]}}');
    sortAt(list, 'items.l');
    expect(dig(list, 'items.l')).toEqual([{ a: 1 }, { a: 2 }, { b: 1 }]);
  });

  it('move values', () => {
    const object = parseJson('{"spec":{"a":1,"c":2}}');
    move(object, 'spec.a', 'spec.in.b');
    move(object, 'spec.none', 'spec.d');
    expect(object).toEqual({ spec: { c: 2, in: { b: 1 } } });
  });
});

describe('the comparison', () => {
  it('tells every difference by its path', () => {
    const want = parseJson('{"a":1,"b":[1,2],"c":null,"d":true}');
    const got = parseJson('{"a":"1","b":[1],"e":5,"d":true}');
    expect(compare(want, got)).toEqual([
      '.a: "1", expected 1',
      '.b: 1 items, expected 2',
      '.c: missing, expected null',
      '.e: unexpected 5',
    ]);
  });

  it('takes numbers by their value', () => {
    expect(compare([1, new Float(2)], [new Float(1), 2])).toEqual([]);
    expect(compare(10n ** 18n, 10n ** 18n)).toEqual([]);
    expect(compare(10n ** 18n, 10n ** 18n + 1n)).toHaveLength(1);
    expect(compare(null, 0)).toHaveLength(1);
    expect(compare(10n ** 18n, null)).toHaveLength(1);
  });
});

describe('normalisation', () => {
  const variables = new Map([
    ['ns', 'g-one-abc'],
    ['generatedName', 'made-xyz'],
  ]);
  const normalize = (step: object, text: string) =>
    dumpJson(new Normalizer(step, variables, { port: 4321, ca: 'Q0E=' }).value(parseJson(text)));

  it('names what differs from run to run', () => {
    expect(
      normalize(
        {},
        `["g-one-abc/made-xyz", "2026-01-02T03:04:05Z 2026-01-02T03:04:05.123456Z 2026-01-02T03:04:05.123Z",
          "0a1b2c3d-0000-1111-2222-333344445555 10.0.0.17 eyJh.eyJi.c-d", "127.0.0.1:4321 Q0E=", "12s", "5m3s", "5 m"]`,
      ),
    ).toBe(
      '["<ns>/<generatedName>", "<time> <microtime> <time>", "<uid> <ip> <jwt>", "127.0.0.1:<hookPort> <hookCA>", ' +
        '"<age>", "<age>", "5 m"]',
    );
  });

  it('leaves out managed fields unless they are asked for, and the numbers of revisions', () => {
    const text = '{"managedFields":[1],"resourceVersion":"12","continue":"","remainingItemCount":0}';
    expect(normalize({}, text)).toBe(
      '{"resourceVersion": "<resourceVersion>", "continue": "", "remainingItemCount": "<remainingItemCount>"}',
    );
    expect(normalize({ managedFields: true }, text)).toContain('"managedFields": [1]');
  });

  it('cuts generated suffixes in names and messages alone', () => {
    const step = { body: { metadata: { generateName: 'a-' } } };
    expect(normalize(step, '{"name":"a-x1y2z","other":"a-x1y2z"}')).toBe('{"name": "a-<suffix>", "other": "a-x1y2z"}');
  });

  it('leaves the prose of columns out', () => {
    expect(normalize({}, '{"columnDefinitions":[{"name":"N","description":"D"},{"description":""}]}')).toBe(
      '{"columnDefinitions": [{"name": "N", "description": "<text>"}, {"description": ""}]}',
    );
  });
});
