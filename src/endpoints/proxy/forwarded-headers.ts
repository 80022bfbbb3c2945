import type { ApiRequest } from '../api-request.js';

export type ForwardedHeaders = Record<string, string | string[]>;
type Incoming = Readonly<Record<string, string | string[] | undefined>>;

/** Of one connection only (RFC 9110 section 7.6.1), or made anew for the next hop. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
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
]);
/** Credentials and claims of identity: what they say has been judged here, and is no other server's business. */
const IDENTITY = new Set(['authorization', 'x-remote-user', 'x-remote-group', 'x-remote-uid']);
const IDENTITY_PREFIXES = ['x-remote-extra-', 'impersonate-'];
/** Cookies and scripts of other origins are this server's to allow. */
const CORS = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
]);
const PROTOCOLS = 'sec-websocket-protocol';
/** Browsers send their token as a subprotocol. */
const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/**
 * The client's headers for the server that its request is passed on to: without credentials, claims of identity and what is of the
 * connection only; with X-Forwarded-For and the request's Audit-ID.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/proxy/upgradeaware.go (behaviour)
 */
export function forwardedHeaders(request: Pick<ApiRequest, 'headers' | 'remoteAddress' | 'auditId'>): ForwardedHeaders {
  const { headers: incoming, remoteAddress } = request;
  const headers: ForwardedHeaders = {};
  const named = connectionNames(incoming);
  for (const name in incoming) {
    const value = incoming[name];
    if (value === undefined || name.startsWith(':') || HOP_BY_HOP.has(name) || isIdentity(name)) continue;
    if (named?.includes(name) !== true) headers[name] = value;
  }
  const protocols = headers[PROTOCOLS];
  if (protocols !== undefined) withoutTokens(headers, [protocols].flat().join(','));
  const before = headers['x-forwarded-for'];
  if (remoteAddress !== '') {
    headers['x-forwarded-for'] =
      before === undefined ? remoteAddress : `${[before].flat().join(', ')}, ${remoteAddress}`;
  }
  headers['audit-id'] = request.auditId;
  return headers;
}

/** What of another server's headers reaches the client. */
export function answeredHeaders(incoming: Incoming): ForwardedHeaders {
  const headers: ForwardedHeaders = {};
  const named = connectionNames(incoming);
  for (const name in incoming) {
    const value = incoming[name];
    if (value === undefined || HOP_BY_HOP.has(name) || CORS.has(name)) continue;
    if (named?.includes(name) !== true) headers[name] = value;
  }
  return headers;
}

/** The headers that the Connection header declares to be of this connection only. */
function connectionNames({ connection }: Incoming): string[] | undefined {
  if (connection === undefined || connection === 'keep-alive') return undefined;
  return [connection]
    .flat()
    .join(',')
    .split(',')
    .map((name) => name.trim().toLowerCase());
}

function isIdentity(name: string): boolean {
  return IDENTITY.has(name) || IDENTITY_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function withoutTokens(headers: ForwardedHeaders, protocols: string): void {
  const kept = protocols.split(',').filter((protocol) => !protocol.trim().startsWith(TOKEN_PROTOCOL));
  if (kept.length === 0) delete headers[PROTOCOLS];
  else headers[PROTOCOLS] = kept.join(',').trim();
}
