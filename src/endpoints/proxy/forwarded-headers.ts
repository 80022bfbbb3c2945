import type { ServerOptions } from '../../config/server-options.js';
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
const IDENTITY = ['authorization', 'x-remote-user', 'x-remote-group', 'x-remote-uid'];
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
 * Makes of a client's headers those for the server that its request is passed on to: without credentials, claims of identity and what
 * is of the connection only; with X-Forwarded-For and the request's Audit-ID.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/proxy/upgradeaware.go (behaviour)
 */
export class HeaderForwarding {
  private readonly identity: ReadonlySet<string>;
  private readonly identityPrefixes: readonly string[];

  /** @param claims names that front proxies tell of users by (--requestheader-*): the other server may believe them too */
  constructor(claims: { readonly names: readonly string[]; readonly prefixes: readonly string[] }) {
    const lower = (list: readonly string[]): string[] => list.map((name) => name.toLowerCase());
    this.identity = new Set([...IDENTITY, ...lower(claims.names)]);
    this.identityPrefixes = [...IDENTITY_PREFIXES, ...lower(claims.prefixes)];
  }

  forward(request: Pick<ApiRequest, 'headers' | 'remoteAddress' | 'auditId'>): ForwardedHeaders {
    const { headers: incoming, remoteAddress } = request;
    const headers: ForwardedHeaders = {};
    const named = connectionNames(incoming);
    for (const name in incoming) {
      const value = incoming[name];
      if (value === undefined || name.startsWith(':') || HOP_BY_HOP.has(name) || this.isIdentity(name)) continue;
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

  /** Many programs cannot tell `_` from `-` in the name of a header. */
  private isIdentity(written: string): boolean {
    const name = written.includes('_') ? written.replaceAll('_', '-') : written;
    return this.identity.has(name) || this.identityPrefixes.some((prefix) => name.startsWith(prefix));
  }
}

export function headerForwarding(options: ServerOptions): HeaderForwarding {
  const { requestheaderUsernameHeaders, requestheaderUidHeaders, requestheaderGroupHeaders } = options;
  return new HeaderForwarding({
    names: [...requestheaderUsernameHeaders, ...requestheaderUidHeaders, ...requestheaderGroupHeaders],
    prefixes: options.requestheaderExtraHeadersPrefix,
  });
}

/** What of another server's headers reaches the client: nobody keeps an answer of which it does not say how long. */
export function answeredHeaders(incoming: Incoming): ForwardedHeaders {
  const headers: ForwardedHeaders =
    incoming['cache-control'] === undefined ? { 'cache-control': 'no-cache, private' } : {};
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

function withoutTokens(headers: ForwardedHeaders, protocols: string): void {
  const kept = protocols.split(',').filter((protocol) => !protocol.trim().startsWith(TOKEN_PROTOCOL));
  if (kept.length === 0) delete headers[PROTOCOLS];
  else headers[PROTOCOLS] = kept.join(',').trim();
}
