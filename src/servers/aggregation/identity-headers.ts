import type { UserInfo } from '../../apimachinery/meta/user-info.js';

export type RequestHeaders = Record<string, string | string[]>;

const EXTRA_PREFIX = 'x-remote-extra-';
const IDENTITY = new Set(['x-remote-user', 'x-remote-group', 'x-remote-uid']);
/** Of one connection only (RFC 9110 section 7.6.1), or made anew for the next hop. */
const HOP_BY_HOP = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/**
 * Headers for the backend: the client's without credentials, claims of identity and what is of the connection only, plus who the
 * front proxy says the user is.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#kubernetes-apiserver-client-authentication
 */
export function backendHeaders(
  incoming: Readonly<Record<string, string | string[] | undefined>>,
  user: UserInfo,
  remoteAddress: string,
): RequestHeaders {
  const headers: RequestHeaders = {};
  const named = String(incoming['connection'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || name.startsWith(':') || name === 'authorization') continue;
    if (HOP_BY_HOP.has(name) || named.includes(name) || isIdentity(name)) continue;
    headers[name] = value;
  }
  const before = headers['x-forwarded-for'];
  if (remoteAddress !== '') {
    headers['x-forwarded-for'] =
      before === undefined ? remoteAddress : `${[before].flat().join(', ')}, ${remoteAddress}`;
  }
  return Object.assign(headers, identityHeaders(user));
}

export function identityHeaders(user: UserInfo): RequestHeaders {
  const headers: RequestHeaders = { 'x-remote-user': user.name };
  if (user.uid !== '') headers['x-remote-uid'] = user.uid;
  if (user.groups.length > 0) headers['x-remote-group'] = [...user.groups];
  for (const [key, values] of Object.entries(user.extra)) headers[EXTRA_PREFIX + escapeKey(key)] = [...values];
  return headers;
}

function isIdentity(name: string): boolean {
  return IDENTITY.has(name) || name.startsWith(EXTRA_PREFIX);
}

/** A header name holds token characters only: the others, `%` and capitals are written as %XX of their UTF-8. */
function escapeKey(key: string): string {
  let escaped = '';
  for (const byte of Buffer.from(key.toLowerCase())) {
    const character = String.fromCharCode(byte);
    escaped += /[a-z0-9!#$&'*+.^_`|~-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

const CORS = /^access-control-/;

/** What of a backend's headers reaches the client; a relative Location is made absolute. */
export function answerHeaders(
  incoming: Readonly<Record<string, string | string[] | undefined>>,
  origin: string,
): RequestHeaders {
  const headers: RequestHeaders = {};
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || HOP_BY_HOP.has(name) || CORS.test(name)) continue;
    headers[name] = value;
  }
  const { location } = headers;
  if (typeof location === 'string' && URL.canParse(location, origin)) {
    headers['location'] = new URL(location, origin).toString();
  }
  return headers;
}
