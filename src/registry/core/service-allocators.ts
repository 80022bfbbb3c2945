import {
  type Cidr,
  cidrContains,
  formatIp,
  type IpFamily,
  ipFamily,
  ipToNumber,
  parseCidr,
} from '../../apimachinery/validation/ip.js';

/** Tries at random before the range is walked through. */
const RANDOM_TRIES_MAX = 16;
/** The lower part of a range is left to those who ask for an address by name. */
const STATIC_SHARE = { divisor: 16n, min: 16n, max: 256n };

/** Gives out the cluster IPs of one range. Which are taken is asked of the caller: services are the truth. */
export class IpAllocator {
  readonly family: IpFamily;
  private readonly cidr: Cidr;

  /** @throws RangeError where the text is no range */
  constructor(range: string) {
    const cidr = parseCidr(range);
    if (cidr === undefined) throw new RangeError(`not a CIDR: ${range}`);
    this.cidr = cidr;
    this.family = cidr.family;
  }

  contains(address: string): boolean {
    if (ipFamily(address) === undefined || !cidrContains(this.cidr, address)) return false;
    const offset = ipToNumber(address) - this.cidr.base;
    return offset > 0n && offset < this.end;
  }

  /** An address nobody has, or undefined where the range is full. */
  next(isTaken: (address: string) => boolean, random: () => number): string | undefined {
    const first = 1n + this.staticPart;
    const count = this.end - first;
    for (let i = 0; i < RANDOM_TRIES_MAX && count > 0n; i++) {
      const address = this.at(first + BigInt(Math.floor(random() * Number(count < 2n ** 40n ? count : 2n ** 40n))));
      if (!isTaken(address)) return address;
    }
    for (let offset = first; offset < this.end; offset++) if (!isTaken(this.at(offset))) return this.at(offset);
    for (let offset = 1n; offset < first; offset++) if (!isTaken(this.at(offset))) return this.at(offset);
    return undefined;
  }

  /** The first address after the usable ones: IPv4 leaves out the broadcast address. */
  private get end(): bigint {
    const size = this.cidr.size < 2n ** 64n ? this.cidr.size : 2n ** 64n;
    return this.family === 'IPv4' ? size - 1n : size;
  }

  private get staticPart(): bigint {
    const share = this.cidr.size / STATIC_SHARE.divisor;
    if (share < STATIC_SHARE.min) return 0n;
    return share < STATIC_SHARE.max ? share : STATIC_SHARE.max;
  }

  private at(offset: bigint): string {
    return formatIp(this.family, this.cidr.base + offset);
  }
}

/** Gives out node ports. A port may be shared by two protocols of one service. */
export class PortAllocator {
  constructor(private readonly range: { readonly from: number; readonly to: number }) {}

  contains(port: number): boolean {
    return port >= this.range.from && port <= this.range.to;
  }

  toString(): string {
    return `${this.range.from}-${this.range.to}`;
  }

  next(isTaken: (port: number) => boolean, random: () => number): number | undefined {
    const count = this.range.to - this.range.from + 1;
    for (let i = 0; i < RANDOM_TRIES_MAX; i++) {
      const port = this.range.from + Math.floor(random() * count);
      if (!isTaken(port)) return port;
    }
    for (let port = this.range.from; port <= this.range.to; port++) if (!isTaken(port)) return port;
    return undefined;
  }
}
