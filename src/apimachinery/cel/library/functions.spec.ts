import { describe, expect, it } from 'vitest';
import { compileCel } from '../compile.js';
import { Environment, type Library } from '../environment.js';
import { Program } from '../evaluate.js';
import { ADDRESSES } from './addresses.js';
import { JSON_PATCH_LIBRARY } from './json-patch.js';
import { KUBERNETES_LIBRARIES, KUBERNETES_SYNTAX } from './kubernetes.js';
import { LISTS } from './lists.js';
import { NAMED_FORMATS } from './named-formats.js';
import { OPTIONALS } from './optionals.js';
import { QUANTITIES } from './quantities.js';
import { REGEX } from './regex.js';
import { SETS } from './sets.js';
import { STRINGS } from './strings.js';
import { URLS } from './urls.js';
import { SEMVERS } from './versions.js';

const environment = Environment.of([...KUBERNETES_LIBRARIES, JSON_PATCH_LIBRARY], KUBERNETES_SYNTAX);
const COST_MAX = 1_000_000;

/** What holds, and what fails with which text, by the function that a row is about. */
interface Table {
  readonly [name: string]: { readonly holds: readonly string[]; readonly fails?: Readonly<Record<string, string>> };
}

function outcomeOf(source: string) {
  return new Program(compileCel(source, environment)).evaluate({}, COST_MAX);
}

function describeFunctions(title: string, library: Library, table: Table): void {
  describe(title, () => {
    for (const [name, { holds, fails = {} }] of Object.entries(table)) {
      it.each(holds)(`${name}: %s`, (source) => {
        const outcome = outcomeOf(source);
        expect('failure' in outcome ? outcome.failure : outcome.value).toBe(true);
      });
      it.each(Object.entries(fails))(`${name}: %s fails`, (source, failure) => {
        expect(outcomeOf(source)).toMatchObject({ failure });
      });
    }

    it('has a row for every function', () => {
      const hidden = /^[@_]/;
      const names = library.functions.map(({ name }) => name).filter((name) => !hidden.test(name));
      expect(names.filter((name) => !(name in table))).toEqual([]);
    });
  });
}

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

describeFunctions('URLs', URLS, {
  url: {
    holds: ['url("/a") == url("/a") && url("/a") != url("/b")', 'url("https://a").getScheme() == "https"'],
    fails: { 'url("a b")': 'URL parse error during conversion from string: parse "a b": invalid URI for request' },
  },
  isURL: {
    holds: [
      'isURL("https://example.com:80/path?q=1#f")',
      '!isURL("")',
      '!isURL("example.com")',
      '!isURL("https://a b")',
      'isURL("mailto:a@b")',
    ],
  },
  getScheme: { holds: ['url("/a").getScheme() == ""', 'url("HTTP://a").getScheme() == "http"'] },
  getHost: {
    holds: [
      'url("https://[::1]:80/").getHost() == "[::1]:80"',
      'url("/a").getHost() == ""',
      'url("https://u:p@h/").getHost() == "h"',
    ],
  },
  getHostname: { holds: ['url("https://[::1]:80/").getHostname() == "::1"', 'url("/a").getHostname() == ""'] },
  getPort: {
    holds: [
      'url("https://a:80/").getPort() == "80"',
      'url("https://a/").getPort() == ""',
      'url("https://a:/").getPort() == ""',
    ],
  },
  getEscapedPath: {
    holds: [
      'url("https://a/with space/").getEscapedPath() == "/with%20space/"',
      'url("https://a").getEscapedPath() == ""',
      'url("/a%2Fb").getEscapedPath() == "/a%2Fb"',
    ],
  },
  getQuery: {
    holds: [
      'url("/a").getQuery() == {}',
      'url("/?k=a&k=b&e&s=x%20y+z").getQuery() == {"k": ["a", "b"], "e": [""], "s": ["x y z"]}',
      '!("k" in url("/?k=%zz").getQuery())',
    ],
  },
});

describeFunctions('addresses', ADDRESSES, {
  ip: {
    holds: [
      'ip("1.2.3.4") == ip("1.2.3.4")',
      'ip("::1") != ip("::2")',
      'cidr("10.0.0.5/8").ip() == ip("10.0.0.5")',
      'ip("2001:db8::abcd") == ip("2001:DB8::ABCD")',
    ],
    fails: {
      'ip("")': 'IP Address "" parse error during conversion from string: ParseAddr(""): unable to parse IP',
      'ip("256.1.1.1")':
        'IP Address "256.1.1.1" parse error during conversion from string: ParseAddr("256.1.1.1"): IPv4 field has value >255',
    },
  },
  isIP: {
    holds: [
      'isIP("0.0.0.0") && isIP("::")',
      '!isIP("") && !isIP("1.2.3") && !isIP("1.2.3.4/8") && !isIP(" 1.2.3.4")',
      '!isIP("::ffff:1.2.3.4") && !isIP("fe80::1%eth0") && !isIP("01.2.3.4")',
    ],
  },
  'ip.isCanonical': {
    holds: ['ip.isCanonical("127.0.0.1")', '!ip.isCanonical("2001:db8:0:0::1")', 'ip.isCanonical("2001:db8::abcd")'],
    fails: {
      'ip.isCanonical("127.0.0.1.0")':
        'IP Address "127.0.0.1.0" parse error during conversion from string: ParseAddr("127.0.0.1.0"): IPv4 address too long',
    },
  },
  family: { holds: ['ip("127.0.0.1").family() == 4', 'ip("::1").family() == 6'] },
  isUnspecified: {
    holds: ['ip("0.0.0.0").isUnspecified() && ip("::").isUnspecified()', '!ip("127.0.0.1").isUnspecified()'],
  },
  isLoopback: { holds: ['ip("127.9.9.9").isLoopback() && ip("::1").isLoopback()', '!ip("128.0.0.1").isLoopback()'] },
  isLinkLocalMulticast: {
    holds: [
      'ip("224.0.0.1").isLinkLocalMulticast() && ip("ff02::1").isLinkLocalMulticast()',
      '!ip("224.0.1.1").isLinkLocalMulticast() && !ip("fd00::1").isLinkLocalMulticast()',
    ],
  },
  isLinkLocalUnicast: {
    holds: [
      'ip("169.254.1.1").isLinkLocalUnicast() && ip("fe80::1").isLinkLocalUnicast()',
      '!ip("169.255.0.1").isLinkLocalUnicast() && !ip("fd80::1").isLinkLocalUnicast()',
    ],
  },
  isGlobalUnicast: {
    holds: [
      'ip("10.0.0.1").isGlobalUnicast() && ip("2001:db8::1").isGlobalUnicast()',
      '!ip("255.255.255.255").isGlobalUnicast() && !ip("ff00::1").isGlobalUnicast()',
    ],
  },
  cidr: {
    holds: [
      'cidr("10.0.0.0/8") == cidr("10.0.0.0/8")',
      'cidr("10.0.0.0/8") != cidr("10.0.0.0/9")',
      'string(cidr("::1/128")) == "::1/128"',
    ],
    fails: {
      'cidr("10.0.0.0")':
        'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0"): no \'/\'',
    },
  },
  isCIDR: {
    holds: [
      'isCIDR("0.0.0.0/0") && isCIDR("::/128")',
      '!isCIDR("") && !isCIDR("10.0.0.0/33") && !isCIDR("10.0.0.0/-1") && !isCIDR("10.0.0.0/08")',
      '!isCIDR("::ffff:1.2.3.4/112") && !isCIDR("fe80::1%eth0/64")',
    ],
  },
  containsIP: {
    holds: [
      'cidr("0.0.0.0/0").containsIP("1.2.3.4")',
      '!cidr("0.0.0.0/0").containsIP("::1")',
      'cidr("192.168.0.0/24").containsIP(ip("192.168.0.255")) && !cidr("192.168.0.0/24").containsIP(ip("192.168.1.0"))',
    ],
    fails: {
      'cidr("10.0.0.0/8").containsIP("x")':
        'IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP',
    },
  },
  containsCIDR: {
    holds: [
      'cidr("10.0.0.0/8").containsCIDR("10.0.0.0/8")',
      '!cidr("10.0.0.0/8").containsCIDR("10.0.0.0/7")',
      '!cidr("::/0").containsCIDR(cidr("10.0.0.0/8"))',
    ],
  },
  prefixLength: { holds: ['cidr("10.0.0.0/8").prefixLength() == 8', 'cidr("::/0").prefixLength() == 0'] },
  masked: {
    holds: [
      'cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")',
      'cidr("2001:db8::1/32").masked() == cidr("2001:db8::/32")',
    ],
  },
  string: { holds: ['string(ip("::FFFF")) == "::ffff"', 'string(cidr("10.1.0.0/16")) == "10.1.0.0/16"'] },
});

describeFunctions('quantities', QUANTITIES, {
  quantity: {
    holds: [
      'quantity("0") == quantity("-0")',
      'quantity("1e3") == quantity("1k")',
      'quantity("1Gi") == quantity("1073741824")',
    ],
    fails: {
      'quantity("10Mo")': "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
  },
  isQuantity: {
    holds: [
      'isQuantity("1.3G") && isQuantity("-5m") && isQuantity(".5")',
      '!isQuantity("") && !isQuantity("1,5") && !isQuantity("10Mo") && !isQuantity("1e")',
    ],
  },
  sign: { holds: ['sign(quantity("0")) == 0', 'sign(quantity("-1m")) == -1', 'sign(quantity("1n")) == 1'] },
  isGreaterThan: {
    holds: ['quantity("1Ki").isGreaterThan(quantity("1k"))', '!quantity("1").isGreaterThan(quantity("1000m"))'],
  },
  isLessThan: { holds: ['quantity("-1").isLessThan(quantity("0"))', '!quantity("1k").isLessThan(quantity("1000"))'] },
  compareTo: {
    holds: [
      'quantity("200M").compareTo(quantity("0.2G")) == 0',
      'quantity("1").compareTo(quantity("2")) == -1',
      'quantity("2").compareTo(quantity("1")) == 1',
    ],
  },
  asApproximateFloat: {
    holds: [
      'quantity("10.001").asApproximateFloat() == 10.001',
      'quantity("0").asApproximateFloat() == 0.0',
      'quantity("1Ki").asApproximateFloat() == 1024.0',
    ],
  },
  asInteger: {
    holds: ['quantity("922337203685477580").asInteger() == 922337203685477580', 'quantity("-1").asInteger() == -1'],
    fails: {
      'quantity("9223372036854775807").asInteger()': 'cannot convert value to integer',
      'quantity("0.5").asInteger()': 'cannot convert value to integer',
    },
  },
  isInteger: {
    holds: [
      'quantity("50000000G").isInteger()',
      '!quantity("9999999999999999999999G").isInteger()',
      '!quantity("1m").isInteger()',
    ],
  },
  add: {
    holds: [
      'quantity("50k").add("20".size()) == quantity("50002")',
      'quantity("1Gi").add(quantity("-1Gi")) == quantity("0")',
      'quantity("1").add(-2) == quantity("-1")',
    ],
  },
  sub: {
    holds: ['quantity("50k").sub(quantity("20")) == quantity("49980")', 'quantity("0").sub(1) == quantity("-1")'],
  },
});

describeFunctions('versions', SEMVERS, {
  semver: {
    holds: [
      'semver("1.0.0+a") == semver("1.0.0")',
      'semver("v1", true) == semver("1.0.0")',
      'semver("01.01", true) == semver("1.1.0")',
    ],
    fails: {
      'semver("1.0")': 'No Major.Minor.Patch elements found',
      'semver("01.0.0")': 'Major number must not contain leading zeroes "01"',
    },
  },
  isSemver: {
    holds: [
      'isSemver("0.0.0-0.a-b.1")',
      '!isSemver("") && !isSemver("v1.0.0") && !isSemver("1.0.0-01")',
      'isSemver("v1.0", true) && !isSemver("vv1", true) && !isSemver("v1.0", false)',
    ],
  },
  isGreaterThan: {
    holds: ['semver("2.0.0").isGreaterThan(semver("1.99.99"))', '!semver("1.0.0-rc").isGreaterThan(semver("1.0.0"))'],
  },
  isLessThan: {
    holds: ['semver("1.0.0-1").isLessThan(semver("1.0.0-a"))', 'semver("1.0.0-a").isLessThan(semver("1.0.0-a.1"))'],
  },
  compareTo: {
    holds: [
      'semver("1.2.3").compareTo(semver("1.2.3+x")) == 0',
      'semver("1.2.3").compareTo(semver("1.2.4")) == -1',
      'semver("1.10.0").compareTo(semver("1.9.0")) == 1',
    ],
  },
  major: { holds: ['semver("10.2.3").major() == 10'] },
  minor: { holds: ['semver("1.20.3").minor() == 20'] },
  patch: { holds: ['semver("1.2.30-a+b").patch() == 30'] },
});

const valid = (name: string, good: readonly string[], bad: readonly string[]) => ({
  holds: [
    ...good.map((text) => `!format.${name}().validate(${JSON.stringify(text)}).hasValue()`),
    ...bad.map((text) => `format.${name}().validate(${JSON.stringify(text)}).value().size() > 0`),
  ],
});

describeFunctions('named formats', NAMED_FORMATS, {
  'format.named': {
    holds: [
      'format.named("dns1123Label").hasValue()',
      '!format.named("").hasValue()',
      'format.named("uri").value() == format.uri()',
    ],
  },
  validate: {
    holds: [
      'format.dns1123Label().validate("a") == optional.none()',
      'format.dns1123Label().validate("-").value().size() == 1',
    ],
  },
  'format.dns1123Label': valid('dns1123Label', ['a', 'a-1', '0'], ['', 'A', 'a.b', 'a-', 'a'.repeat(64)]),
  'format.dns1123Subdomain': valid('dns1123Subdomain', ['a.b', 'a'], ['', '.a', 'a..b', 'A.b']),
  'format.dns1035Label': valid('dns1035Label', ['a1'], ['', '1a', 'a.b']),
  'format.qualifiedName': valid('qualifiedName', ['a', 'a.b/c', 'A_b'], ['', '/a', 'a/b/c', 'A_/b']),
  'format.dns1123LabelPrefix': valid('dns1123LabelPrefix', ['a-', 'a', 'A-'], ['-a', 'AB-']),
  'format.dns1123SubdomainPrefix': valid('dns1123SubdomainPrefix', ['a.b-'], ['.a-']),
  'format.dns1035LabelPrefix': valid('dns1035LabelPrefix', ['a-', '1-'], ['1b-']),
  'format.labelValue': valid('labelValue', ['', 'a_b.C'], ['-a', 'a b', 'a'.repeat(64)]),
  'format.uri': valid('uri', ['https://a', '/a'], ['', 'a', ':']),
  'format.uuid': valid(
    'uuid',
    ['123e4567-e89b-12d3-a456-426614174000', '123E4567-E89B-12D3-A456-426614174000'],
    ['', '123'],
  ),
  'format.byte': valid('byte', ['', 'YQ=='], ['YQ', '%']),
  'format.date': valid('date', ['2024-02-29'], ['', '2023-02-29', '2024-1-1']),
  'format.datetime': valid(
    'datetime',
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.5+01:00'],
    ['', '2024-01-01', '2024-01-01T25:00:00Z'],
  ),
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
