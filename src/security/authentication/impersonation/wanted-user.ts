import { badRequest } from '../../../apimachinery/errors/status-error.js';
import { type Headers, headerValues, unescapeKey } from '../headers.js';

const USER_HEADER = 'impersonate-user';
const UID_HEADER = 'impersonate-uid';
const GROUP_HEADER = 'impersonate-group';
const EXTRA_PREFIX = 'impersonate-extra-';

/** Whom a request asks to act as, just as its headers say. */
export interface WantedUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the Impersonate-* headers; undefined where there are none.
 * @throws StatusError 400 for attributes without a user name
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export function wantedUser(headers: Headers): WantedUser | undefined {
  const name = headerValues(headers, USER_HEADER)[0] ?? '';
  const uid = headerValues(headers, UID_HEADER)[0] ?? '';
  const groups = headerValues(headers, GROUP_HEADER);
  const extraHeaders = Object.keys(headers).filter((header) => header.startsWith(EXTRA_PREFIX));
  if (name === '' && uid === '' && groups.length === 0 && extraHeaders.length === 0) return undefined;
  const extra = new Map<string, readonly string[]>();
  for (const header of extraHeaders) {
    const key = unescapeKey(header.slice(EXTRA_PREFIX.length));
    extra.set(key, [...(extra.get(key) ?? []), ...headerValues(headers, header)]);
  }
  const wanted = { name, uid, groups, extra };
  if (name === '') throw badRequest(`requested ${goText(wanted)} without impersonating a user name`);
  return wanted;
}

/** True for headers that ask for impersonation: they are not passed on. */
export function isImpersonationHeader(name: string): boolean {
  return name === USER_HEADER || name === UID_HEADER || name === GROUP_HEADER || name.startsWith(EXTRA_PREFIX);
}

/** Go's %#v of the user, which is what clients of kube-apiserver are shown. */
function goText({ name, uid, groups, extra }: WantedUser): string {
  const list = (values: readonly string[]): string => `{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  const groupText = groups.length === 0 ? '[]string(nil)' : `[]string${list(groups)}`;
  const entries = [...extra].sort(([a], [b]) => (a < b ? -1 : 1));
  const extraText =
    entries.length === 0
      ? 'map[string][]string(nil)'
      : `map[string][]string{${entries.map(([key, values]) => `${JSON.stringify(key)}:[]string${list(values)}`).join(', ')}}`;
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${groupText}, Extra:${extraText}}`;
}
