import { badRequest } from '../../apimachinery/errors/status-error.js';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import { AccessRefused } from '../authorization/forbidden.js';

const EXTRA_PREFIX = 'impersonate-extra-';

/**
 * Who the request wants to be, as its headers say it and nothing added; undefined where they say nothing.
 * @param rawHeaders names and values in turn, as they came
 * @throws StatusError 400 for a uid, groups or extras without a user name
 * @see https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 */
export function wantedUserOf(rawHeaders: readonly string[]): UserInfo | undefined {
  let name = '';
  let uid = '';
  const groups: string[] = [];
  const extra: Record<string, string[]> = {};
  let asked = false;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = rawHeaders[i]!;
    if (header.length < 15 || (header.charCodeAt(0) | 0x20) !== 0x69) continue;
    const lower = header.toLowerCase();
    const value = rawHeaders[i + 1]!;
    if (lower === 'impersonate-user') name ||= value;
    else if (lower === 'impersonate-uid') uid ||= value;
    else if (lower === 'impersonate-group') groups.push(value);
    else if (lower.startsWith(EXTRA_PREFIX)) addExtra(extra, unescapeKey(lower.slice(EXTRA_PREFIX.length)), value);
    else continue;
    asked ||= value !== '' || (lower !== 'impersonate-user' && lower !== 'impersonate-uid');
  }
  if (!asked) return undefined;
  const wanted: UserInfo = { name, uid, groups, extra };
  if (name === '') {
    throw new AccessRefused(badRequest(`requested ${formatUser(wanted)} without impersonating a user name`));
  }
  return wanted;
}

function addExtra(extra: Record<string, string[]>, key: string, value: string): void {
  if (!Object.hasOwn(extra, key)) {
    Object.defineProperty(extra, key, { value: [], enumerable: true, configurable: true, writable: true });
  }
  extra[key]!.push(value);
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The user as Go prints the struct, which is what clients are shown. */
function formatUser({ name, uid, groups, extra }: UserInfo): string {
  const list = (values: readonly string[]): string => `[]string{${values.map((v) => JSON.stringify(v)).join(', ')}}`;
  const keys = Object.keys(extra).sort();
  const extras = keys.map((key) => `${JSON.stringify(key)}:${list(extra[key]!)}`);
  return (
    `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, ` +
    `Groups:${groups.length === 0 ? '[]string(nil)' : list(groups)}, ` +
    `Extra:map[string][]string${keys.length === 0 ? '(nil)' : `{${extras.join(', ')}}`}}`
  );
}
