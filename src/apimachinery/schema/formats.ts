import { BASE64 } from '../runtime/base64.js';
import { parseDuration } from '../runtime/duration.js';
import { parseRequestUri, UrlFault } from '../runtime/go-url.js';
import { ipFamily, parseCidr } from '../validation/ip.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../validation/names.js';
import { isMailAddress } from './mail-address.js';

type Check = (text: string) => boolean;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const uuidOf = (version: number, variant: string): Check => {
  const pattern = new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`,
    'i',
  );
  return (text) => pattern.test(text);
};
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[-+][0-9]{2}:[0-9]{2})$/;
const TIME_TEXT_MIN = 4;
/** One label; or several, the last of letters alone. Symbols and letters of any script count. */
const HOSTNAME =
  /^(?:[a-zA-Z0-9\p{S}\p{L}]-?[a-zA-Z0-9\p{S}\p{L}]{0,62}|(?:[a-zA-Z0-9\p{S}\p{L}](?:[-a-zA-Z0-9\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u;
const HOSTNAME_BYTES_MAX = 255;
const HOSTNAME_LABEL_BYTES_MAX = 63;
/** In front of an octet or a prefix length: Go once took leading zeros, and the API server still does. */
const LEADING_ZEROS = /(^|[./])0+(?=[0-9])/g;
const MAC =
  /^(?:[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?:(?:\1[0-9a-f]{2}){2}|(?:\1[0-9a-f]{2}){14})?|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?:\.[0-9a-f]{4}|(?:\.[0-9a-f]{4}){7})?|[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{40})$/i;
const DURATION_PART = /([0-9]+)[\t\n\f\r ]*([A-Za-zµ]+)/g;
/** Names of units that count whole, and beginnings of names that count. */
const DURATION_UNITS: ReadonlySet<string> = new Set(['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk']);
const DURATION_UNIT_BEGINNINGS = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week'];
const INT64_MAX = 2n ** 63n - 1n;
const HEX_COLOUR = /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/;
const RGB_PART = '(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])';
const RGB_COLOUR = new RegExp(`^rgb\\(\\s*${RGB_PART}\\s*,\\s*${RGB_PART}\\s*,\\s*${RGB_PART}\\s*\\)$`);
/** The separators may not be left out. */
const SSN = /^[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}$/;
const CREDIT_CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9]{2})[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11})$/;
const BSON_OBJECT_ID = /^[0-9a-fA-F]{24}$/;

/** Formats that the API server knows; names are compared without dashes. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['datetime', isDateTime],
  ['date', (text) => isDate(DATE.exec(text))],
  ['duration', isDuration],
  ['uuid', (text) => UUID.test(text)],
  ['uuid3', uuidOf(3, '[0-9a-f]')],
  ['uuid4', uuidOf(4, '[89ab]')],
  ['uuid5', uuidOf(5, '[89ab]')],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['cidr', (text) => parseCidr(withoutLeadingZeros(text)) !== undefined],
  ['mac', (text) => MAC.test(text)],
  ['uri', isUri],
  ['email', isMailAddress],
  ['hostname', isHostname],
  ['byte', (text) => text !== '' && BASE64.test(text)],
  ['password', () => true],
  ['hexcolor', (text) => HEX_COLOUR.test(text)],
  ['rgbcolor', (text) => RGB_COLOUR.test(text)],
  ['ssn', (text) => SSN.test(text)],
  ['creditcard', (text) => CREDIT_CARD.test(text.replace(/[^0-9]/g, '')) && luhn(text.replace(/[^0-9]/g, ''))],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)],
  ['isbn10', isIsbn10],
  ['isbn13', isIsbn13],
  ['bsonobjectid', (text) => BSON_OBJECT_ID.test(text)],
  ['k8sshortname', (text) => checkDns1123Label(text).length === 0],
  ['k8slongname', (text) => checkDns1123Subdomain(text).length === 0],
]);

/** Formats of numbers, which have ranges instead of checks, by type. */
const NUMBER_FORMATS: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

/** The check of a known format of strings; undefined for unknown ones, which mean nothing. */
export function formatCheck(format: string): Check | undefined {
  return CHECKS.get(format.replaceAll('-', ''));
}

/** Whether a format means something for values of a type; int-or-string counts as none. */
export function isKnownFormat(format: string, type: string | undefined): boolean {
  if (type === undefined || type === '' || type === 'string') return formatCheck(format) !== undefined;
  return NUMBER_FORMATS[type]?.includes(format) === true;
}

function isDate(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return month >= 1 && month <= 12 && day >= 1 && date.getUTCDate() === day;
}

/** What stands behind a second T is not looked at. */
function isDateTime(text: string): boolean {
  if (Buffer.byteLength(text) < TIME_TEXT_MIN) return false;
  const [date = '', time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(DATE.exec(date))) return false;
  const match = TIME.exec(time);
  return match !== null && match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59';
}

/** Go's text of a duration, or numbers with units as words somewhere in the text: `3 weeks 2 days`. */
function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    const parts = [...text.matchAll(DURATION_PART)];
    return (
      parts.every(([, digits]) => BigInt(digits!) <= INT64_MAX) && parts.some(([, , unit]) => isDurationUnit(unit!))
    );
  }
}

function isDurationUnit(text: string): boolean {
  const unit = text.toLowerCase();
  return DURATION_UNITS.has(unit) || DURATION_UNIT_BEGINNINGS.some((beginning) => unit.startsWith(beginning));
}

const withoutLeadingZeros = (text: string): string => (text.includes(':') ? text : text.replace(LEADING_ZEROS, '$1'));

/** An IPv6 address that ends in an IPv4 one counts too. */
function isIpv4(text: string): boolean {
  return text.includes('.') && ipFamily(withoutLeadingZeros(text)) !== undefined;
}

function isIpv6(text: string): boolean {
  return text.includes(':') && ipFamily(text) !== undefined;
}

function isHostname(text: string): boolean {
  if (Buffer.byteLength(text) > HOSTNAME_BYTES_MAX || !HOSTNAME.test(text)) return false;
  return text.split('.').every((label) => Buffer.byteLength(label) <= HOSTNAME_LABEL_BYTES_MAX);
}

function isUri(text: string): boolean {
  try {
    parseRequestUri(text);
    return true;
  } catch (error) {
    if (error instanceof UrlFault) return false;
    throw error;
  }
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const plain = text.replace(/[\s-]/g, '');
  if (!/^[0-9]{9}[0-9X]$/.test(plain)) return false;
  const sum = [...plain].reduce((total, c, i) => total + (10 - i) * (c === 'X' ? 10 : Number(c)), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const plain = text.replace(/[\s-]/g, '');
  if (!/^[0-9]{13}$/.test(plain)) return false;
  return [...plain].reduce((total, c, i) => total + Number(c) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}
