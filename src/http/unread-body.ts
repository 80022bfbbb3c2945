import { constants } from 'node:http2';
import type { Exchange } from './exchange.js';
import { Http2Request } from './http2-messages.js';

/** An answered request may send so much more before its connection is closed; the client then gets to read the answer. */
const DISCARDED_BYTES_MAX = 32 << 20;
const DISCARD_MS_MAX = 10_000;

/** Whether a request over HTTP/1.1 has a body that was not read to its end. */
export function isStillComing({ raw }: Exchange): boolean {
  if (raw instanceof Http2Request || raw.complete || raw.readableEnded) return false;
  return raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined;
}

/**
 * Deals with a body that is still coming when its request has been answered: HTTP/2 stops the stream, HTTP/1.1 reads on and
 * throws away, within limits, because a connection closed on unread bytes may lose the answer.
 */
export function discardRest(exchange: Exchange): void {
  const { raw } = exchange;
  if (raw instanceof Http2Request) {
    const { stream } = raw;
    if (stream.endAfterHeaders || stream.readableEnded || stream.destroyed) return;
    const close = (): void => stream.close(constants.NGHTTP2_NO_ERROR);
    if (stream.writableFinished) close();
    else stream.once('finish', close);
    return;
  }
  if (!isStillComing(exchange)) return;
  const { socket } = raw;
  let discarded = 0;
  const timer = setTimeout(() => socket.destroy(), DISCARD_MS_MAX);
  timer.unref();
  raw.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > DISCARDED_BYTES_MAX) socket.destroy();
  });
  raw.once('close', () => clearTimeout(timer));
  raw.resume();
}
