import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { badRequest } from '../../../apimachinery/errors/status-error.js';
import { ipFamily, isIpAddress } from '../../../apimachinery/validation/ip.js';

/** What a proxy path names: `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`. */
export interface TargetName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** '' where none is given. */
  readonly port: string;
}

/** @param what `pod`, `service`, `node`: for the message. @throws StatusError BadRequest */
export function targetNameOf(id: string, what: string): TargetName {
  const parts = id.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '' || !['', 'http', 'https'].includes(scheme)) {
    throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`);
  }
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}

/** This machine itself, its own link (where clouds keep their secrets), groups, and no address at all. */
const NOT_PROXYABLE = new BlockList();
for (const [base, bits] of [
  ['0.0.0.0', 32],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const) {
  NOT_PROXYABLE.addSubnet(base, bits, 'ipv4');
}
for (const [base, bits] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  NOT_PROXYABLE.addSubnet(base, bits, 'ipv6');
}

/** Whether a proxy may go to an address. @see https://pkg.go.dev/net#IP.IsGlobalUnicast */
export function isProxyable(ip: string): boolean {
  const family = ipFamily(ip);
  if (family === undefined) return false;
  return !NOT_PROXYABLE.check(ip, family === 'IPv4' ? 'ipv4' : 'ipv6');
}

/** @throws StatusError BadRequest for addresses and names that lead where a proxy may not go */
export async function requireProxyable(host: string): Promise<void> {
  const addresses = isIpAddress(host) ? [host] : await resolve(host);
  if (!addresses.every(isProxyable)) throw badRequest('address not allowed');
}

async function resolve(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw badRequest(`lookup ${host}: no such host`);
  }
}

/** @param port '' for the scheme's own */
export function urlOf(scheme: string, host: string, port: string | number, path: string): URL {
  const at = isIPv6(host) ? `[${host}]` : host;
  try {
    return new URL(`${scheme}://${at}${port === '' ? '' : `:${port}`}${path}`);
  } catch {
    throw badRequest(`invalid port ${JSON.stringify(String(port))}`);
  }
}
