import { type OutgoingAnswer, Transport, TransportError } from '../../../client/http/transport.js';
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

/** A Service reached over HTTPS, verified as NAME.NAMESPACE.svc. */
export class HttpsBackend extends Backend {
  private readonly transport: Transport;
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
    this.transport = new Transport({
      tls: {
        servername: `${name}.${namespace}.svc`,
        rejectUnauthorized: spec.insecureSkipTLSVerify !== true,
        ...(spec.caBundle && { ca: Buffer.from(spec.caBundle, 'base64') }),
        ...certificate,
      },
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
  }

  override urlOf(path: string): string {
    return `${this.origin()}${path}`;
  }

  override async send(request: BackendRequest): Promise<BackendAnswer> {
    const origin = this.origin();
    const answer = await this.pass(origin, request).catch((error: unknown) => {
      throw backendError(error, '');
    });
    if (answer.type === 'answer') return { ...answer, origin };
    answer.connection.destroy();
    throw new BackendError('net/http: a change of protocol that nobody asked for');
  }

  override async upgrade(request: BackendRequest, protocol: string): Promise<OutgoingAnswer> {
    return this.pass(this.origin(), request, protocol).catch((error: unknown) => {
      throw backendError(error, 'error dialing backend: ');
    });
  }

  override async close(): Promise<void> {
    this.transport.close();
  }

  private origin(): string {
    try {
      return `https://${this.resolver.resolve(this.namespace, this.name, this.port)}`;
    } catch (error) {
      if (error instanceof ServiceResolutionError) throw new BackendError(error.message, true, { cause: error });
      throw error;
    }
  }

  private pass(origin: string, request: BackendRequest, upgrade = ''): Promise<OutgoingAnswer> {
    const { method, url, headers, body, signal, headersTimeoutMs } = request;
    return this.transport.send({
      url: new URL(origin + url),
      method,
      headers: forwardedTo(origin, headers),
      upgrade,
      answerTimeoutMs: headersTimeoutMs,
      body,
      signal,
    });
  }
}

function forwardedTo(origin: string, headers: RequestHeaders): RequestHeaders {
  return { ...headers, 'x-forwarded-host': origin.slice('https://'.length), 'x-forwarded-proto': 'https' };
}

function backendError(error: unknown, lead: string): unknown {
  return error instanceof TransportError ? new BackendError(lead + error.message, false, { cause: error }) : error;
}
