import type { OutgoingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';

/** Bytes to a client that has not gone. Never blocks: `write` says how much waits and the producer bounds it. */
export interface StreamSink {
  /** Queues bytes; returns how many bytes wait to be sent after this call. */
  write(chunk: Buffer): number;
  end(): void;
  /** Called once when the client is gone or the stream ended; producers stop then. */
  onClose(listener: () => void): void;
}

/** A body of known size whose parts are made when the client is ready for them. */
export interface LazyBody {
  readonly byteLength: number;
  /**
   * The bytes in order, in slices of a few MB at most. Called once an answer. A slice may be overwritten when the next is asked
   * for: whoever sends it asks once it has been sent.
   */
  chunks(): Iterable<Buffer>;
}

/**
 * What a handler gives back for `http/` to send: handlers never touch the socket. A body of several buffers is written in
 * slices so that no answer holds the event loop.
 */
export type Answer =
  | {
      readonly type: 'bytes';
      readonly status: number;
      readonly contentType: string;
      readonly headers?: OutgoingHttpHeaders;
      readonly body: Buffer | readonly Buffer[] | LazyBody;
    }
  | {
      /** Watches, logs: the handler pushes. */
      readonly type: 'stream';
      readonly status: number;
      readonly contentType: string;
      readonly headers?: OutgoingHttpHeaders;
      readonly start: (sink: StreamSink) => void;
    }
  | {
      /** Proxied answers: headers as given, bytes passed on with backpressure. */
      readonly type: 'pipe';
      readonly status: number;
      readonly headers: OutgoingHttpHeaders;
      readonly body: Readable;
      /** Where the client asked for a WebSocket, the body goes in its messages. */
      readonly inMessages?: true;
    }
  | {
      /** Proxied connections that have changed protocols: from here on bytes are passed on both ways until one side ends. */
      readonly type: 'upgrade';
      readonly status: 101;
      /** Names and values in turn, as the other server wrote them. */
      readonly rawHeaders: readonly string[];
      /**
       * Where the client asked for a WebSocket and the other server knows none: the subprotocol of one that carries the bytes; the
       * messages, where `connection` is in object mode.
       */
      readonly webSocketProtocol?: string;
      /** The connection to the other server, paused. Whoever writes the answer closes it. */
      readonly connection: Duplex;
    };
