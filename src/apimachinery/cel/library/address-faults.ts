import { goQuote } from '../../validation/field-error.js';

/** What is wrong with an address, and from where on. */
interface Fault {
  readonly message: string;
  readonly at?: string;
}

const GROUPS_MAX = 8;
const DIGIT = /^[0-9]$/;
const HEX = /^[0-9a-fA-F]$/;

/**
 * What Go's parser of addresses says of a text that is none.
 * @see https://pkg.go.dev/net/netip#ParseAddr
 */
export function addressFault(text: string): string {
  const { message, at = '' } = faultOf(text) ?? { message: 'unable to parse IP' };
  return `ParseAddr(${goQuote(text)}): ${message}${at === '' ? '' : ` (at ${goQuote(at)})`}`;
}

/**
 * What Go's parser of ranges says of a text that is none.
 * @see https://pkg.go.dev/net/netip#ParsePrefix
 */
export function rangeFault(text: string): string {
  const slash = text.lastIndexOf('/');
  const bits = text.slice(slash + 1);
  const fault = (): string => {
    if (slash < 0) return "no '/'";
    const address = text.slice(0, slash);
    if (faultOf(address) !== undefined) return addressFault(address);
    if (address.includes('%')) return 'IPv6 zones cannot be present in a prefix';
    if (!/^(0|[1-9][0-9]*)$/.test(bits)) return `bad bits after slash: ${goQuote(bits)}`;
    return 'prefix length out of range';
  };
  return `netip.ParsePrefix(${goQuote(text)}): ${fault()}`;
}

/** The first of the marks that tell the families apart decides. */
function faultOf(text: string): Fault | undefined {
  switch (/[.:%]/.exec(text)?.[0]) {
    case '.':
      return version4Fault(text);
    case ':':
      return version6Fault(text);
    case '%':
      return { message: 'missing IPv6 address' };
    default:
      return { message: 'unable to parse IP' };
  }
}

function version4Fault(text: string): Fault | undefined {
  let dots = 0;
  let digits = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (DIGIT.test(character)) {
      if (digits === '0') return { message: 'IPv4 field has octet with leading zero' };
      digits += character;
      if (Number(digits) > 255) return { message: 'IPv4 field has value >255' };
    } else if (character === '.') {
      const empty = i === 0 || i === text.length - 1 || text[i - 1] === '.';
      if (empty) return { message: 'IPv4 field must have at least one digit', at: text.slice(i) };
      if (dots === 3) return { message: 'IPv4 address too long' };
      dots += 1;
      digits = '';
    } else return { message: 'unexpected character', at: text.slice(i) };
  }
  return dots < 3 ? { message: 'IPv4 address too short' } : undefined;
}

function version6Fault(text: string): Fault | undefined {
  const percent = text.indexOf('%');
  if (percent === text.length - 1) return { message: 'zone must be a non-empty string' };
  let rest = percent < 0 ? text : text.slice(0, percent);
  let ellipsis = rest.startsWith('::');
  if (ellipsis) rest = rest.slice(2);
  if (ellipsis && rest === '') return undefined;
  let groups = 0;
  while (groups < GROUPS_MAX) {
    const read = groupAt(rest, groups, ellipsis);
    if (read.fault !== undefined) return read.fault;
    groups += read.groups;
    rest = read.rest;
    if (rest === '') break;
    if (rest[0] !== ':') return { message: 'unexpected character, want colon', at: rest };
    if (rest.length === 1) return { message: 'colon must be followed by more characters', at: rest };
    rest = rest.slice(1);
    if (rest[0] !== ':') continue;
    if (ellipsis) return { message: 'multiple :: in address', at: rest };
    ellipsis = true;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') return { message: 'trailing garbage after address', at: rest };
  if (groups < GROUPS_MAX) return ellipsis ? undefined : { message: 'address string too short' };
  return ellipsis ? { message: 'the :: must expand to at least one field of zeros' } : undefined;
}

interface Group {
  readonly groups: number;
  readonly rest: string;
  readonly fault?: Fault;
}

function groupAt(rest: string, before: number, ellipsis: boolean): Group {
  const failed = (fault: Fault): Group => ({ groups: 0, rest, fault });
  let length = 0;
  while (length < rest.length && HEX.test(rest[length]!)) {
    if (length > 3) return failed({ message: 'each group must have 4 or less digits', at: rest });
    length += 1;
  }
  if (length === 0) return failed({ message: 'each colon-separated field must have at least one digit', at: rest });
  if (rest[length] !== '.') return { groups: 1, rest: rest.slice(length) };
  const where = { at: rest };
  if (!ellipsis && before !== 6) {
    return failed({ message: 'embedded IPv4 address must replace the final 2 fields of the address', ...where });
  }
  if (before > 6) {
    return failed({ message: 'too many hex fields to fit an embedded IPv4 at the end of the address', ...where });
  }
  const fault = version4Fault(rest);
  return fault === undefined ? { groups: 2, rest: '' } : failed(fault);
}
