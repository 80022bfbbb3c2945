import { isIP, isIPv4 } from 'node:net';

/**
 * The first usable address of a range: 10.0.0.0/24 gives 10.0.0.1, fd00::/108 gives fd00::1. It is the kubernetes Service's.
 * @throws Error for what is no CIDR
 */
export function firstAddress(cidr: string): string {
  const [address = '', bits = ''] = cidr.split('/');
  const kind = isIP(address);
  const width = kind === 4 ? 32 : 128;
  const prefix = Number(bits);
  if (kind === 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > width) {
    throw new Error(`${JSON.stringify(cidr)} is not a range of addresses such as 10.0.0.0/24`);
  }
  const host = BigInt(width - prefix);
  const network = (parse(address) >> host) << host;
  return format(network + 1n, kind === 4);
}

function parse(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const left = groups(head);
  const right = groups(tail ?? '');
  const middle = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...middle, ...right].reduce((value, part) => (value << 16n) | BigInt(`0x${part}`), 0n);
}

function format(value: bigint, v4: boolean): string {
  const step = v4 ? 8n : 16n;
  const parts: string[] = [];
  for (let i = v4 ? 3n : 7n; i >= 0n; i--)
    parts.push(((value >> (i * step)) & ((1n << step) - 1n)).toString(v4 ? 10 : 16));
  if (v4) return parts.join('.');
  return new URL(`http://[${parts.join(':')}]`).hostname.slice(1, -1);
}
