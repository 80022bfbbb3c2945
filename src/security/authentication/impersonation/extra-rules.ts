import { checkDns1123Subdomain } from '../../../apimachinery/validation/names.js';

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** Why extra attributes may not be impersonated whatever the rights; undefined where they may. */
export function extraFault(extra: ReadonlyMap<string, readonly string[]>): string | undefined {
  for (const [key, values] of extra) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    const fault = keyFault(key);
    if (fault !== undefined) return `impersonating an invalid key in extra is not allowed: extra.key: ${fault}`;
    if (values.length === 0) return 'impersonating empty values in extra is not allowed';
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  }
  return undefined;
}

/** Keys have the form `example.com/path`. */
function keyFault(key: string): string | undefined {
  const value = `Invalid value: ${JSON.stringify(key)}`;
  const slash = key.indexOf('/');
  if (slash <= 0 || slash === key.length - 1) {
    return `${value}: must be a domain-prefixed path (such as "acme.io/foo")`;
  }
  const [host, path] = [key.slice(0, slash), key.slice(slash + 1)];
  const faults = checkDns1123Subdomain(host);
  if (faults.length > 0) return `Invalid value: ${JSON.stringify(host)}: ${faults.join(', ')}`;
  if (!PATH.test(path)) return `Invalid value: ${JSON.stringify(path)}: Invalid path`;
  return undefined;
}
