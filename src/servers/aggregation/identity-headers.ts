import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import {
  answeredHeaders,
  type ForwardedHeaders,
  type HeaderForwarding,
} from '../../endpoints/proxy/forwarded-headers.js';

export type RequestHeaders = ForwardedHeaders;

const EXTRA_PREFIX = 'x-remote-extra-';

/**
 * Headers for the backend: what of the client's may be passed on, plus who the front proxy says the user is.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#kubernetes-apiserver-client-authentication
 */
export function backendHeaders(request: ApiRequest, forwarding: HeaderForwarding): RequestHeaders {
  const headers = forwarding.forward(request);
  headers['x-forwarded-uri'] = request.url.split('?', 1)[0]!;
  return Object.assign(headers, identityHeaders(request.user));
}

export function identityHeaders(user: UserInfo): RequestHeaders {
  const headers: RequestHeaders = { 'x-remote-user': wire(user.name) };
  if (user.uid !== '') headers['x-remote-uid'] = wire(user.uid);
  if (user.groups.length > 0) headers['x-remote-group'] = user.groups.map(wire);
  for (const key in user.extra) headers[EXTRA_PREFIX + escapeKey(key)] = (user.extra[key] ?? []).map(wire);
  return headers;
}

/** UTF-8 as the latin1 characters that Node writes headers in. */
function wire(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
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

/** What of a backend's headers reaches the client; a relative Location is made absolute. */
export function answerHeaders(
  incoming: Readonly<Record<string, string | string[] | undefined>>,
  origin: string,
): RequestHeaders {
  const headers = answeredHeaders(incoming);
  const { location } = headers;
  if (typeof location === 'string' && URL.canParse(location, origin)) {
    headers['location'] = new URL(location, origin).toString();
  }
  return headers;
}
