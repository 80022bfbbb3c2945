import { describeFunctions } from '../../../../test/support/cel-functions.js';
import { ADDRESSES } from './addresses.js';
import { NAMED_FORMATS } from './named-formats.js';
import { QUANTITIES } from './quantities.js';
import { URLS } from './urls.js';
import { SEMVERS } from './versions.js';

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
      'cidr("10.0.0.0/8").containsIP("x")': 'no such overload',
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
