import { Duplex } from 'node:stream';
import {
  controlFrame,
  dataFrame,
  FIN,
  type Frame,
  FrameReader,
  GOAWAY,
  headerBlock,
  PING,
  RST_STREAM,
  SYN_REPLY,
  SYN_STREAM,
  uint32,
} from './frames.js';

/** Bytes of one data frame, as other implementations send them. */
const DATA_BYTES_MAX = 32 * 1024;
/** Priority and slot, which nobody looks at. */
const LOWEST_PRIORITY = Buffer.from([0, 0]);
const NO_PARENT = uint32(0);

/**
 * The client's side of SPDY/3.1 on a connection that has been upgraded to it. There is no flow control by windows, as in the
 * implementation that Kubernetes uses: a stream that is not read holds back the connection.
 */
export class SpdyConnection {
  private readonly reader = new FrameReader();
  private readonly streams = new Map<number, SpdyStream>();
  private nextId = 1;

  constructor(private readonly connection: Duplex) {
    connection.on('data', (chunk: Buffer) => this.take(chunk));
    connection.on('error', () => this.end());
    connection.once('end', () => this.end());
    connection.once('close', () => this.end());
  }

  /** Opens a stream; what is written on it waits for the other side's reply. */
  open(headers: Readonly<Record<string, string>>): SpdyStream {
    const id = this.nextId;
    this.nextId += 2;
    const stream = new SpdyStream(id, this.connection, () => this.flow());
    this.streams.set(id, stream);
    const block = headerBlock(headers, id === 1);
    this.connection.write(controlFrame(SYN_STREAM, Buffer.concat([uint32(id), NO_PARENT, LOWEST_PRIORITY, block])));
    return stream;
  }

  close(): void {
    this.connection.destroy();
    this.end();
  }

  private take(chunk: Buffer): void {
    try {
      for (const frame of this.reader.take(chunk)) this.handle(frame);
    } catch {
      this.close();
    }
    this.flow();
  }

  private handle({ type, flags, streamId, payload, bytes }: Frame): void {
    const stream = this.streams.get(streamId);
    if (type === 0) {
      if (payload.length > 0) stream?.receive(payload);
    } else if (type === SYN_REPLY) stream?.reply();
    else if (type === RST_STREAM) stream?.receive(null);
    else if (type === GOAWAY) this.end();
    else if (type === PING && streamId % 2 === 0) this.connection.write(bytes);
    if ((type === 0 || type === SYN_REPLY) && (flags & FIN) !== 0) stream?.receive(null);
  }

  /** Reads on while every stream is read. */
  private flow(): void {
    const isHeldBack = [...this.streams.values()].some((stream) => stream.isFull);
    if (isHeldBack) this.connection.pause();
    else this.connection.resume();
  }

  private end(): void {
    for (const stream of this.streams.values()) stream.receive(null);
    this.streams.clear();
  }
}

/** One stream: bytes both ways, each direction ended by itself. */
export class SpdyStream extends Duplex {
  private replied = false;
  private isEnded = false;
  private wantsMore = true;
  private whenReplied: (() => void) | undefined;

  constructor(
    private readonly streamId: number,
    private readonly connection: Duplex,
    private readonly onRead: () => void,
  ) {
    super();
  }

  /** Whether as much waits to be read as may. */
  get isFull(): boolean {
    return !this.wantsMore;
  }

  reply(): void {
    this.replied = true;
    this.whenReplied?.();
  }

  /** Bytes of the other side, null for their end; whatever comes after that is dropped. */
  receive(chunk: Buffer | null): void {
    if (this.isEnded || this.destroyed) return;
    this.isEnded = chunk === null;
    this.wantsMore = this.push(chunk) || this.isEnded;
  }

  override _read(): void {
    this.wantsMore = true;
    this.onRead();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.afterReply(() => {
      for (let at = 0; at < chunk.length; at += DATA_BYTES_MAX) {
        const isLast = at + DATA_BYTES_MAX >= chunk.length;
        this.connection.write(
          dataFrame(this.streamId, chunk.subarray(at, at + DATA_BYTES_MAX), 0),
          isLast ? done : undefined,
        );
      }
      if (chunk.length === 0) done();
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.afterReply(() => this.connection.write(dataFrame(this.streamId, Buffer.alloc(0), FIN), done));
  }

  private afterReply(action: () => void): void {
    if (this.replied) action();
    else this.whenReplied = action;
  }
}
