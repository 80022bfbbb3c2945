import { goQuote } from './field-error.js';
import { CIDR_TEXT, type Cidr, canonicalIp, formatIp, IP_TEXT, ipFamily, parseCidr } from './ip.js';

/**
 * Addresses and ranges as today's rules want them. Older rules let through leading zeros and IPv4 addresses in IPv6 clothes:
 * those are recognised here so that messages can say what is wrong.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/4858-ip-cidr-validation
 */

const LEADING_ZEROS = /(^|[.:])0+(?=[0-9])/g;

/** Without leading zeros in its decimal parts; undefined where the text is no address even by the old rules. */
export function looseIp(text: string): string | undefined {
  if (ipFamily(text) !== undefined) return text;
  if (!text.includes('.')) return undefined;
  const trimmed = text.replace(LEADING_ZEROS, '$1');
  return ipFamily(trimmed) === undefined ? undefined : trimmed;
}

/** Whether it is an IPv4 address in IPv6 clothes. */
const isMapped = (address: string): boolean => /^::ffff:/i.test(canonicalIp(address));

/** An IPv4 address behind `::ffff:` counts as the IPv4 address it is. */
export function plainIp(address: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonicalIp(address)) ?? [];
  if (high === undefined || low === undefined) return canonicalIp(address);
  const number = Number.parseInt(high, 16) * 65536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** One text a broken rule. */
export function checkStrictIp(text: string): string[] {
  const address = looseIp(text);
  if (address === undefined) return [IP_TEXT];
  if (address !== text) return ['must not have leading 0s'];
  return isMapped(address) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

/** A range by the old rules, for comparisons. */
export function looseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf('/');
  const address = looseIp(text.slice(0, Math.max(slash, 0)));
  return address === undefined
    ? undefined
    : parseCidr(`${address}/${text.slice(slash + 1).replace(/^0+(?=[0-9])/, '')}`);
}

export function checkStrictCidr(text: string): string[] {
  const cidr = looseCidr(text);
  if (cidr === undefined) return [CIDR_TEXT];
  if (parseCidr(text) === undefined) return ['must not have leading 0s in IP or prefix length'];
  if (isMapped(text.slice(0, text.indexOf('/')))) return ['must not have an IPv4-mapped IPv6 address'];
  return cidr.address === cidr.base ? [] : ['must not have bits set beyond the prefix length'];
}

/** For fields of today: the one way to write an address. */
export function checkCanonicalIp(text: string): string[] {
  const faults = checkStrictIp(text);
  return faults.length > 0 ? faults : canonicalFault(text, canonicalIp(text));
}

/** The same for ranges. */
export function checkCanonicalCidr(text: string): string[] {
  const faults = checkStrictCidr(text);
  const cidr = parseCidr(text);
  if (faults.length > 0 || cidr === undefined) return faults;
  return canonicalFault(text, `${formatIp(cidr.family, cidr.base)}/${cidr.prefixLength}`);
}

/** An address with the length of its network, as an interface has it: `10.9.8.7/24`. */
export function checkInterfaceAddress(text: string): string[] {
  const cidr = looseCidr(text);
  if (cidr === undefined) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  return canonicalFault(text, `${formatIp(cidr.family, cidr.address)}/${cidr.prefixLength}`);
}

const canonicalFault = (text: string, canonical: string): string[] =>
  text === canonical ? [] : [`must be in canonical form (${goQuote(canonical)})`];

/** What is accepted but should be written otherwise; texts for Warning headers. */
export function ipWarnings(text: string, field: string): string[] {
  const address = looseIp(text);
  if (address === undefined) return [];
  if (address !== text || isMapped(address)) {
    return [`${field}: non-standard IP address ${goQuote(text)} is invalid: use ${goQuote(plainIp(address))}`];
  }
  const canonical = canonicalIp(address);
  if (!address.includes(':') || canonical === text) return [];
  return [
    `${field}: IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
  ];
}

/** The same for ranges. */
export function cidrWarnings(text: string, field: string): string[] {
  const cidr = looseCidr(text);
  if (cidr === undefined) return [];
  const network = `${formatIp(cidr.family, cidr.base)}/${cidr.prefixLength}`;
  const warnings: string[] = [];
  if (cidr.address !== cidr.base) {
    const single = `${formatIp(cidr.family, cidr.address)}/${cidr.family === 'IPv4' ? 32 : 128}`;
    warnings.push(
      `${field}: CIDR value ${JSON.stringify(text)} is ambiguous in this context (should be ${JSON.stringify(network)} or ${JSON.stringify(single)}?)`,
    );
  }
  const slash = text.lastIndexOf('/');
  if (parseCidr(text) === undefined || isMapped(text.slice(0, slash))) {
    warnings.push(`${field}: non-standard CIDR value ${goQuote(text)} is invalid: use ${goQuote(network)}`);
  } else if (cidr.family === 'IPv6' && warnings.length === 0) {
    const canonical = `${canonicalIp(text.slice(0, slash))}/${cidr.prefixLength}`;
    if (canonical !== text) {
      warnings.push(
        `${field}: IPv6 CIDR value ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
      );
    }
  }
  return warnings;
}
