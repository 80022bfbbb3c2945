import { describe, expect, it } from 'vitest';
import { describeFunctions, outcomeOf } from '../../../../test/support/cel-functions.js';
import { JSON_PATCH_LIBRARY } from './json-patch.js';
import { LISTS } from './lists.js';
import { OPTIONALS } from './optionals.js';
import { REGEX } from './regex.js';
import { SETS } from './sets.js';
import { STRINGS } from './strings.js';

describeFunctions('strings', STRINGS, {
  charAt: {
    holds: ['"tacocat".charAt(3) == "o"', '"abc".charAt(3) == ""', '"ÿé€😀".charAt(3) == "😀"'],
    fails: { '"abc".charAt(4)': 'index out of range: 4', '"abc".charAt(-1)': 'index out of range: -1' },
  },
  indexOf: {
    holds: ['"".indexOf("") == 0', '"😀a".indexOf("a") == 1', '"aa".indexOf("b") == -1', '"aa".indexOf("", 2) == 2'],
    fails: { '"abc".indexOf("b", 9)': 'index out of range: 9', '"abc".indexOf("b", -1)': 'index out of range: -1' },
  },
  lastIndexOf: {
    holds: [
      '"".lastIndexOf("") == 0',
      '"tacocat".lastIndexOf("") == 7',
      '"tacocat".lastIndexOf("a", 4) == 1',
      '"a".lastIndexOf("ab") == -1',
    ],
    fails: { '"abc".lastIndexOf("b", 7)': 'index out of range: 7' },
  },
  lowerAscii: { holds: ['"TacoCÆt Xii".lowerAscii() == "tacocÆt xii"', '"".lowerAscii() == ""'] },
  upperAscii: { holds: ['"tacocæt".upperAscii() == "TACOCæT"', '"".upperAscii() == ""'] },
  trim: { holds: ['" \\u2003x\\u3000\\r\\n".trim() == "x"', '"".trim() == ""', '"\\u180e".trim() == "\\u180e"'] },
  replace: {
    holds: [
      '"abab".replace("a", "") == "bb"',
      '"aaa".replace("a", "b", 0) == "aaa"',
      '"aaa".replace("a", "b", -1) == "bbb"',
      '"😀".replace("", "-") == "-😀-"',
    ],
  },
  split: {
    holds: [
      '"".split(",") == [""]',
      '"a,b".split(",", -1) == ["a", "b"]',
      '"a,b".split(",", 0) == []',
      '"a,b".split(",", 1) == ["a,b"]',
      '"😀b".split("") == ["😀", "b"]',
    ],
  },
  substring: {
    holds: ['"abc".substring(3) == ""', '"ta©o".substring(2, 3) == "©"', '"abc".substring(1, 1) == ""'],
    fails: {
      '"abc".substring(4)': 'index out of range: 4',
      '"abc".substring(0, 4)': 'index out of range: 4',
      '"abc".substring(2, 1)': 'invalid substring range. start: 2, end: 1',
    },
  },
  join: { holds: ['[].join("-") == ""', '["x"].join("-") == "x"', '["a", "", "b"].join() == "ab"'] },
  format: {
    holds: [
      '"%s".format(["%"]) == "%" && "%%".format([]) == "%"',
      '"%d".format([-5]) == "-5" && "%x".format([-255]) == "-ff" && "%b".format([true]) == "1"',
      '"%.3f".format([2.0]) == "2.000" && "%f".format([1.0]) == "1.000000"',
      '"%s".format([timestamp("2020-01-01T00:00:00Z")]) == "2020-01-01T00:00:00Z"',
    ],
    fails: {
      '"%s".format(dyn([]))': 'index 0 out of range',
      '"%a".format(dyn([1]))': 'could not parse formatting clause: unrecognized formatting clause "a"',
    },
  },
  'strings.quote': {
    holds: ['strings.quote("") == "\\"\\""', 'strings.quote("\\u0007\\t\\\\") == "\\"\\\\a\\\\t\\\\\\\\\\""'],
  },
});

describeFunctions('lists', LISTS, {
  slice: {
    holds: ['[1, 2].slice(0, 0) == []', '[1, 2].slice(2, 2) == []', '[1, 2, 3].slice(0, 3) == [1, 2, 3]'],
    fails: {
      '[1].slice(0, 2)': 'cannot slice(0, 2), list is length 1',
      '[1].slice(-1, 1)': 'cannot slice(-1, 1), negative indexes not supported',
      '[1, 2].slice(2, 1)': 'cannot slice(2, 1), start index must be less than or equal to end index',
    },
  },
  flatten: {
    holds: [
      '[].flatten() == []',
      '[[], [dyn(1)], [dyn([2])]].flatten() == [dyn(1), dyn([2])]',
      '[[1], [2]].flatten(0) == [[1], [2]]',
    ],
    fails: { '[[1]].flatten(-1)': 'level must be non-negative' },
  },
  'lists.range': { holds: ['lists.range(0) == []', 'lists.range(1) == [0]'] },
  reverse: { holds: ['[].reverse() == []', '[[1], [2]].reverse() == [[2], [1]]'] },
  distinct: {
    holds: [
      '[].distinct() == []',
      '[[1], [1], [2]].distinct() == [[1], [2]]',
      '[dyn(1), dyn(1u), dyn(2.0)].distinct().size() == 2',
    ],
  },
  sort: {
    holds: [
      '[].sort() == []',
      '["b", "A", "a"].sort() == ["A", "a", "b"]',
      '[true, false].sort() == [false, true]',
      '[2.5, -1.0].sort() == [-1.0, 2.5]',
    ],
  },
  isSorted: {
    holds: [
      '[].isSorted() && [1].isSorted()',
      '[1, 1].isSorted()',
      '!["b", "a"].isSorted()',
      '[duration("1s"), duration("2s")].isSorted()',
    ],
  },
  min: {
    holds: ['[1.5, -1.0].min() == -1.0', '["b", "a"].min() == "a"', '[false, true].min() == false'],
    fails: { '[1].filter(n, n > 1).min()': 'min called on empty list' },
  },
  max: {
    holds: ['[1u, 3u].max() == 3u', '[b"a", b"b"].max() == b"b"'],
    fails: { '[1].filter(n, n > 1).max()': 'max called on empty list' },
  },
  sum: {
    holds: [
      '[1].filter(n, n > 1).sum() == 0',
      '[1u, 2u].sum() == 3u',
      '[duration("1h"), duration("-30m")].sum() == duration("30m")',
    ],
    fails: { '[9223372036854775807, 1].sum()': 'integer overflow' },
  },
  indexOf: { holds: ['[].indexOf(1) == -1', '[[1], [2]].indexOf([2]) == 1'] },
  lastIndexOf: { holds: ['[].lastIndexOf(1) == -1', '["a", "b", "a"].lastIndexOf("a") == 2'] },
  first: { holds: ['[].first() == optional.none()', '[3].first().value() == 3'] },
  last: { holds: ['[].last() == optional.none()', '[3, 4].last().value() == 4'] },
});

describeFunctions('sets', SETS, {
  'sets.contains': {
    holds: [
      'sets.contains([], [])',
      'sets.contains([1], [])',
      '!sets.contains([], [1])',
      'sets.contains([dyn(1.0), dyn(2u)], [dyn(2)])',
      'sets.contains([[1], [2]], [[2]])',
    ],
  },
  'sets.intersects': {
    holds: ['!sets.intersects([], [])', '!sets.intersects([1], [])', 'sets.intersects([[1]], [[1], [2]])'],
  },
  'sets.equivalent': {
    holds: ['sets.equivalent([], [])', '!sets.equivalent([1], [])', 'sets.equivalent([1, 2, 1], [2, 2, 1])'],
  },
});

describeFunctions('regular expressions', REGEX, {
  find: {
    holds: [
      '"".find("a") == ""',
      '"abc".find("") == ""',
      '"foobar".find("o(b)a") == "oba"',
      '"a\\nb".find("(?s)a.b") == "a\\nb"',
    ],
  },
  findAll: {
    holds: [
      '"".findAll("a") == []',
      '"aaa".findAll("a", 0) == []',
      '"aaa".findAll("a", 2) == ["a", "a"]',
      '"aaa".findAll("a", -1) == ["a", "a", "a"]',
      '"éàé".findAll("é") == ["é", "é"]',
    ],
  },
});

describeFunctions('optionals', OPTIONALS, {
  'optional.of': {
    holds: ['optional.of(null).hasValue()', 'optional.of(1) == optional.of(1) && optional.of(1) != optional.of(2)'],
  },
  'optional.ofNonZeroValue': {
    holds: [
      '!optional.ofNonZeroValue("").hasValue() && !optional.ofNonZeroValue(0).hasValue() && !optional.ofNonZeroValue([]).hasValue()',
      'optional.ofNonZeroValue(1).hasValue()',
      '!optional.ofNonZeroValue({}).hasValue() && !optional.ofNonZeroValue(duration("0s")).hasValue()',
    ],
  },
  'optional.none': { holds: ['optional.none() == optional.none()', '!optional.none().hasValue()'] },
  'optional.unwrap': {
    holds: [
      'optional.unwrap([optional.of(1), optional.none(), optional.of(3)]) == [1, 3]',
      'optional.unwrap([optional.none()]) == []',
    ],
  },
  unwrapOpt: { holds: ['[optional.of(1), optional.none()].unwrapOpt() == [1]'] },
  value: {
    holds: ['optional.of("a").value() == "a"'],
    fails: { 'optional.none().value() == 1': 'optional.none() dereference' },
  },
  hasValue: { holds: ['optional.of(optional.none()).hasValue()', '!{}[?"a"].hasValue()'] },
  or: {
    holds: [
      'optional.none().or(optional.of(1)).value() == 1',
      'optional.of(1).or(optional.none()).value() == 1',
      '!optional.none().or(optional.none()).hasValue()',
    ],
  },
  orValue: { holds: ['optional.none().orValue(2) == 2', '{"a": 1}[?"a"].orValue(2) == 1', '[1][?5].orValue(7) == 7'] },
  first: { holds: ['[1, 2].first() == optional.of(1)', '![].first().hasValue()'] },
  last: { holds: ['[1, 2].last() == optional.of(2)', '![].last().hasValue()'] },
});

describe('optional syntax', () => {
  it.each([
    '{?"a": optional.none(), "b": 1} == {"b": 1}',
    '[?optional.of(1), ?optional.none(), 3] == [1, 3]',
    '{"a": {"b": 1}}.?a.?b.orValue(0) == 1 && {"a": {"b": 1}}.?x.?b.orValue(0) == 0',
    'optional.of(1).optMap(x, x + 1).value() == 2 && !optional.none().optMap(x, x).hasValue()',
    'optional.of([1]).optFlatMap(l, l[?0]).value() == 1 && !optional.of([]).optFlatMap(l, l[?0]).hasValue()',
    '!has({"a": optional.none()}.?b.a) || true',
  ])('%s', (source) => {
    expect(outcomeOf(source)).toMatchObject({ value: true });
  });
});

describe('comprehensions with two variables', () => {
  it.each([
    '[1, 2].all(i, v, v == i + 1) && [].all(i, v, false) && {"a": 1}.all(k, v, k == "a" && v == 1)',
    '[1, 2].exists(i, v, i == 1 && v == 2) && ![].exists(i, v, true) && {"a": 1}.exists(k, v, v == 1)',
    '[1, 1].existsOne(i, v, i == 0) && ![1, 1].existsOne(i, v, v == 1) && !{}.existsOne(k, v, true)',
    '[1, 1].exists_one(i, v, i == 1)',
    '[5, 6].transformList(i, v, v * 10 + i) == [50, 61] && [].transformList(i, v, v) == []',
    '[5, 6].transformList(i, v, i > 0, v) == [6]',
    '{"a": 1, "b": 2}.transformList(k, v, v > 1, k) == ["b"]',
    '{"a": 1}.transformMap(k, v, v + 1) == {"a": 2} && ["x"].transformMap(i, v, v) == {0: "x"}',
    '{"a": 1, "b": 2}.transformMap(k, v, v > 1, v) == {"b": 2}',
    '{"a": "x"}.transformMapEntry(k, v, {v: k}) == {"x": "a"} && {}.transformMapEntry(k, v, {k: v}) == {}',
    '{"a": 1, "b": 2}.transformMapEntry(k, v, v == 2, {k: v}) == {"b": 2}',
    '[[1], [2]].all(i, v, v.all(j, w, w == i + 1))',
  ])('%s', (source) => {
    expect(outcomeOf(source)).toMatchObject({ value: true });
  });

  it.each([
    ['{"a": 1, "b": 1}.transformMapEntry(k, v, {v: k})', 'insert failed: key 1 already exists'],
    ['[1].all(i, v, v / 0 == 1)', 'division by zero'],
  ])('%s fails', (source, failure) => {
    expect(outcomeOf(source)).toMatchObject({ failure });
  });
});

describe('sorting by a key', () => {
  it.each([
    '[{"n": 2}, {"n": 1}].sortBy(e, e.n) == [{"n": 1}, {"n": 2}]',
    '["aaa", "b"].sortBy(s, s.size()) == ["b", "aaa"] && [].sortBy(s, 1) == []',
  ])('%s', (source) => {
    expect(outcomeOf(source)).toMatchObject({ value: true });
  });
});

describeFunctions('JSON patches', JSON_PATCH_LIBRARY, {
  'jsonpatch.escapeKey': {
    holds: [
      'jsonpatch.escapeKey("k8s.io/my~label") == "k8s.io~1my~0label"',
      'jsonpatch.escapeKey("") == ""',
      'jsonpatch.escapeKey("~1") == "~01"',
    ],
  },
});
