import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Client } from 'undici';
import type { Protocol, Target } from './plan.js';

export interface Reply {
  status: number;
  bytes: number;
  /** The start of an answer that is no success. */
  text: string;
}

/** As Go's net/http2 asks for, which is what most clients of Kubernetes are made of. Node's own 64 KB would measure round trips. */
const STREAM_WINDOW_BYTES = 4 << 20;
const CONNECTION_WINDOW_BYTES = 1 << 30;

/** One connection that carries one request at a time. */
export interface LoadClient {
  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<Reply>;
  close(): void;
}

const TEXT_BYTES_MAX = 400;

export function openClient(protocol: Protocol, target: Target): LoadClient {
  return protocol === 'http/2' ? new Http2Client(target) : new Http1Client(target);
}

export function authorizationOf({ token }: Target): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

class Http1Client implements LoadClient {
  private readonly client: Client;

  constructor({ url, cert, key }: Target) {
    const tls = { rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...(cert && key ? { cert, key } : {}) };
    this.client = new Client(url, { pipelining: 1, connect: tls, bodyTimeout: 0 });
  }

  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const reply: Reply = { status: 0, bytes: 0, text: '' };
      this.client.dispatch(
        { method: method as 'GET', path, headers, body: body ?? null },
        {
          onConnect() {},
          onHeaders(status) {
            reply.status = status;
            return true;
          },
          onData(chunk) {
            take(reply, chunk);
            return true;
          },
          onComplete() {
            resolve(reply);
          },
          onError: reject,
        },
      );
    });
  }

  close(): void {
    void this.client.destroy();
  }
}

class Http2Client implements LoadClient {
  private readonly session: ClientHttp2Session;
  private broken: Error | undefined;

  constructor({ url, cert, key }: Target) {
    const settings = { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false };
    this.session = connect(url, { rejectUnauthorized: false, settings, ...(cert && key ? { cert, key } : {}) });
    this.session.once('connect', () => this.session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    this.session.on('error', (error) => {
      this.broken = error;
    });
  }

  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.broken !== undefined) return reject(this.broken);
      const reply: Reply = { status: 0, bytes: 0, text: '' };
      const { HTTP2_HEADER_METHOD, HTTP2_HEADER_PATH } = constants;
      const stream = this.session.request(
        { ...headers, [HTTP2_HEADER_METHOD]: method, [HTTP2_HEADER_PATH]: path },
        { endStream: body === undefined },
      );
      stream.on('response', (got) => {
        reply.status = Number(got[':status']);
      });
      stream.on('data', (chunk: Buffer) => take(reply, chunk));
      stream.on('end', () => resolve(reply));
      stream.on('error', reject);
      if (body !== undefined) stream.end(body);
    });
  }

  close(): void {
    this.session.destroy();
  }
}

function take(reply: Reply, chunk: Buffer): void {
  reply.bytes += chunk.length;
  if (reply.status >= 300 && reply.text.length < TEXT_BYTES_MAX) reply.text += chunk.toString();
}
