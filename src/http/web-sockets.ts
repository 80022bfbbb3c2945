import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { WEBSOCKET_TOKEN_PREFIX } from '../security/authentication/bearer-token.js';
import type { RawRequest } from './raw.js';
import type { TlsServer } from './tls-server.js';

/** Clients have nothing to say on a watch: what they send is dropped, and who sends more at once is closed. */
const RECEIVED_BYTES_MAX = 64 * 1024;
/** One message that carries bytes of another protocol. */
const TUNNELLED_BYTES_MAX = 4 << 20;
/** How long a client may take to answer our closing before its connection is cut. */
const CLOSE_MS_MAX = 2_000;
const BODY_REFUSED =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n' +
  'a request that asks for an upgrade cannot have a body';

const BASE64_PROTOCOL = 'base64.binary.k8s.io';
const READER_PROTOCOLS = new Set(['', 'binary.k8s.io', BASE64_PROTOCOL]);

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
      else if (head.length > 0) socket.unshift(head);
      afterEarlierAnswers(socket, () => {
        const response = new ServerResponse(request);
        response.shouldKeepAlive = false;
        response.assignSocket(socket);
        response.once('finish', () => {
          socket.resume();
          socket.destroySoon();
        });
        listener.emit('request', request, response);
      });
    };
    (listener as NodeJS.EventEmitter).on('upgrade', take);
  }

  askedFor(request: RawRequest): boolean {
    return this.heads.has(request);
  }

  /** The connection of a request that another server has agreed to upgrade: what came after the head is read first. */
  take(request: RawRequest): Socket {
    const { socket } = request as IncomingMessage;
    const head = this.heads.get(request);
    if (head !== undefined && head.length > 0) socket.unshift(head);
    return socket;
  }

  /**
   * The bytes of binary messages on a WebSocket of a subprotocol that the client has offered; destroyed where it has gone.
   * @param inMessages whether each message is read as one
   */
  acceptTunnel(request: RawRequest, protocol: string, inMessages: boolean): Duplex {
    const incoming = request as IncomingMessage;
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: TUNNELLED_BYTES_MAX,
    });
    // `SPDY/3.1+...` is no token, as names of subprotocols must be: the library neither reads nor writes it.
    server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
    const { 'sec-websocket-protocol': _offered, ...headers } = incoming.headers;
    const withoutProtocol = Object.create(incoming, { headers: { value: headers } }) as IncomingMessage;
    let stream: Duplex = new PassThrough().destroy();
    server.handleUpgrade(withoutProtocol, incoming.socket, this.heads.get(request) ?? Buffer.alloc(0), (webSocket) => {
      stream = createWebSocketStream(webSocket, { readableObjectMode: inMessages });
      stream.on('error', ignore);
      // Clients take any other end for a failure.
      stream._final = (done) => {
        webSocket.once('close', () => done());
        closeWebSocket(webSocket);
      };
    });
    return stream;
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
    if (protocolsOf(incoming).length > 1) return refuse(socket, '400 Bad Request');
    return this.upgrade(incoming, this.server);
  }

  /**
   * Makes the connection of a request for bytes (logs) a WebSocket, with the first subprotocol it offers that can carry them: binary
   * messages, or texts in base64.
   * @returns undefined where there is none; the client has been told
   */
  acceptReader(request: RawRequest): { webSocket: WebSocket; base64: boolean } | undefined {
    const incoming = request as IncomingMessage;
    if (incoming.socket.destroyed) return undefined;
    const offered = protocolsOf(incoming);
    const protocol = offered.length === 0 ? '' : offered.find((name) => READER_PROTOCOLS.has(name));
    if (protocol === undefined) return refuse(incoming.socket, '403 Forbidden');
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: RECEIVED_BYTES_MAX,
      handleProtocols: () => protocol || false,
    });
    const webSocket = this.upgrade(incoming, server);
    return webSocket && { webSocket, base64: protocol === BASE64_PROTOCOL };
  }

  private upgrade(incoming: IncomingMessage, server: WebSocketServer): WebSocket | undefined {
    const head = this.heads.get(incoming) ?? Buffer.alloc(0);
    let accepted: WebSocket | undefined;
    server.handleUpgrade(incoming, incoming.socket, head, (webSocket) => {
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

/**
 * Node hands a request for an upgrade over at once, even when answers to what came before on the connection are still being written, which
 * it holds in `_httpMessage` one after the other; nobody else may have the socket till then.
 */
function afterEarlierAnswers(socket: Socket & { _httpMessage?: ServerResponse | null }, start: () => void): void {
  const earlier = socket._httpMessage;
  if (!earlier) {
    start();
    return;
  }
  earlier.once('finish', () => {
    // Node takes the connection for one that waits for its next request.
    socket.setTimeout(0);
    afterEarlierAnswers(socket, start);
  });
}

function isForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function protocolsOf({ headers }: IncomingMessage): string[] {
  const offered = headers['sec-websocket-protocol']?.split(',').filter(isNoToken) ?? [];
  return offered.map((name) => name.trim());
}

function isNoToken(protocol: string): boolean {
  return !protocol.trim().startsWith(WEBSOCKET_TOKEN_PREFIX);
}

function refuse(socket: Socket, status: string): undefined {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  socket.destroySoon();
}

function ignore(): void {}
