import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { codeOf, connectionErrorText } from '../../../endpoints/proxy/connection-error.js';
import { type OutgoingAnswer, Transport, TransportError } from '../../../endpoints/proxy/transport.js';
import type { ApiServiceSpec } from '../../../registry/apiregistration/api-service.js';
import { HTTPS_PORT } from '../../../registry/apiregistration/api-service.js';
import type { RequestHeaders } from '../identity-headers.js';
import { ServiceResolutionError, type ServiceResolver } from '../service-resolver.js';
import { Backend, type BackendAnswer, BackendError, type BackendRequest } from './backend.js';

/** The front proxy's client certificate, PEM. */
export interface ProxyCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 60_000;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A Service reached over HTTPS, verified as NAME.NAMESPACE.svc. Each connection carries one request at a time, so that there are no
 * more of them than requests of clients, which the listener limits.
 */
export class HttpsBackend extends Backend {
  private readonly agent: Agent;
  private readonly upgrades: Transport;
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
    const tls = {
      servername: `${name}.${namespace}.svc`,
      rejectUnauthorized: spec.insecureSkipTLSVerify !== true,
      ...(spec.caBundle && { ca: Buffer.from(spec.caBundle, 'base64') }),
      ...certificate,
    };
    this.agent = new Agent({
      keepAliveTimeout: KEEP_ALIVE_MS,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS, ...tls },
    });
    this.upgrades = new Transport({ tls, connectTimeoutMs: CONNECT_TIMEOUT_MS });
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

  override async upgrade(request: BackendRequest, protocol: string): Promise<OutgoingAnswer> {
    const origin = this.origin();
    const { method, url, headers, signal } = request;
    const outgoing = { url: new URL(origin + url), method, headers: forwardedTo(origin, headers), upgrade: protocol };
    return this.upgrades.send({ ...outgoing, signal }).catch((error: unknown) => {
      throw error instanceof TransportError
        ? new BackendError(`error dialing backend: ${error.message}`, false, { cause: error })
        : error;
    });
  }

  override async close(): Promise<void> {
    this.upgrades.close();
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
      headers: forwardedTo(origin, headers),
      headersTimeout: headersTimeoutMs,
      ...(body && { body: body as Readable }),
      ...(signal && { signal }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body, origin };
  }
}

function forwardedTo(origin: string, headers: RequestHeaders): RequestHeaders {
  return { ...headers, 'x-forwarded-host': origin.slice('https://'.length), 'x-forwarded-proto': 'https' };
}

function isStaleConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function explain(error: unknown, origin: string): BackendError {
  return new BackendError(connectionErrorText(error, origin), false, { cause: error });
}
