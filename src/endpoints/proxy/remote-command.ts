import { Duplex } from 'node:stream';
import { SpdyConnection, type SpdyStream } from '../../client/spdy/spdy-connection.js';

/** Which streams a command has. */
export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

const CHANNELS = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** First byte of the message that ends a channel; the second names it. */
const CLOSE = 255;

/**
 * A command's streams by SPDY as the messages of `v5.channel.k8s.io`, for clients that speak that by WebSocket: reads and writes whole
 * messages, whose first byte is the channel. Ends when the other side has said how the command ended and all that it wrote.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
export class RemoteCommand extends Duplex {
  private readonly connection: SpdyConnection;
  private readonly inputs = new Map<number, SpdyStream>();
  private open = 0;

  /** @param upgraded a connection that has been upgraded to SPDY/3.1, whose protocol is `v4.channel.k8s.io` */
  constructor(upgraded: Duplex, { stdin, stdout, stderr, tty }: CommandStreams) {
    super({ objectMode: true });
    this.connection = new SpdyConnection(upgraded);
    const wanted = { error: true, stdin, stdout, stderr: stderr && !tty, resize: tty };
    for (const [name, isWanted] of Object.entries(wanted)) {
      if (!isWanted) continue;
      const channel = CHANNELS[name as keyof typeof CHANNELS];
      const stream = this.connection.open({ streamtype: name });
      stream.on('error', () => {});
      if (name === 'stdin' || name === 'resize') {
        this.inputs.set(channel, stream);
        stream.resume();
      } else this.relay(stream, channel);
    }
  }

  override _read(): void {
    for (const stream of this.outputs) stream.resume();
  }

  override _write(message: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const channel = message[0];
    if (channel === CLOSE) {
      this.inputs.get(message[1] ?? CLOSE)?.end();
      done();
      return;
    }
    const input = this.inputs.get(channel ?? CLOSE);
    if (input?.writable === true) input.write(message.subarray(1), () => done());
    else done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.connection.close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.connection.close();
    done(error);
  }

  private readonly outputs: SpdyStream[] = [];

  private relay(stream: SpdyStream, channel: number): void {
    const lead = Buffer.from([channel]);
    this.outputs.push(stream);
    this.open++;
    stream.on('data', (chunk: Buffer) => {
      if (this.push(Buffer.concat([lead, chunk]))) return;
      for (const each of this.outputs) each.pause();
    });
    stream.once('end', () => {
      this.open--;
      if (this.open === 0) this.push(null);
    });
  }
}
