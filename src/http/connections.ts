import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TlsServer } from './tls-server.js';

/** How long what has been written may take to leave when the server stops. */
const FLUSH_MS_MAX = 1_000;
const POLL_MS = 5;

/** The open connections of the listener, so that a stop can end them in good order. */
export class Connections {
  /** All of them, those that carry HTTP/2 too. */
  private readonly sockets = new Set<Socket>();
  private readonly sessions = new Set<ServerHttp2Session>();
  private server: TlsServer | undefined;

  watch(server: TlsServer): void {
    this.server = server;
    server.on('secureConnection', (socket: Socket & { alpnProtocol?: string | false }) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('session', (session: ServerHttp2Session) => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
    });
  }

  /** Closes the listening port and lets HTTP/2 connections end with their last stream. */
  refuseNew(): void {
    this.server?.close();
    for (const session of this.sessions) session.close();
  }

  /** Closes what is left once what was written has left, or after a while all the same. */
  async closeAll(): Promise<void> {
    // Answers given in this turn reach their sockets at its end.
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of this.sockets) if (!carriesHttp2(socket)) socket.destroySoon();
    const deadlineMs = Date.now() + FLUSH_MS_MAX;
    while (this.sockets.size > 0 && Date.now() < deadlineMs) await delay(POLL_MS);
    for (const session of this.sessions) session.destroy();
    for (const socket of this.sockets) socket.destroy();
  }
}

function carriesHttp2(socket: Socket & { alpnProtocol?: string | false }): boolean {
  return socket.alpnProtocol === 'h2';
}
