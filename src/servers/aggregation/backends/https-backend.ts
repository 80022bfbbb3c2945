import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { ApiServiceSpec } from '../../../registry/apiregistration/api-service.js';
import { HTTPS_PORT } from '../../../registry/apiregistration/api-service.js';
import { ServiceResolutionError, type ServiceResolver } from '../service-resolver.js';
import { Backend, type BackendAnswer, BackendError, type BackendRequest } from './backend.js';

/** The front proxy's client certificate, PEM. */
export interface ProxyCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 60_000;
/** Connections to one address; each carries one request at a time. */
const CONNECTIONS_MAX = 1_024;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A Service reached over HTTPS, verified as NAME.NAMESPACE.svc. */
export class HttpsBackend extends Backend {
  private readonly agent: Agent;
  private readonly namespace: string;
  private readonly name: string;
  private readonly port: number;

  constructor(
    spec: ApiServiceSpec,
    private readonly resolver: ServiceResolver,
    certificate: ProxyCertificate | undefined,
  ) {
    super();
    const { namespace = '', name = '', port = HTTPS_PORT } = spec.service ?? {};
    this.namespace = namespace;
    this.name = name;
    this.port = port;
    const ca = spec.caBundle ? Buffer.from(spec.caBundle, 'base64') : undefined;
    this.agent = new Agent({
      connections: CONNECTIONS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      bodyTimeout: 0,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        servername: `${name}.${namespace}.svc`,
        rejectUnauthorized: spec.insecureSkipTLSVerify !== true,
        ...(ca && { ca }),
        ...certificate,
      },
    });
  }

  override urlOf(path: string): string {
    return `${this.origin()}${path}`;
  }

  override async send(request: BackendRequest): Promise<BackendAnswer> {
    const origin = this.origin();
    const retriable = SAFE_METHODS.has(request.method) && request.body === undefined;
    try {
      return await this.sendOnce(origin, request);
    } catch (error) {
      // A kept connection that the backend had just closed: nothing was answered, so what changes nothing may go again.
      if (!retriable || !isStaleConnection(error)) throw explain(error, origin);
    }
    return this.sendOnce(origin, request).catch((error: unknown) => {
      throw explain(error, origin);
    });
  }

  override async close(): Promise<void> {
    await this.agent.close();
  }

  private origin(): string {
    try {
      return `https://${this.resolver.resolve(this.namespace, this.name, this.port)}`;
    } catch (error) {
      if (error instanceof ServiceResolutionError) throw new BackendError(error.message, true, { cause: error });
      throw error;
    }
  }

  private async sendOnce(origin: string, request: BackendRequest): Promise<BackendAnswer> {
    const { method, url, headers, body, signal, headersTimeoutMs } = request;
    const answer = await this.agent.request({
      origin,
      path: url,
      method: method as Dispatcher.HttpMethod,
      headers,
      headersTimeout: headersTimeoutMs,
      ...(body && { body: body as Readable }),
      ...(signal && { signal }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body, origin };
  }
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

function isStaleConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

/** Node's words for a failed connection in those that operators know from kube-apiserver. */
function explain(error: unknown, origin: string): BackendError {
  const code = codeOf(error);
  const address = origin.replace('https://', '');
  const message = error instanceof Error ? error.message : String(error);
  const texts: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${address}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${address}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${address}: connect: network is unreachable`,
    ENOTFOUND: `dial tcp: lookup ${new URL(origin).hostname}: no such host`,
    ECONNRESET: 'read: connection reset by peer',
    UND_ERR_SOCKET: 'EOF',
    UND_ERR_CONNECT_TIMEOUT: `dial tcp ${address}: i/o timeout`,
    UND_ERR_HEADERS_TIMEOUT: 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    SELF_SIGNED_CERT_IN_CHAIN: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
    ERR_TLS_CERT_ALTNAME_INVALID: `tls: failed to verify certificate: x509: ${altNameText(error)}`,
  };
  return new BackendError(texts[code] ?? message, false, { cause: error });
}

/** Which names a certificate carries instead of the one asked for. */
function altNameText(error: unknown): string {
  const { host = '', cert } = error as { host?: string; cert?: { subjectaltname?: string } };
  const names = (cert?.subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice(4));
  if (names.length === 0) return `certificate is not valid for any names, but wanted to match ${host}`;
  return `certificate is valid for ${names.join(', ')}, not ${host}`;
}
