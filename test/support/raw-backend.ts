import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { KeyPair } from '../../src/config/pki/certificate-issuer.js';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** The whole head, as it came. */
  readonly head: string;
  /** What came of the body with the head. */
  readonly body: Buffer;
}

/** Answers one request on a connection; what it does not close stays open for the next. */
export type RawAnswer = (socket: TLSSocket, request: RawRequest) => void;

export interface RawBackend {
  readonly port: number;
  readonly heard: RawRequest[];
  /** Connections that are open. */
  connections(): number;
  stop(): Promise<void>;
}

/** A TLS server whose answers are bytes that the test chooses, by the last part of the path. */
export async function startRawBackend(
  pair: KeyPair,
  answers: Readonly<Record<string, RawAnswer>>,
): Promise<RawBackend> {
  const sockets = new Set<TLSSocket>();
  const heard: RawRequest[] = [];
  const server = createServer(pair, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let waiting = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      waiting = Buffer.concat([waiting, chunk]);
      const end = waiting.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = waiting.subarray(0, end + 4).toString('latin1');
      const [method = '', url = ''] = head.split(' ', 2);
      const path = url.split('?', 1)[0]!;
      const request = { method, path, head, body: waiting.subarray(end + 4) };
      heard.push(request);
      waiting = Buffer.alloc(0);
      const name = path.split('/').at(-1) ?? '';
      if (/^upgrade:/im.test(head)) socket.off('data', take);
      (answers[name] ?? notFound)(socket, request);
    };
    socket.on('data', take);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    connections: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A whole answer in JSON. */
export function answerJson(socket: TLSSocket, value: unknown, status = '200 OK', headers = ''): void {
  const body = JSON.stringify(value);
  const length = Buffer.byteLength(body);
  socket.write(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${headers}\r\n${body}`,
  );
}

function notFound(socket: TLSSocket): void {
  answerJson(socket, {}, '404 Not Found');
}
