import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { type Duplex, pipeline, type Readable, type Writable } from 'node:stream';
import { createGzip, constants as zlib } from 'node:zlib';
import type { Answer, LazyBody, StreamSink } from '../endpoints/answer.js';
import type { Exchange } from './exchange.js';
import { Http2Response } from './http2-messages.js';
import { tellUpgrade, tunnel } from './tunnel.js';
import { turnWrites } from './turn-writes.js';
import { discardRest, isStillComing } from './unread-body.js';
import { WatchSink } from './watch-sink.js';
import { sendInMessages } from './web-socket-reader.js';
import { CLOSED_SINK, WebSocketSink } from './web-socket-sink.js';
import type { WebSockets } from './web-sockets.js';

type BytesAnswer = Extract<Answer, { type: 'bytes' }>;
type StreamAnswer = Extract<Answer, { type: 'stream' }>;
type PipeAnswer = Extract<Answer, { type: 'pipe' }>;
type UpgradeAnswer = Extract<Answer, { type: 'upgrade' }>;

/** Bigger bodies are written in slices of this size, each after the one before it has drained. */
const SLICE_BYTES_MAX = 1 << 20;
/** As upstream: smaller bodies are not worth compressing. */
const GZIP_BYTES_MIN = 128 * 1024;
const GZIP_LEVEL = 1;
/** A client that takes nothing of a waiting answer for so long is cut off. */
const STALLED_CLIENT_MS_MAX = 60_000;
const CACHE_CONTROL = 'no-cache, private';

export interface WriterLimits {
  readonly watchQueueBytesMax: number;
}

/**
 * Puts answers on the wire, HTTP/1.1 and HTTP/2 alike. HTTP/2 goes through the stream API: one HEADERS frame, one DATA frame
 * for most answers.
 */
export class AnswerWriter {
  /** What a stop ends: watches, and connections that have changed protocols. */
  private readonly sinks = new Set<Pick<StreamSink, 'end'>>();

  constructor(
    private readonly limits: WriterLimits,
    private readonly webSockets: WebSockets,
    /** Told of every exchange when its last byte has been handed over (or the client has gone). */
    private readonly onDone: (exchange: Exchange) => void,
  ) {}

  write(exchange: Exchange, answer: Answer): void {
    if (exchange.answeredStatus !== 0) {
      giveUp(answer);
      return;
    }
    exchange.answeredStatus = answer.status;
    if (answer.type === 'bytes') this.writeBytes(exchange, answer);
    else if (answer.type === 'stream') this.writeStream(exchange, answer);
    else if (answer.type === 'pipe') this.writePipe(exchange, answer);
    else this.writeUpgrade(exchange, answer);
    if (answer.type === 'bytes' || answer.type === 'stream') discardRest(exchange);
  }

  endStreams(): void {
    for (const sink of this.sinks) sink.end();
  }

  private writeBytes(exchange: Exchange, answer: BytesAnswer): void {
    const { body } = answer;
    const size = sizeOf(body);
    exchange.answeredBytes = size;
    if (size > GZIP_BYTES_MIN && exchange.method === 'GET' && acceptsGzip(exchange)) {
      this.writeGzip(exchange, answer);
    } else if (Buffer.isBuffer(body) && size <= SLICE_BYTES_MAX) {
      sendWhole(exchange, answer, body);
      this.onDone(exchange);
    } else {
      const out = openBody(exchange, answer.status, headersOf(exchange, answer, size));
      if (exchange.method === 'HEAD') out.end();
      else void writeSlices(out, body);
      this.whenClosed(exchange);
    }
  }

  private writeGzip(exchange: Exchange, answer: BytesAnswer): void {
    const headers = headersOf(exchange, answer, undefined);
    headers['Content-Encoding'] = 'gzip';
    headers['Vary'] = 'Accept-Encoding';
    const out = openBody(exchange, answer.status, headers);
    const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: 64 * 1024, strategy: zlib.Z_DEFAULT_STRATEGY });
    pipeline(gzip, out, () => undefined);
    void writeSlices(gzip, answer.body);
    this.whenClosed(exchange);
  }

  private writeStream(exchange: Exchange, answer: StreamAnswer): void {
    if (this.webSockets.askedFor(exchange.raw)) {
      this.writeWebSocket(exchange, answer);
      return;
    }
    const out = openBody(exchange, answer.status, headersOf(exchange, answer, undefined));
    if (out === exchange.response) (out as ServerResponse).flushHeaders();
    const sink = new WatchSink(out, this.limits.watchQueueBytesMax, () => cut(exchange));
    this.sinks.add(sink);
    sink.onClose(() => this.sinks.delete(sink));
    this.whenClosed(exchange);
    if (exchange.method === 'HEAD') sink.end();
    else answer.start(sink);
  }

  private writeWebSocket(exchange: Exchange, { contentType, start }: StreamAnswer): void {
    this.whenClosed(exchange);
    const webSocket = this.webSockets.accept(exchange.raw);
    if (webSocket === undefined) {
      start(CLOSED_SINK);
      return;
    }
    exchange.answeredStatus = 101;
    const sink = new WebSocketSink(webSocket, contentType, this.limits.watchQueueBytesMax);
    this.sinks.add(sink);
    sink.onClose(() => this.sinks.delete(sink));
    start(sink);
  }

  private writeMessages(exchange: Exchange, body: PipeAnswer['body']): void {
    this.whenClosed(exchange);
    const accepted = this.webSockets.acceptReader(exchange.raw);
    if (accepted === undefined) {
      body.destroy();
      return;
    }
    exchange.answeredStatus = 101;
    const sink = { end: () => void body.destroy() };
    this.sinks.add(sink);
    void sendInMessages(accepted.webSocket, body, accepted.base64).then(() => this.sinks.delete(sink));
  }

  private writePipe(exchange: Exchange, answer: PipeAnswer): void {
    if (answer.inMessages && this.webSockets.askedFor(exchange.raw)) {
      this.writeMessages(exchange, answer.body);
      return;
    }
    const headers: OutgoingHttpHeaders = { ...answer.headers };
    headers['audit-id'] ??= exchange.auditId;
    const whole = arrivedWhole(answer);
    if (whole !== undefined) {
      headers['content-length'] = whole.length;
      sendBody(exchange, answer.status, headers, whole);
      discardRest(exchange);
      this.onDone(exchange);
      return;
    }
    const out = openBody(exchange, answer.status, headers);
    // Bytes may be long in coming (watches, logs): the client learns at once that the answer has begun.
    if (out === exchange.response && answer.body.readableLength === 0) {
      (out as ServerResponse).flushHeaders();
    }
    pipeline(answer.body, out, () => undefined);
    if (exchange.isLongRunning) this.endWithServer(answer.body, out);
    // The other server may go on reading while it answers.
    out.once('finish', () => discardRest(exchange));
    this.whenClosed(exchange);
  }

  /** A watch or log of another server ends, when this one stops, as if there were nothing more to say. */
  private endWithServer(body: Readable, out: Writable): void {
    const end = (): void => {
      body.unpipe(out);
      out.end(() => body.destroy());
    };
    const sink = { end };
    this.sinks.add(sink);
    out.once('close', () => this.sinks.delete(sink));
  }

  private writeUpgrade(exchange: Exchange, { rawHeaders, connection, webSocketProtocol }: UpgradeAnswer): void {
    this.whenClosed(exchange);
    const { raw } = exchange;
    let client: Duplex;
    if (webSocketProtocol === undefined) {
      client = this.webSockets.take(raw);
      tellUpgrade(client, rawHeaders);
    } else {
      client = this.webSockets.acceptTunnel(raw, webSocketProtocol, connection.writableObjectMode);
    }
    const sink = { end: tunnel(client, connection) };
    this.sinks.add(sink);
    client.once('close', () => this.sinks.delete(sink));
  }

  private whenClosed(exchange: Exchange): void {
    if (isClosed(exchange)) this.onDone(exchange);
    else exchange.response.once('close', () => this.onDone(exchange));
  }
}

/** An answer that comes after the request's time was up. */
function giveUp(answer: Answer): void {
  if (answer.type === 'pipe') answer.body.on('error', ignore).destroy();
  else if (answer.type === 'upgrade') answer.connection.on('error', ignore).destroy();
}

function isClosed(exchange: Exchange): boolean {
  const stream = http2Stream(exchange);
  if (exchange.raw.httpVersionMajor === 2) return stream === undefined || stream.destroyed;
  return (exchange.response as ServerResponse).destroyed;
}

function sizeOf(body: BytesAnswer['body']): number {
  if (!Array.isArray(body)) return (body as Buffer | LazyBody).byteLength;
  let size = 0;
  for (const buffer of body as readonly Buffer[]) size += buffer.length;
  return size;
}

function acceptsGzip({ headers }: Exchange): boolean {
  const accept = headers['accept-encoding'];
  return typeof accept === 'string' && /(?:^|,)\s*gzip\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$)))/.test(accept);
}

function bodiless(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}

/** @param size of the body; undefined where it is not known beforehand */
function headersOf(
  exchange: Exchange,
  answer: BytesAnswer | StreamAnswer,
  size: number | undefined,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'Audit-Id': exchange.auditId, 'Cache-Control': CACHE_CONTROL };
  if (answer.contentType !== '') headers['Content-Type'] = answer.contentType;
  if (size !== undefined && !bodiless(answer.status)) headers['Content-Length'] = size;
  const { warnings } = exchange;
  if (warnings.length > 0) headers['Warning'] = [...warnings];
  if (answer.headers !== undefined) overlay(headers, answer.headers);
  return headers;
}

/** The answer's own headers win over ours whatever their case. */
function overlay(headers: OutgoingHttpHeaders, more: OutgoingHttpHeaders): void {
  for (const name of Object.keys(more)) {
    const lower = name.toLowerCase();
    if (lower === 'cache-control') delete headers['Cache-Control'];
    else if (lower === 'audit-id') delete headers['Audit-Id'];
    headers[name] = more[name];
  }
}

function http2Stream(exchange: Exchange): ServerHttp2Stream | undefined {
  const { response } = exchange;
  return response instanceof Http2Response ? response.stream : undefined;
}

/** The body of a short answer that has come together with its headers. */
function arrivedWhole({ headers, body }: PipeAnswer): Buffer | undefined {
  const { readableLength: here, destroyed } = body;
  if (here === 0 || destroyed) return undefined;
  const length = headers['content-length'];
  const isWhole = length === undefined ? (body as Partial<IncomingMessage>).complete === true : Number(length) === here;
  if (!isWhole) return undefined;
  const whole = body.read() as Buffer | null;
  // Lets it see its end, so that the connection it came on is free again.
  body.resume();
  return whole ?? undefined;
}

/** The usual answer: everything is there, one call to the socket. */
function sendWhole(exchange: Exchange, answer: BytesAnswer, body: Buffer): void {
  sendBody(exchange, answer.status, headersOf(exchange, answer, body.length), body);
}

function sendBody(exchange: Exchange, status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
  const stream = http2Stream(exchange);
  if (stream !== undefined) {
    if (isGone(stream)) return;
    headers[':status'] = status;
    const empty = body.length === 0 || exchange.method === 'HEAD';
    stream.respond(headers, { endStream: empty });
    if (!empty) stream.end(body);
    return;
  }
  const response = exchange.response as ServerResponse;
  response.writeHead(status, headers);
  if (!isStillComing(exchange)) {
    turnWrites.add(response, body);
    return;
  }
  // The end of an answer may be the end of the connection: that has to wait for a client that writes before it reads.
  response.write(body);
  exchange.raw.once('end', () => response.end());
}

/** Sends the headers and gives what takes the body. */
function openBody(exchange: Exchange, status: number, headers: OutgoingHttpHeaders): Writable {
  const stream = http2Stream(exchange);
  if (stream === undefined) {
    const response = exchange.response as ServerResponse;
    response.writeHead(status, headers);
    return response;
  }
  if (!isGone(stream)) {
    delete headers['connection'];
    delete headers['transfer-encoding'];
    headers[':status'] = status;
    stream.respond(headers, { endStream: exchange.method === 'HEAD' });
    // Node resets a stream at its end whose empty body nobody has read.
    if (stream.endAfterHeaders) stream.resume();
  }
  stream.on('error', ignore);
  return stream;
}

function isGone(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.headersSent;
}

function ignore(): void {}

/** Ends the connection (HTTP/1.1) or the stream (HTTP/2) of a client that does not keep up. */
function cut(exchange: Exchange): void {
  const stream = http2Stream(exchange);
  if (stream === undefined) exchange.raw.socket?.destroy();
  else stream.close(constants.NGHTTP2_CANCEL);
}

function isLazy(body: BytesAnswer['body']): body is LazyBody {
  return 'chunks' in body;
}

function* slicesOf(body: BytesAnswer['body']): Generator<Buffer> {
  if (isLazy(body)) {
    for (const chunk of body.chunks()) yield* slicesOf(chunk);
    return;
  }
  if (Buffer.isBuffer(body)) {
    for (let at = 0; at < body.length; at += SLICE_BYTES_MAX) yield body.subarray(at, at + SLICE_BYTES_MAX);
    return;
  }
  let waiting: Buffer[] = [];
  let size = 0;
  for (const buffer of body) {
    if (buffer.length > SLICE_BYTES_MAX) {
      if (size > 0) yield joined(waiting, size);
      waiting = [];
      size = 0;
      yield* slicesOf(buffer);
      continue;
    }
    if (size + buffer.length > SLICE_BYTES_MAX) {
      yield joined(waiting, size);
      waiting = [];
      size = 0;
    }
    waiting.push(buffer);
    size += buffer.length;
  }
  if (size > 0) yield joined(waiting, size);
}

/** Big buffers come alone and are passed on as they are. */
function joined(buffers: readonly Buffer[], size: number): Buffer {
  return buffers.length === 1 ? buffers[0]! : Buffer.concat(buffers, size);
}

async function writeSlices(out: Writable, body: BytesAnswer['body']): Promise<void> {
  const lazy = isLazy(body);
  for (const slice of slicesOf(body)) {
    if (out.destroyed) return;
    if (lazy) await sent(out, slice);
    else if (!out.write(slice)) await drained(out);
  }
  if (!out.destroyed) out.end();
}

/** Writes a slice that is overwritten afterwards: resolves when it has left, or the client has gone. */
function sent(out: Writable, slice: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      out.off('close', done);
      resolve();
    };
    const timer = setTimeout(() => out.destroy(), STALLED_CLIENT_MS_MAX);
    timer.unref();
    out.on('close', done);
    out.write(slice, done);
  });
}

/** Resolves when there is room again, or the client has gone, which is also what befalls one that takes nothing for long. */
function drained(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      out.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(() => out.destroy(), STALLED_CLIENT_MS_MAX);
    timer.unref();
    out.on('drain', done).on('close', done);
  });
}
