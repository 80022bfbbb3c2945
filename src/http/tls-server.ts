import type { RequestListener } from 'node:http';
import { constants, createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { ServerOptions } from '../config/server-options.js';
import { Http2Request, Http2Response } from './http2-messages.js';

/** Keys and certificates as PEM text; '' where there is none. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
  readonly requestheaderClientCa: string;
}

/** What a connection may cost before it is refused or closed. Sizes in bytes, times in milliseconds. */
export const CONNECTION_LIMITS = {
  connectionsMax: 20_000,
  headerBytesMax: 128 * 1024,
  headersCountMax: 1_000,
  headersTimeoutMs: 32_000,
  handshakeTimeoutMs: 10_000,
  keepAliveTimeoutMs: 90_000,
  tcpKeepAliveMs: 30_000,
  http2StreamsMax: 1_000,
  http2WindowBytes: 256 * 1024,
  http2ConnectionWindowBytes: 4 << 20,
  http2SessionMemoryMegabytes: 256,
  http2InvalidFramesMax: 100,
  http2RejectedStreamsMax: 100,
  /** A silent HTTP/2 connection is pinged, and closed when it does not answer in the time of {@link http2PingMs}. */
  http2IdleMs: 90_000,
  http2PingMs: 15_000,
  http2ResetsPerSecondMax: 200,
} as const;

export type TlsServer = Http2SecureServer | HttpsServer;

/** TLS settings of the listener; also used to renew them while it runs. */
export function secureContext(tls: TlsMaterial): Pick<TlsOptions, 'cert' | 'key' | 'ca'> {
  const ca = [tls.clientCa, tls.requestheaderClientCa].filter((pem) => pem !== '');
  return { cert: tls.cert, key: tls.key, ...(ca.length > 0 && { ca }) };
}

/** The HTTPS listener with HTTP/2 and HTTP/1.1 (or the latter alone), asking for client certificates without insisting. */
export function createTlsServer(options: ServerOptions, tls: TlsMaterial, handler: RequestListener): TlsServer {
  const limits = CONNECTION_LIMITS;
  const http1 = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs + limits.headersTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: 1_000,
    keepAlive: true,
    keepAliveInitialDelay: limits.tcpKeepAliveMs,
  };
  const base = {
    ...secureContext(tls),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeTimeoutMs,
    noDelay: true,
    ...http1,
  } as const;
  const routed = withRoutedMethod(handler);
  const server = options.disableHttp2Serving
    ? createServer(base, routed)
    : createHttp2Server({ ...base, ...http2Options() }, routed);
  server.on('secureConnection', keepParsing);
  server.maxConnections = limits.connectionsMax;
  // An HTTP/2 server that also speaks HTTP/1.1 takes these as properties only.
  Object.assign(server, http1);
  return server;
}

const ROUTED_METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY', 'TRACE']);
/** One that no path takes, and the router knows. */
const NO_PATHS_METHOD = 'QUERY';

/** The router leaves requests of methods that it does not know without an answer, or answers before anybody asks who they are from. */
function withRoutedMethod(handler: RequestListener): RequestListener {
  return (request, response) => {
    if (!ROUTED_METHODS.has(request.method!)) request.method = NO_PATHS_METHOD;
    handler(request, response);
  };
}

/**
 * Node pauses the parser of a connection whose answers have not all left, together with the socket. TLS still hands over what it has
 * decrypted, which a paused parser takes for a fault of the client: a big body right after a big answer would be refused with 400. With the
 * parser left running, the socket alone holds the client back.
 */
function keepParsing(socket: Socket & { parser?: { pause: () => void } | null }): void {
  if (socket.parser) socket.parser.pause = doNothing;
}

function doNothing(): void {}

function http2Options() {
  const limits = CONNECTION_LIMITS;
  return {
    allowHTTP1: true,
    maxSessionMemory: limits.http2SessionMemoryMegabytes,
    maxSessionInvalidFrames: limits.http2InvalidFramesMax,
    maxSessionRejectedStreams: limits.http2RejectedStreamsMax,
    settings: {
      maxConcurrentStreams: limits.http2StreamsMax,
      initialWindowSize: limits.http2WindowBytes,
      maxHeaderListSize: limits.headerBytesMax,
      enablePush: false,
    },
  };
}

function createHttp2Server(
  options: Parameters<typeof createSecureServer>[0],
  handler: RequestListener,
): Http2SecureServer {
  const messages = { Http2ServerRequest: Http2Request, Http2ServerResponse: Http2Response } as unknown as object;
  const server = createSecureServer(
    { ...options, ...messages },
    handler as unknown as Parameters<typeof createSecureServer>[1],
  );
  server.on('session', guardSession);
  server.on('sessionError', () => undefined);
  return server;
}

/** Closes connections that are dead, and those that open streams only to reset them. */
function guardSession(session: ServerHttp2Session): void {
  const limits = CONNECTION_LIMITS;
  session.setLocalWindowSize(limits.http2ConnectionWindowBytes);
  session.setTimeout(limits.http2IdleMs, () => pingOrClose(session));
}

function pingOrClose(session: ServerHttp2Session): void {
  if (session.destroyed) return;
  const timer = setTimeout(() => session.destroy(undefined, constants.NGHTTP2_NO_ERROR), CONNECTION_LIMITS.http2PingMs);
  timer.unref();
  session.ping(() => clearTimeout(timer));
}
