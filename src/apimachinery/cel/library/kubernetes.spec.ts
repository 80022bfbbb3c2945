import { describe, expect, it } from 'vitest';
import { compileCel } from '../compile.js';
import { Program } from '../evaluate.js';
import { kubernetesEnvironment } from './kubernetes.js';

function run(source: string) {
  return new Program(compileCel(source, kubernetesEnvironment())).evaluate({}, 1_000_000);
}

const holds = (source: string) => {
  const outcome = run(source);
  expect('failure' in outcome ? outcome.failure : outcome.value).toBe(true);
};

describe('strings', () => {
  it.each([
    '"tacocat".indexOf("ac") == 1 && "tacocat".indexOf("") == 0 && "tacocat".indexOf("a", 3) == 5',
    '"tacocat".lastIndexOf("at") == 5 && "tacocat".lastIndexOf("a", 4) == 1',
    '"12 days 12 hours".replace("12", "1", 1) == "1 days 12 hours" && "ab".replace("", "_") == "_a_b_"',
    '"a,b,c".split(",", 2) == ["a", "b,c"] && "ab".split("") == ["a", "b"] && "a".split(",", 0) == []',
    '"tacocat".substring(4) == "cat" && "tacocat".substring(0, 4) == "taco"',
    '" \\t trim \\u00a0\\n".trim() == "trim"',
    '"ÄbC".lowerAscii() == "Äbc" && "äbC".upperAscii() == "äBC"',
    '["a", "b"].join("-") == "a-b" && [].join() == ""',
    'strings.quote("a\\"\\n") == "\\"a\\\\\\"\\\\n\\""',
    '"%s %d %x %X %o %b %.1f %%".format(["a", 10, 255, "é", 8, 5, 1234.56]) == "a 10 ff C3A9 10 101 1,234.6 %"',
    '"%e".format([1052.032911275]) == "1.052033×10⁰³"',
    '"%s".format([["a", 1.5, null, duration("2h")]]) == "[\\"a\\", 1.500000, null, duration(\\"7200s\\")]"',
    '"%s".format([{"b": b"x", "a": [true]}]) == "{\\"a\\":[true], \\"b\\":b\\"x\\"}"',
    'string(1e6) == "1e+06" && string(123456.0) == "123456" && string(0.0001) == "0.0001"',
  ])('%s', holds);

  it.each([
    ['"abc".charAt(4)', 'index out of range: 4'],
    ['"abc".substring(2, 1)', 'invalid substring range. start: 2, end: 1'],
    ['"abc".lastIndexOf("b", 7)', 'index out of range: 7'],
    [
      '"%d".format(dyn([1.5]))',
      'error during formatting: decimal clause can only be used on integers, was given double',
    ],
  ])('%s fails', (source, failure) => {
    expect(run(source)).toMatchObject({ failure });
  });
});

describe('lists, sets and patterns', () => {
  it.each([
    '[1, 2, 2].isSorted() && !["b", "a"].isSorted() && [].isSorted()',
    '[1, 2].sum() == 3 && [1.5, 2.0].sum() == 3.5 && [duration("1s")].sum() == duration("1s")',
    '[3, 1].min() == 1 && ["a", "b"].max() == "b"',
    '[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(5) == -1',
    '[[[1]], [[2, 3]]].flatten(2) == [1, 2, 3] && [[[1]]].flatten() == [[1]] && lists.range(3) == [0, 1, 2]',
    '["b", "a", "b"].distinct() == ["b", "a"] && [2, 1].sort() == [1, 2] && [1, 2].reverse() == [2, 1]',
    '[1, 2, 3].slice(1, 2) == [2] && [1, 2].first().value() == 1 && ![].last().hasValue()',
    'sets.contains([1, 2], [2]) && !sets.intersects([1], [2]) && sets.equivalent([1, 1], [1])',
    '"abc 123".find("[0-9]+") == "123" && "abc".find("x") == ""',
    '"123 abc 456".findAll("[0-9]*") == ["123", "", "", "", "", "456"]',
    '"123 abc 456".findAll("[0-9]+", 1) == ["123"] && "x".matches("^(?i)X$")',
  ])('%s', holds);

  it('refuses an empty list', () => {
    expect(run('[1].filter(n, n > 1).min()')).toMatchObject({ failure: 'min called on empty list' });
  });
});

describe('networks', () => {
  it.each([
    'url("https://a.b:80/x%20y?q=1&q=2").getQuery() == {"q": ["1", "2"]}',
    'url("https://a.b:80/x").getHost() == "a.b:80" && url("https://a.b:80/x").getHostname() == "a.b"',
    'url("https://[::1]:80/").getPort() == "80" && url("/p?q").getEscapedPath() == "/p"',
    'isURL("https://x") && isURL("/path") && !isURL("path") && !isURL("../x") && !isURL("https://a:b:c/")',
    'isIP("::1") && !isIP("010.1.1.1") && !isIP("::ffff:1.2.3.4") && !isIP("fe80::1%eth0")',
    'ip("127.0.0.1").isLoopback() && ip("fe80::1").isLinkLocalUnicast() && ip("ff02::1").isLinkLocalMulticast()',
    'ip("0.0.0.0").isUnspecified() && ip("8.8.8.8").isGlobalUnicast() && !ip("224.0.0.1").isGlobalUnicast()',
    'ip("224.0.0.7").isLinkLocalMulticast() && !ip("ff05::1").isLinkLocalMulticast()',
    'ip.isCanonical("2001:db8::1") && !ip.isCanonical("2001:DB8::1") && string(ip("2001:DB8:0::1")) == "2001:db8::1"',
    'cidr("10.0.0.0/8").containsIP("10.1.2.3") && !cidr("10.0.0.0/8").containsIP(ip("11.0.0.1"))',
    'cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && !cidr("10.1.0.0/16").containsCIDR(cidr("10.0.0.0/8"))',
    'cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8") && cidr("10.1.2.3/8").ip() == ip("10.1.2.3")',
    'isCIDR("::/0") && !isCIDR("10.0.0.0/33") && !isCIDR("10.0.0.0") && cidr("::/0").prefixLength() == 0',
    'type(ip("1.1.1.1")) == net.IP && ip("1.1.1.1").family() == 4',
  ])('%s', holds);
});

describe('quantities, versions and formats', () => {
  it.each([
    'quantity("1.5Gi") == quantity("1536Mi") && quantity("1k") != quantity("1Ki")',
    'quantity("50k").asInteger() == 50000 && !quantity("1.5Gi").isInteger() && !quantity("1000m").isInteger()',
    'quantity("50k").add(quantity("20")).sub(10).asInteger() == 50010 && sign(quantity("-1")) == -1',
    'quantity("200m").compareTo(quantity("0.2")) == 0 && quantity("1").isLessThan(quantity("2"))',
    'quantity("50.3").asApproximateFloat() == 50.3 && isQuantity("1e3") && !isQuantity("1 Gi")',
    'semver("1.2.3").major() == 1 && semver("1.2.3-rc.1").isLessThan(semver("1.2.3")) && isSemver("v1.0", true)',
    'semver("1.0.0-alpha.2").compareTo(semver("1.0.0-alpha.10")) == -1 && semver("1.0.0+a") == semver("1.0.0+b")',
    '!isSemver("1.2") && !isSemver("01.2.3") && isSemver("01.2.3", true) && semver("v1.2", true) == semver("1.2.0")',
    '!format.dns1123Label().validate("a-b").hasValue() && format.dns1123Label().validate("A").hasValue()',
    'format.named("uuid").value().validate("x").value() == ["does not match the UUID format"]',
    'format.date().validate("2024-02-30").value() == ["invalid date"] && !format.named("x").hasValue()',
    'format.byte().validate("%").value() == ["invalid base64"] && !format.dns1123LabelPrefix().validate("a-").hasValue()',
  ])('%s', holds);
});
