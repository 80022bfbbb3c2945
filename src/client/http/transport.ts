import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';
import { codeOf, connectionErrorText, NO_ANSWER } from './connection-error.js';

/** Idle connections that are kept to one address, and for how long. */
const IDLE_CONNECTIONS_MAX = 256;
const IDLE_MS_MAX = 60_000;
const TCP_KEEP_ALIVE_MS = 30_000;
/** How long the other side may think about a change of protocol; a client that left meanwhile is noticed only then. */
const UPGRADE_MS_MAX = 60_000;
const HEADER_BYTES_MAX = 128 * 1024;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface TransportOptions {
  /** Certificates, authorities, and whether they are verified. */
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  /** From the beginning until TLS stands. */
  readonly connectTimeoutMs: number;
}

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: string;
  /** A list is several headers of the name. */
  readonly headers: Record<string, string | string[]>;
  /** Protocol to ask for; '' or unset: none. */
  readonly upgrade?: string;
  /** A stream is read as fast as it is sent; it is not destroyed. */
  readonly body?: Readable | Buffer | undefined;
  /** How long the other side may take to begin its answer; 0 or unset: as long as it likes. */
  readonly answerTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export type OutgoingAnswer =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      /** The caller reads or destroys it. */
      readonly body: Readable;
    }
  | {
      readonly type: 'upgrade';
      readonly rawHeaders: readonly string[];
      /** Paused; the caller closes it. */
      readonly connection: Duplex;
    };

/** No answer came; the text tells why, as kube-apiserver's client would put it. */
export class TransportError extends Error {}

/**
 * HTTP/1.1 to other servers, plain or over TLS, with upgrades of the protocol. Redirects are answers. A safe request that met a kept
 * connection which had just been closed goes once more; no other does. Each connection serves one request of a client at a time, so
 * that the listener's own limit bounds them.
 */
export class Transport {
  private readonly plain: HttpAgent;
  private readonly tls: HttpsAgent;
  private knownContext: SecureContext | undefined;

  constructor(private readonly options: TransportOptions) {
    const pool = {
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_MS,
      maxFreeSockets: IDLE_CONNECTIONS_MAX,
      timeout: IDLE_MS_MAX,
    };
    this.plain = new HttpAgent(pool);
    const { servername, rejectUnauthorized = true } = options.tls;
    this.tls = new HttpsAgent({ ...pool, rejectUnauthorized, ...(servername !== undefined && { servername }) });
  }

  /** @throws TransportError */
  async send(request: OutgoingRequest): Promise<OutgoingAnswer> {
    const retriable = SAFE_METHODS.has(request.method) && request.body === undefined;
    try {
      return await this.sendOnce(request, retriable);
    } catch (error) {
      if (error !== STALE) throw new TransportError(connectionErrorText(error, request.url.origin), { cause: error });
    }
    return this.sendOnce(request, false).catch((error: unknown) => {
      throw new TransportError(connectionErrorText(error, request.url.origin), { cause: error });
    });
  }

  /** Closes idle connections, and each other one when its request has ended in its own time. */
  close(): void {
    for (const agent of [this.plain, this.tls]) {
      agent.maxFreeSockets = 0;
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    }
  }

  private sendOnce(request: OutgoingRequest, retriable: boolean): Promise<OutgoingAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = this.open(request);
      outgoing.once('response', (answer) => resolve(answerOf(answer)));
      outgoing.once('upgrade', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
        if (head.length > 0) socket.unshift(head);
        socket.on('error', ignore);
        resolve({ type: 'upgrade', rawHeaders: answer.rawHeaders, connection: socket });
      });
      outgoing.on('error', (error) => {
        reject(retriable && outgoing.reusedSocket && codeOf(error) === 'ECONNRESET' ? STALE : error);
      });
      limitAnswering(outgoing, request.upgrade ? UPGRADE_MS_MAX : request.answerTimeoutMs);
      limitConnecting(outgoing, this.options.connectTimeoutMs);
      sendBody(outgoing, request.body);
      if (request.signal !== undefined) obey(request.signal, outgoing);
    });
  }

  private open({ url, method, headers, upgrade = '' }: OutgoingRequest): ClientRequest {
    const secure = url.protocol === 'https:';
    const send = secure ? httpsRequest : httpRequest;
    const upgrading = upgrade !== '';
    return send({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: url.pathname + url.search,
      method,
      maxHeaderSize: HEADER_BYTES_MAX,
      headers: upgrading ? { ...headers, connection: 'Upgrade', upgrade } : headers,
      // A connection that changes protocols is nobody else's afterwards.
      agent: upgrading ? false : secure ? this.tls : this.plain,
      ...(secure && { secureContext: this.secureContext }),
      ...(upgrading && secure && this.options.tls),
    });
  }

  /** Keys and certificates read once: else each request compares their texts, and each connection reads them. */
  private get secureContext(): SecureContext {
    const { ca, cert, key } = this.options.tls;
    this.knownContext ??= createSecureContext({ ca, cert, key });
    return this.knownContext;
  }
}

const STALE = new Error('a kept connection was closed by the other side');

/** As the client's own option does, for a tenth of the cost. */
function obey(signal: AbortSignal, outgoing: ClientRequest): void {
  const abort = (): void => void outgoing.destroy(withCode('aborted', 'ABORT_ERR'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  outgoing.once('close', () => signal.removeEventListener('abort', abort));
}

function answerOf(answer: IncomingMessage): OutgoingAnswer {
  answer.on('error', ignore);
  return { type: 'answer', status: answer.statusCode ?? 0, headers: answer.headers, body: answer };
}

function limitAnswering(outgoing: ClientRequest, timeoutMs = 0): void {
  if (timeoutMs <= 0) return;
  const timer = setTimeout(() => outgoing.destroy(withCode('no answer in time', NO_ANSWER)), timeoutMs);
  const done = (): void => clearTimeout(timer);
  outgoing.once('response', done).once('close', done);
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Destroys a request whose connection does not stand in time. */
function limitConnecting(outgoing: ClientRequest, timeoutMs: number): void {
  outgoing.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => socket.destroy(withCode('no connection in time', 'ETIMEDOUT')), timeoutMs);
    const done = (): void => clearTimeout(timer);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done).once('close', done);
  });
}

/** The other server may have answered all before it has read all: that ends the sending, and is no error of the client's. */
function sendBody(outgoing: ClientRequest, body: Readable | Buffer | undefined): void {
  if (body === undefined || Buffer.isBuffer(body)) {
    outgoing.end(body);
    return;
  }
  body.pipe(outgoing);
  outgoing.once('response', (answer) => {
    answer.once('end', () => {
      if (outgoing.writableFinished) return;
      body.unpipe(outgoing);
      outgoing.destroy();
    });
  });
  body.once('error', (error) => outgoing.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded)
      outgoing.destroy(new Error('the client closed the connection before the body was complete'));
  });
}

function ignore(): void {}
