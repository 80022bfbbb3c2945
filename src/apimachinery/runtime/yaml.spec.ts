import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../meta/json.js';
import { encodeJson } from './json.js';
import { formatYaml, parseYamlDocument, strictWarnings } from './yaml.js';

/** Fields in order of their names; doubles and the long integers they are equal to become the same text. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === 'bigint') return Number(value);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name]!)]),
  );
}

function parse(text: string, strict: string[] = []): JsonValue {
  return parseYamlDocument(Buffer.from(text), strict);
}

describe('reading YAML', () => {
  it('follows YAML 1.1 as Go does', () => {
    expect(parse('x: [1, 0x10, 010, 1_000, 1e3, .5, ~, on, No, 2001-01-01, 12:30, "yes"]')).toEqual({
      x: [1, 16, 8, 1000, 1000, 0.5, null, true, false, '2001-01-01', '12:30', 'yes'],
    });
    expect(parse('1: a\ntrue: b')).toEqual({ 1: 'a', true: 'b' });
    expect(parse('a: 1\n---\nb: 2\n')).toEqual({ a: 1 });
    expect(parse('')).toBeNull();
  });

  it('resolves aliases and merge keys without sharing objects', () => {
    const value = parse('a: &x {k: 1}\nb: *x\nc: {<<: *x, k: 2}') as { [field: string]: JsonValue };
    expect(value).toEqual({ a: { k: 1 }, b: { k: 1 }, c: { k: 2 } });
    expect(value.a).not.toBe(value.b);
  });

  it('tells keys given twice with their lines, in one text', () => {
    const strict: string[] = [];
    expect(parse('a: 1\nb:\n  c: 1\n  c: 2\na: 3\n', strict)).toEqual({ a: 3, b: { c: 2 } });
    expect(strict).toEqual([
      'yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map',
    ]);
    expect(strictWarnings(strict[0]!)).toEqual([
      'line 4: key "c" already set in map',
      'line 5: key "a" already set in map',
    ]);
    expect(strictWarnings('unknown field "a"')).toEqual(['unknown field "a"']);
  });

  it.each([
    ['metadata:\n  name: one\n data: {', 'yaml: line 2: did not find expected key'],
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['a: *no', "yaml: unknown anchor 'no' referenced"],
    ['a: &a [*a]', "yaml: anchor 'a' value contains itself"],
    ['a: [1', "yaml: line 1: did not find expected ',' or ']'"],
    ['a: b\n  c: d', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a\nb: 1', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: 1\nb', "yaml: line 3: could not find expected ':'"],
    ['- a\nb: 1', "yaml: line 1: did not find expected '-' indicator"],
    ['a: "b" c', 'yaml: did not find expected key'],
  ])('says of %j: %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('stops at alias bombs and at endless nesting', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 10; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      );
    expect(() => parse(lines.join('\n'))).toThrow('excessive aliasing');
    expect(() => parse('['.repeat(100_000))).toThrow('exceeded max depth');
    expect(() => parse('{"a":'.repeat(100_000))).toThrow('exceeded max depth');
    expect(() => parse('- '.repeat(20_000))).toThrow();
  });
});

describe('writing YAML', () => {
  it('sorts keys naturally, does not indent lists and quotes what would be read as something else', () => {
    const text = formatYaml({
      spec: { list: ['b', '', '1', 'y', 'true', '- x', 'a: b', "it's", ' lead', 'null', '2024-01-01T00:00:00Z'] },
      item10: {},
      item9: [],
      nested: [[1, 2], { b: 1, a: null }],
    });
    expect(text).toBe(
      [
        'item9: []',
        'item10: {}',
        'nested:',
        '- - 1',
        '  - 2',
        '- a: null',
        '  b: 1',
        'spec:',
        '  list:',
        '  - b',
        '  - ""',
        '  - "1"',
        '  - "y"',
        '  - "true"',
        "  - '- x'",
        "  - 'a: b'",
        "  - it's",
        "  - ' lead'",
        '  - "null"',
        '  - "2024-01-01T00:00:00Z"',
        '',
      ].join('\n'),
    );
  });

  it('folds long text at 80 columns and writes several lines as a block', () => {
    const long = 'word '.repeat(30).trim();
    expect(formatYaml({ text: long })).toBe(`text: ${'word '.repeat(16).trim()}\n  ${'word '.repeat(14).trim()}\n`);
    expect(formatYaml({ a: { text: 'one\ntwo\n' }, b: 'x\n\ny' })).toBe(
      'a:\n  text: |\n    one\n    two\nb: |-\n  x\n\n  y\n',
    );
  });

  it('writes numbers as Go does', () => {
    expect(formatYaml([1e21, 1e-7, 0.5, 1234567.5, 9007199254740993n])).toBe(
      '- 1e+21\n- 1e-07\n- 0.5\n- 1.2345675e+06\n- 9007199254740993\n',
    );
  });

  it('writes what it reads back as the same value', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-+. a-z0-9:#'"\n_~?]{0,100}$/));
    const tree = fc.letrec<{ value: JsonValue; object: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        tie('object'),
      ),
      object: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(tree.object, (object) => {
        const normal = JSON.parse(JSON.stringify(object)) as JsonValue;
        expect(encodeJson(sorted(parse(formatYaml(normal)))), formatYaml(normal)).toBe(encodeJson(sorted(normal)));
      }),
      { numRuns: 500 },
    );
  });
});
