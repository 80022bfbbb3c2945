import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TlsServer } from './tls-server.js';

/** The open connections of the listener, so that a stop can end them in good order. */
export class Connections {
  private readonly sockets = new Set<Socket>();
  private readonly sessions = new Set<ServerHttp2Session>();
  private server: TlsServer | undefined;
  private closing = false;

  /** No new connection is taken and the open ones are to end: HTTP/1.1 answers say `Connection: close`. */
  get isClosing(): boolean {
    return this.closing;
  }

  watch(server: TlsServer): void {
    this.server = server;
    server.on('secureConnection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('session', (session: ServerHttp2Session) => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
    });
  }

  /** Closes the listening port, lets HTTP/2 connections end with their last stream. */
  refuseNew(): void {
    this.closing = true;
    this.server?.close();
    for (const session of this.sessions) session.close();
  }

  /** Ends what is left. */
  destroyAll(): void {
    for (const session of this.sessions) session.destroy();
    for (const socket of this.sockets) socket.destroy();
  }
}
