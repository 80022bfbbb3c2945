import type { WebSocket } from 'ws';
import type { StreamSink } from '../endpoints/answer.js';
import { closeWebSocket } from './web-sockets.js';

const LINE_FEED = 0x0a;
const LENGTH_BYTES = 4;

/** The sending side of a watch on a WebSocket: one event a message, as text, or as binary for protobuf. */
export class WebSocketSink implements StreamSink {
  private readonly binary: boolean;

  /** @param contentType of the frames that are written here: lines of text, or protobuf with its length before it */
  constructor(
    private readonly webSocket: WebSocket,
    contentType: string,
    private readonly queueBytesMax: number,
  ) {
    this.binary = contentType.startsWith('application/vnd.kubernetes.protobuf');
  }

  write(chunk: Buffer): number {
    const { webSocket, binary } = this;
    if (webSocket.readyState !== webSocket.OPEN) return 0;
    for (const message of binary ? messagesOf(chunk) : linesOf(chunk)) webSocket.send(message, { binary });
    const waiting = webSocket.bufferedAmount;
    if (waiting > this.queueBytesMax) webSocket.terminate();
    return waiting;
  }

  end(): void {
    closeWebSocket(this.webSocket);
  }

  onClose(listener: () => void): void {
    if (this.webSocket.readyState === this.webSocket.CLOSED) listener();
    else this.webSocket.once('close', listener);
  }
}

/** For producers whose client was refused. */
export const CLOSED_SINK: StreamSink = {
  write: () => 0,
  end: () => undefined,
  onClose: (listener) => listener(),
};

/** With their line feeds, as the reference sends them. */
function* linesOf(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; ) {
    const end = chunk.indexOf(LINE_FEED, at);
    const next = end < 0 ? chunk.length : end + 1;
    yield chunk.subarray(at, next);
    at = next;
  }
}

/** Without the lengths, which a WebSocket has of its own. */
function* messagesOf(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at + LENGTH_BYTES <= chunk.length; ) {
    const next = at + LENGTH_BYTES + chunk.readUInt32BE(at);
    yield chunk.subarray(at + LENGTH_BYTES, next);
    at = next;
  }
}
