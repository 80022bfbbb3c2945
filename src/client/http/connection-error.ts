import { isIP } from 'node:net';

/** Code of a request that was given up for want of an answer. */
export const NO_ANSWER = 'NO_ANSWER';
const UNKNOWN_AUTHORITY = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

/** Codes of Node; `{address}` and `{host}` stand for where the connection was to go. */
const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'dial tcp {address}: connect: connection refused',
  EHOSTUNREACH: 'dial tcp {address}: connect: no route to host',
  ENETUNREACH: 'dial tcp {address}: connect: network is unreachable',
  ETIMEDOUT: 'dial tcp {address}: i/o timeout',
  ENOTFOUND: 'dial tcp: lookup {host}: no such host',
  EAI_AGAIN: 'dial tcp: lookup {host}: server misbehaving',
  ECONNRESET: 'read: connection reset by peer',
  EPIPE: 'write: broken pipe',
  [NO_ANSWER]: 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  ABORT_ERR: 'context canceled',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
};

export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** Node's words for a failed connection in those that operators know from kube-apiserver. @param origin `https://host:port` */
export function connectionErrorText(error: unknown, origin: string): string {
  const code = codeOf(error);
  const { hostname, host, protocol, port } = new URL(origin);
  const address = port === '' ? `${host}:${protocol === 'http:' ? 80 : 443}` : host;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${altNameText(error)}`;
  // No byte of an answer came, whether the other side said goodbye or not.
  if (code === 'ECONNRESET' && (error as Error).message === 'socket hang up') return 'EOF';
  const text = TEXTS[code];
  if (text !== undefined) return text.replace('{address}', address).replace('{host}', hostname);
  if (code.startsWith('HPE_')) return `net/http: HTTP/1.x transport connection broken: malformed HTTP response`;
  return error instanceof Error ? error.message : String(error);
}

/** Which names a certificate carries instead of the one asked for. */
function altNameText(error: unknown): string {
  const { host = '', cert } = error as { host?: string; cert?: { subjectaltname?: string } };
  const names = (cert?.subjectaltname ?? '').split(', ');
  const of = (prefix: string): string[] =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  if (isIP(host) !== 0) {
    const addresses = of('IP Address:');
    if (addresses.length === 0) {
      return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
    }
    return `certificate is valid for ${addresses.join(', ')}, not ${host}`;
  }
  const hosts = of('DNS:');
  if (hosts.length === 0) return `certificate is not valid for any names, but wanted to match ${host}`;
  return `certificate is valid for ${hosts.join(', ')}, not ${host}`;
}
