import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { PassThrough, type Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import { ClientGone } from './client-gone.js';

type Listener = (...args: never[]) => void;

/** What listens to a message listens to its stream. */
class Http2Message {
  constructor(readonly stream: ServerHttp2Stream) {}

  on(event: string, listener: Listener): this {
    this.stream.on(event, listener as () => void);
    return this;
  }

  once(event: string, listener: Listener): this {
    this.stream.once(event, listener as () => void);
    return this;
  }

  off(event: string, listener: Listener): this {
    this.stream.off(event, listener as () => void);
    return this;
  }
}

/**
 * A request over HTTP/2, as far as guards, handlers and Fastify look at it: the stream, read in HTTP/1.1's words. Node's own class is a
 * stream of its own in front of this one, with a dozen listeners, which every request would pay for.
 * @see https://nodejs.org/api/http2.html#http2createsecureserveroptions-onrequesthandler (Http2ServerRequest)
 */
export class Http2Request extends Http2Message {
  private routedMethod: string | undefined;

  constructor(
    stream: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
    _options: undefined,
    readonly rawHeaders: string[],
  ) {
    super(stream);
    // A stream that is reset tells it by an error, too; its end is what matters.
    stream.on('error', ignore);
  }

  get httpVersionMajor(): 2 {
    return 2;
  }

  get httpVersion(): '2.0' {
    return '2.0';
  }

  get method(): string | undefined {
    return this.routedMethod ?? this.headers[':method'];
  }

  /** Another method than the request's, for the router. */
  set method(method: string) {
    this.routedMethod = method;
  }

  get url(): string | undefined {
    return this.headers[':path'];
  }

  /** The connection's; undefined once it has gone. */
  get socket(): TLSSocket | undefined {
    return this.stream.session?.socket as TLSSocket | undefined;
  }

  get readableEnded(): boolean {
    return this.stream.readableEnded;
  }

  pause(): this {
    this.stream.pause();
    return this;
  }

  resume(): this {
    this.stream.resume();
    return this;
  }

  /** The body alone: who destroys it does not destroy the answer with it. */
  body(): Readable {
    const body = new PassThrough();
    this.stream.on('data', (chunk: Buffer) => {
      if (!body.destroyed && !body.write(chunk)) this.stream.pause();
    });
    body.on('drain', () => this.stream.resume());
    this.stream.once('end', () => body.end());
    this.stream.once('close', () => {
      if (!this.stream.readableEnded)
        body.destroy(new ClientGone('the client closed the stream before the body was complete'));
    });
    return body;
  }
}

/** The answer to such a request. What is sent goes through the stream itself; this is what Node, Nest and Fastify ask of it besides. */
export class Http2Response extends Http2Message {
  statusCode = 200;

  get headersSent(): boolean {
    return this.stream.headersSent;
  }

  /** Node ends the stream of a HEAD at once, before anything is answered. */
  get writableEnded(): boolean {
    return this.stream.headersSent && this.stream.writableEnded;
  }

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  /** Node's answer to `Expect: 100-continue`. */
  writeContinue(): void {
    if (!this.stream.headersSent && !this.stream.destroyed) this.stream.additionalHeaders({ ':status': 100 });
  }

  /** Node's answer to methods and expectations that no server takes. */
  end(): void {
    if (this.stream.headersSent || this.stream.destroyed) return;
    this.stream.respond({ ':status': this.statusCode }, { endStream: true });
  }
}

function ignore(): void {}
