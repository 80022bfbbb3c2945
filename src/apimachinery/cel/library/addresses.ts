import { goQuote } from '../../validation/field-error.js';
import { type Cidr, formatIp, type IpFamily, ipFamily, ipToNumber, parseCidr } from '../../validation/ip.js';
import { builtin, declare, type Implementation, type Library, member, overload } from '../environment.js';
import { BOOL, INT, opaque, STRING } from '../type.js';
import { Failure, noOverload, Opaque, type Value } from '../value.js';
import { addressFault, rangeFault } from './address-faults.js';

export const IP = opaque('net.IP');
export const CIDR = opaque('net.CIDR');

const MAPPED = 0xffffn;
const RANGE_LEAD = 'network address parse error during conversion from string: ';

class Ip extends Opaque {
  override readonly type = IP;
  override readonly size: number;

  constructor(
    readonly family: IpFamily,
    readonly address: bigint,
  ) {
    super();
    this.size = family === 'IPv4' ? 4 : 16;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Ip && this.family === other.family && this.address === other.address;
  }

  override toText(): string {
    return formatIp(this.family, this.address);
  }

  /** Whether it begins with the bits of `prefix`. */
  startsWith(v4: readonly [bigint, number], v6: readonly [bigint, number]): boolean {
    const [prefix, length] = this.family === 'IPv4' ? v4 : v6;
    return this.address >> BigInt((this.family === 'IPv4' ? 32 : 128) - length) === prefix;
  }

  get isUnspecified(): boolean {
    return this.address === 0n;
  }

  get isLoopback(): boolean {
    return this.startsWith([127n, 8], [1n, 128]);
  }

  get isMulticast(): boolean {
    return this.startsWith([0xen, 4], [0xffn, 8]);
  }

  get isLinkLocalMulticast(): boolean {
    return this.family === 'IPv4'
      ? this.address >> 8n === 0xe00000n
      : this.address >> 120n === 0xffn && (this.address >> 112n) % 16n === 2n;
  }

  get isLinkLocalUnicast(): boolean {
    return this.startsWith([0xa9fen, 16], [0x3fan, 10]);
  }

  get isGlobalUnicast(): boolean {
    const isBroadcast = this.family === 'IPv4' && this.address === 0xffffffffn;
    return !this.isUnspecified && !this.isLoopback && !this.isMulticast && !this.isLinkLocalUnicast && !isBroadcast;
  }
}

class Range extends Opaque {
  override readonly type = CIDR;
  override readonly size: number;

  constructor(readonly cidr: Cidr) {
    super();
    this.size = Math.ceil(cidr.prefixLength / 8);
  }

  override equals(other: Opaque): boolean {
    if (!(other instanceof Range)) return false;
    const { family, address, prefixLength } = other.cidr;
    return this.cidr.family === family && this.cidr.address === address && this.cidr.prefixLength === prefixLength;
  }

  override toText(): string {
    return `${formatIp(this.cidr.family, this.cidr.address)}/${this.cidr.prefixLength}`;
  }

  contains(ip: Ip): boolean {
    const { family, base, size } = this.cidr;
    return ip.family === family && ip.address >= base && ip.address < base + size;
  }

  includes({ cidr }: Range): boolean {
    return cidr.prefixLength >= this.cidr.prefixLength && this.contains(new Ip(cidr.family, cidr.base));
  }

  masked(): Range {
    return new Range({ ...this.cidr, address: this.cidr.base });
  }
}

/** IPv4 written as IPv6 is refused: there is one way to write an address. */
function tryIp(text: string): Ip | undefined {
  const family = ipFamily(text);
  if (family === undefined) return undefined;
  const address = ipToNumber(text);
  return family === 'IPv6' && address >> 32n === MAPPED ? undefined : new Ip(family, address);
}

/** @throws Failure */
function parseIp(text: string): Ip {
  const ip = tryIp(text);
  if (ip !== undefined) return ip;
  if (ipFamily(text) === 'IPv6') throw new Failure(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`);
  if (text.includes('%') && ipFamily(text.split('%')[0]!) === 'IPv6' && !text.endsWith('%')) {
    throw new Failure(`IP address ${goQuote(text)} with zone value is not allowed`);
  }
  throw new Failure(`IP Address ${goQuote(text)} parse error during conversion from string: ${addressFault(text)}`);
}

function tryRange(text: string): Range | undefined {
  const cidr = parseCidr(text);
  return cidr === undefined || tryIp(text.split('/')[0]!) === undefined ? undefined : new Range(cidr);
}

/** @throws Failure */
function parseRange(text: string): Range {
  const range = tryRange(text);
  if (range !== undefined) return range;
  const mapped = parseCidr(text) !== undefined;
  const address = `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`;
  // The reference says so twice where its parser fails.
  throw new Failure(`${RANGE_LEAD}${mapped ? address : `${RANGE_LEAD}${rangeFault(text)}`}`);
}

const ask =
  (question: (ip: Ip) => boolean): Implementation =>
  (ip) =>
    question(ip as Ip);
const ipOf = (value: Value | undefined): Ip => (typeof value === 'string' ? parseIp(value) : (value as Ip));
const rangeOf = (value: Value | undefined): Range => (typeof value === 'string' ? parseRange(value) : (value as Range));
/** A text that is no address is told as a call that fits nothing. */
const containsText: Implementation = (range, text) => {
  try {
    return (range as Range).contains(ipOf(text));
  } catch (error) {
    throw error instanceof Failure ? noOverload() : error;
  }
};
const contains: Implementation = (range, ip) => (range as Range).contains(ipOf(ip));
const includes: Implementation = (range, other) => (range as Range).includes(rangeOf(other));
const text: Implementation = (value) => (value as Opaque).toText()!;

/** @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library */
export const ADDRESSES: Library = {
  types: [IP, CIDR],
  functions: [
    declare(
      'ip',
      overload('string_to_ip', [STRING], IP, (value) => parseIp(value as string)),
    ),
    declare(
      'isIP',
      overload('is_ip', [STRING], BOOL, (value) => tryIp(value as string) !== undefined),
    ),
    declare(
      'ip.isCanonical',
      overload('ip_is_canonical', [STRING], BOOL, (value) => parseIp(value as string).toText() === value),
    ),
    declare(
      'family',
      member('ip_family', [IP], INT, (ip) => ((ip as Ip).family === 'IPv4' ? 4n : 6n)),
    ),
    declare(
      'isUnspecified',
      member(
        'ip_is_unspecified',
        [IP],
        BOOL,
        ask((ip) => ip.isUnspecified),
      ),
    ),
    declare(
      'isLoopback',
      member(
        'ip_is_loopback',
        [IP],
        BOOL,
        ask((ip) => ip.isLoopback),
      ),
    ),
    declare(
      'isLinkLocalMulticast',
      member(
        'ip_is_link_local_multicast',
        [IP],
        BOOL,
        ask((ip) => ip.isLinkLocalMulticast),
      ),
    ),
    declare(
      'isLinkLocalUnicast',
      member(
        'ip_is_link_local_unicast',
        [IP],
        BOOL,
        ask((ip) => ip.isLinkLocalUnicast),
      ),
    ),
    declare(
      'isGlobalUnicast',
      member(
        'ip_is_global_unicast',
        [IP],
        BOOL,
        ask((ip) => ip.isGlobalUnicast),
      ),
    ),
    declare(
      'cidr',
      overload('string_to_cidr', [STRING], CIDR, (value) => parseRange(value as string)),
    ),
    declare(
      'isCIDR',
      overload('is_cidr', [STRING], BOOL, (value) => tryRange(value as string) !== undefined),
    ),
    declare(
      'containsIP',
      member('cidr_contains_ip_string', [CIDR, STRING], BOOL, containsText),
      member('cidr_contains_ip_ip', [CIDR, IP], BOOL, contains),
    ),
    declare(
      'containsCIDR',
      member('cidr_contains_cidr_string', [CIDR, STRING], BOOL, includes),
      member('cidr_contains_cidr', [CIDR, CIDR], BOOL, includes),
    ),
    declare(
      'ip',
      member('cidr_ip', [CIDR], IP, (range) => new Ip((range as Range).cidr.family, (range as Range).cidr.address)),
    ),
    declare(
      'prefixLength',
      member('cidr_prefix_length', [CIDR], INT, (range) => BigInt((range as Range).cidr.prefixLength)),
    ),
    declare(
      'masked',
      member('cidr_masked', [CIDR], CIDR, (range) => (range as Range).masked()),
    ),
    builtin('string', overload('ip_to_string', [IP], STRING, text), overload('cidr_to_string', [CIDR], STRING, text)),
  ],
};
