import type { Writable } from 'node:stream';
import type { StreamSink } from '../endpoints/answer.js';

/** Streams flushed before other work gets a turn. */
const FLUSHES_PER_TURN_MAX = 256;

/**
 * The sending side of a watch. Chunks of one turn leave as one write; a client that lets more than the limit pile up is cut.
 */
export class WatchSink implements StreamSink {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private ended = false;
  private closed = false;
  private readonly closeListeners: (() => void)[] = [];

  /** @param cut ends the connection of a client that does not keep up */
  constructor(
    private readonly out: Writable,
    private readonly queueBytesMax: number,
    private readonly cut: () => void,
  ) {
    out.once('close', () => this.close());
  }

  write(chunk: Buffer): number {
    if (this.ended || this.closed) return 0;
    if (this.waiting.length === 0) dirtySinks.add(this);
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    return this.waitingBytes + this.out.writableLength;
  }

  end(): void {
    if (this.ended || this.closed) return;
    this.flush();
    this.ended = true;
    this.out.end();
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.push(listener);
  }

  /** Called by the flush of the turn. */
  flush(): void {
    const { waiting } = this;
    if (waiting.length === 0 || this.closed || this.ended) return;
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, this.waitingBytes);
    this.waiting = [];
    this.waitingBytes = 0;
    this.out.write(bytes);
    if (this.out.writableLength > this.queueBytesMax) this.cut();
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiting = [];
    for (const listener of this.closeListeners) listener();
  }
}

/** Sinks with something to send, flushed together at the end of the turn. */
class DirtySinks {
  private sinks: WatchSink[] = [];
  private scheduled = false;

  add(sink: WatchSink): void {
    this.sinks.push(sink);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.flush);
  }

  private readonly flush = (): void => {
    const now = this.sinks;
    const rest = now.length > FLUSHES_PER_TURN_MAX ? now.splice(FLUSHES_PER_TURN_MAX) : [];
    this.sinks = rest;
    this.scheduled = rest.length > 0;
    if (this.scheduled) setImmediate(this.flush);
    for (const sink of now) sink.flush();
  };
}

const dirtySinks = new DirtySinks();
