import { type FieldError, type FieldPath, fieldInvalid } from './field-error.js';

/** Addresses and ranges of IPv4 and IPv6 as bytes. Texts with zones (`%eth0`) are refused. */

export const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
export const CIDR_TEXT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

export type IpFamily = 'IPv4' | 'IPv6';

/** Decimal, without leading zeros. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const IPV6_GROUPS = 8;
/** Eight groups, the last two perhaps as an IPv4 address. */
const IPV6_LENGTH_MAX = 45;

/** How many groups of 16 bits the text stands for; undefined where one is wrong. An IPv4 address may end it and counts twice. */
function countGroups(text: string, mayEndInIpv4: boolean): number | undefined {
  if (text === '') return 0;
  const groups = text.split(':');
  const last = groups.at(-1)!;
  const dotted = mayEndInIpv4 && last.includes('.');
  if (dotted) groups.pop();
  if (dotted && !IPV4.test(last)) return undefined;
  return groups.every((group) => IPV6_GROUP.test(group)) ? groups.length + (dotted ? 2 : 0) : undefined;
}

function isIpv6(text: string): boolean {
  if (text.length > IPV6_LENGTH_MAX) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const [head = '', tail] = halves;
  const before = countGroups(head, tail === undefined);
  const after = tail === undefined ? 0 : countGroups(tail, true);
  if (before === undefined || after === undefined) return false;
  return tail === undefined ? before === IPV6_GROUPS : before + after < IPV6_GROUPS;
}

/** @see https://www.rfc-editor.org/rfc/rfc4291#section-2.2 */
export function ipFamily(address: string): IpFamily | undefined {
  if (!address.includes(':')) return IPV4.test(address) ? 'IPv4' : undefined;
  return isIpv6(address) ? 'IPv6' : undefined;
}

export const isIpAddress = (address: string): boolean => ipFamily(address) !== undefined;

export interface Cidr {
  readonly family: IpFamily;
  /** The address as given, as a number. */
  readonly address: bigint;
  /** First address of the range. */
  readonly base: bigint;
  readonly prefixLength: number;
  /** Number of addresses. */
  readonly size: bigint;
}

/** Undefined where the text is no range. The address may have bits set behind the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/([0-9]{1,3})$/.exec(text);
  const family = match ? ipFamily(match[1]!) : undefined;
  if (!match || family === undefined) return undefined;
  const bits = family === 'IPv4' ? 32 : 128;
  const prefixLength = Number(match[2]);
  if (prefixLength > bits || (match[2]!.length > 1 && match[2]!.startsWith('0'))) return undefined;
  const address = ipToNumber(match[1]!);
  const size = 1n << BigInt(bits - prefixLength);
  return { family, address, base: (address / size) * size, prefixLength, size };
}

export function cidrContains(cidr: Cidr, address: string): boolean {
  if (ipFamily(address) !== cidr.family) return false;
  const number = ipToNumber(address);
  return number >= cidr.base && number < cidr.base + cidr.size;
}

/** An address that `ipFamily` knows, as a number of 32 or 128 bits. */
export function ipToNumber(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  let text = address;
  const dotted = /^(.*:)([0-9.]+)$/.exec(text);
  if (dotted?.[2]?.includes('.')) {
    const tail = ipToNumber(dotted[2]);
    text = `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  }
  const [head = '', tail] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
}

/** The canonical text of an address (RFC 5952 for IPv6). */
export function formatIp(family: IpFamily, address: bigint): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(16 * (7 - i))) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > best.length) best = { start: i, length: end - i };
    if (end > i) i = end - 1;
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (best.start < 0) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}

export const canonicalIp = (address: string): string => {
  const family = ipFamily(address);
  return family === undefined ? address : formatIp(family, ipToNumber(address));
};

export function validateIp(address: string, at: FieldPath, errors: FieldError[]): void {
  if (!isIpAddress(address)) errors.push(fieldInvalid(at, address, IP_TEXT));
}
