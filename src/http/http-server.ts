import type { FastifyReply } from 'fastify';
import { StatusError } from '../apimachinery/errors/status-error.js';
import { servesCbor } from '../config/feature-gates.js';
import type { ServerOptions } from '../config/server-options.js';
import type { Answer } from '../endpoints/answer.js';
import { AnswerWriter } from './answer-writer.js';
import { CertificateAuthority } from './certificate-chain.js';
import { Connections } from './connections.js';
import { Exchange } from './exchange.js';
import { InFlight } from './in-flight.js';
import { type PeerAuthorities, PeerConnections } from './peer-connections.js';
import { statusAnswer } from './status-answer.js';
import { secureContext, type TlsMaterial, type TlsServer } from './tls-server.js';
import { WebSockets } from './web-sockets.js';

/** Told of every request that has been answered. */
export type ExchangeObserver = (exchange: Exchange) => void;

/**
 * What requests share: limits, connections, the writer of answers, the requests in flight. Made before the Nest application,
 * because the adapter needs it, and provided in it as a value.
 */
export class HttpServer {
  readonly peers: PeerConnections;
  readonly inFlight: InFlight;
  readonly connections = new Connections();
  readonly webSockets = new WebSockets();
  private readonly writer: AnswerWriter;
  private observer: ExchangeObserver = ignore;
  private readonly cbor: boolean;
  private listener: TlsServer | undefined;

  constructor(
    readonly options: ServerOptions,
    readonly tls: TlsMaterial,
  ) {
    this.cbor = servesCbor(options);
    this.peers = new PeerConnections(peerAuthorities(tls));
    this.inFlight = new InFlight(options.requestTimeoutMs, (exchange, error) => this.fail(exchange, error));
    this.writer = new AnswerWriter(options, this.webSockets, (exchange) => this.done(exchange));
  }

  /** The listener, once it is made: what is trusted may change while it runs. */
  attach(listener: TlsServer): void {
    this.listener = listener;
  }

  /** Whose certificates are believed from the next connection on. */
  renewTrust(authorities: Pick<TlsMaterial, 'clientCa' | 'requestheaderClientCa'>): void {
    const tls = { ...this.tls, ...authorities };
    this.peers.renew(peerAuthorities(tls));
    this.listener?.setSecureContext(secureContext(tls));
  }

  observe(observer: ExchangeObserver): void {
    this.observer = observer;
  }

  open(raw: Exchange['raw'], response: Exchange['response']): Exchange {
    const exchange = new Exchange(raw, response, this.options);
    this.inFlight.add(exchange);
    return exchange;
  }

  answer(exchange: Exchange, answer: Answer): void {
    this.writer.write(exchange, answer);
  }

  /** Answers with the Status of an error; other errors than StatusErrors are none of the client's business. */
  fail(exchange: Exchange, error: Error): void {
    const status =
      error instanceof StatusError ? error : new StatusError(500, 'InternalError', 'Internal Server Error');
    this.answer(exchange, statusAnswer(exchange, status, this.cbor));
  }

  /**
   * Takes no more connections, ends the streams that are open as if they had nothing more to say, and waits for the other
   * answers; what is still open after the grace is cut.
   */
  async drain(graceMs: number): Promise<void> {
    this.connections.refuseNew();
    this.writer.endStreams();
    await this.inFlight.idle(graceMs);
    await this.connections.closeAll();
    this.inFlight.stop();
  }

  private done(exchange: Exchange): void {
    this.inFlight.delete(exchange);
    this.observer(exchange);
  }
}

function ignore(): void {}

function peerAuthorities({ clientCa, requestheaderClientCa }: TlsMaterial): PeerAuthorities {
  return {
    clients: new CertificateAuthority(clientCa),
    frontProxy: new CertificateAuthority(requestheaderClientCa),
  };
}

/** Takes the reply out of Fastify's hands: answers are written by {@link AnswerWriter}. */
export function hijack(reply: FastifyReply): void {
  if (!reply.sent) reply.hijack();
}
