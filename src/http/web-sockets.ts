import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { WEBSOCKET_TOKEN_PREFIX } from '../security/authentication/bearer-token.js';
import type { RawRequest } from './raw.js';
import type { TlsServer } from './tls-server.js';

/** Clients have nothing to say on a watch: what they send is dropped, and who sends more at once is closed. */
const RECEIVED_BYTES_MAX = 64 * 1024;
/** How long a client may take to answer our closing before its connection is cut. */
const CLOSE_MS_MAX = 2_000;
const BODY_REFUSED =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n' +
  'a request that asks for an upgrade cannot have a body';

/**
 * HTTP/1.1 requests that ask to change protocols. They take the way of every other request; when the answer is a stream and
 * WebSocket was asked for, the connection becomes one, else the answer is written as usual and the connection closed.
 */
export class WebSockets {
  /** What came after the head of a request for WebSocket. */
  private readonly heads = new WeakMap<RawRequest, Buffer>();
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: RECEIVED_BYTES_MAX,
    handleProtocols: (protocols) => [...protocols].find(isNoToken) ?? false,
  });

  watch(listener: TlsServer): void {
    const take = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
      socket.on('error', ignore);
      if (hasBody(request)) {
        socket.end(BODY_REFUSED);
        return;
      }
      if (isForWebSocket(request)) this.heads.set(request, head);
      else socket.resume();
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      response.once('finish', () => socket.destroySoon());
      listener.emit('request', request, response);
    };
    (listener as NodeJS.EventEmitter).on('upgrade', take);
  }

  askedFor(request: RawRequest): boolean {
    return this.heads.has(request);
  }

  /**
   * Makes the connection of a request a WebSocket.
   * @returns undefined where the handshake is refused, as golang.org/x/net/websocket does, of which the reference is made:
   * without Origin, or with a choice of subprotocols; the client has been told
   */
  accept(request: RawRequest): WebSocket | undefined {
    const incoming = request as IncomingMessage;
    const { socket } = incoming;
    if (socket.destroyed) return undefined;
    if (incoming.headers.origin === undefined) return refuse(socket, '403 Forbidden');
    const protocols = incoming.headers['sec-websocket-protocol']?.split(',').filter(isNoToken) ?? [];
    if (protocols.length > 1) return refuse(socket, '400 Bad Request');
    let accepted: WebSocket | undefined;
    this.server.handleUpgrade(incoming, socket, this.heads.get(request) ?? Buffer.alloc(0), (webSocket) => {
      webSocket.on('error', ignore);
      accepted = webSocket;
    });
    return accepted;
  }
}

/** Ends a WebSocket; a client that does not answer is cut. */
export function closeWebSocket(webSocket: WebSocket): void {
  webSocket.close(1000);
  setTimeout(() => webSocket.terminate(), CLOSE_MS_MAX).unref();
}

function isForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isNoToken(protocol: string): boolean {
  return !protocol.trim().startsWith(WEBSOCKET_TOKEN_PREFIX);
}

function refuse(socket: Socket, status: string): undefined {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  socket.destroySoon();
}

function ignore(): void {}
