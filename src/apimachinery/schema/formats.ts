import { BASE64 } from '../runtime/base64.js';
import { parseDuration } from '../runtime/duration.js';
import { parseCidr } from '../validation/ip.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../validation/names.js';

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
const DATE_TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|[-+][0-9]{2}:?[0-9]{2})$/;
const HOSTNAME =
  /^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?$/;
const HOSTNAME_LENGTH_MAX = 255;
const EMAIL = /^[^\s@<>(),;:\\"[\]]+@[^\s@<>(),;:\\"[\]]+$/;
const IPV4 = /^(?:0*(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}0*(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})$/;
const IPV6 = /^[0-9a-fA-F:.]+$/;
const MAC =
  /^(?:[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?:(?:\1[0-9a-f]{2}){2}|(?:\1[0-9a-f]{2}){14})?|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?:\.[0-9a-f]{4})?)$/i;
const DURATION_WORDS =
  /^\s*(?:[0-9]+\s*(?:ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?))\s*$/i;
const HEX_COLOUR = /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/;
const RGB_PART = '(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])';
const RGB_COLOUR = new RegExp(`^rgb\\(\\s*${RGB_PART}\\s*,\\s*${RGB_PART}\\s*,\\s*${RGB_PART}\\s*\\)$`);
const SSN = /^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}$/;
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
  ['ipv4', (text) => IPV4.test(text)],
  ['ipv6', isIpv6],
  ['cidr', (text) => parseCidr(text) !== undefined],
  ['mac', (text) => MAC.test(text)],
  ['uri', isUri],
  ['email', (text) => EMAIL.test(text)],
  ['hostname', (text) => text.length <= HOSTNAME_LENGTH_MAX && HOSTNAME.test(text)],
  ['byte', (text) => BASE64.test(text)],
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

/** Formats of numbers, which have ranges instead of checks. */
const NUMBER_FORMATS: ReadonlySet<string> = new Set(['int32', 'int64', 'float', 'double']);

/** The check of a known format of strings; undefined for unknown ones, which mean nothing. */
export function formatCheck(format: string): Check | undefined {
  return CHECKS.get(format.replaceAll('-', ''));
}

export function isKnownFormat(format: string): boolean {
  return NUMBER_FORMATS.has(format) || formatCheck(format) !== undefined;
}

function isDate(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return month >= 1 && month <= 12 && day >= 1 && date.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  const match = DATE_TIME.exec(text);
  return isDate(match) && Number(match![4]) <= 23 && Number(match![5]) <= 59 && Number(match![6]) <= 59;
}

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return DURATION_WORDS.test(text);
  }
}

function isIpv6(text: string): boolean {
  if (!text.includes(':') || !IPV6.test(text)) return false;
  return parseCidr(`${text}/128`) !== undefined;
}

/** An absolute URI or an absolute path. */
function isUri(text: string): boolean {
  if (/[\s\p{Cc}]/u.test(text) || text === '') return false;
  return text.startsWith('/') || /^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$/.test(text);
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
