import type { Duplex } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const PING = 6;
const HEADER_BYTES = 8;
const FIN = 1;

/** What a test's side of SPDY does with its streams. */
interface StreamServer {
  /** Called for each stream in the order in which they are opened, from 0. */
  opened(id: number, position: number): void;
  /** @param ended whether that was all */
  said(id: number, bytes: Buffer, ended: boolean): void;
}

/**
 * The kubelet's side of port forwarding over SPDY/3.1, as far as a test needs it: streams come in pairs, one for errors and one for
 * data; what data says first is answered by `answer`, and the stream ends. Headers are not read.
 * @see https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
 */
export function serveForwarding(connection: Duplex, answer: (said: string) => string): void {
  const errorStreams = new Set<number>();
  serveStreams(connection, {
    opened: (id, position) => {
      if (position % 2 === 0) errorStreams.add(id);
    },
    said: (id, bytes, ended) => {
      if (errorStreams.has(id)) {
        if (ended) connection.write(data(id, Buffer.alloc(0), FIN));
      } else if (bytes.length > 0) {
        connection.write(data(id, Buffer.from(answer(bytes.toString())), FIN));
      }
    },
  });
}

/**
 * The kubelet's side of a command: tells by what it was run, repeats its input in capitals until that ends, and then ends well.
 * @param names of the streams, in the order in which clients open them
 */
export function serveCommand(connection: Duplex, names: readonly string[], command: string): void {
  const ids = new Map<string, number>();
  const write = (name: string, text: string, flags: number): void => {
    const id = ids.get(name);
    if (id !== undefined) connection.write(data(id, Buffer.from(text), flags));
  };
  const exit = (): void => {
    write('error', '{"metadata":{},"status":"Success"}', FIN);
    for (const name of ['stdout', 'stderr']) write(name, '', FIN);
  };
  serveStreams(connection, {
    opened: (id, position) => {
      ids.set(names[position] ?? '', id);
      if (ids.size < names.length) return;
      write('stdout', `ran ${command}\n`, 0);
      if (!names.includes('stdin')) exit();
    },
    said: (id, bytes, ended) => {
      if (id !== ids.get('stdin')) return;
      if (bytes.length > 0) write('stdout', bytes.toString().toUpperCase(), 0);
      if (ended) exit();
    },
  });
}

function serveStreams(connection: Duplex, server: StreamServer): void {
  const deflate = createDeflate();
  let compressed: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => compressed.push(chunk));
  let waiting = Buffer.alloc(0);
  let busy = Promise.resolve();
  let streams = 0;

  /** No headers, as the next part of the connection's one zlib stream. */
  const noHeaders = (): Promise<Buffer> =>
    new Promise((resolve) => {
      deflate.write(Buffer.alloc(4));
      deflate.flush(constants.Z_SYNC_FLUSH, () => {
        resolve(Buffer.concat(compressed));
        compressed = [];
      });
    });
  const onControl = async (type: number, frame: Buffer): Promise<void> => {
    if (type === PING) connection.write(frame);
    if (type !== SYN_STREAM) return;
    const id = frame.readUInt32BE(HEADER_BYTES);
    const idBytes = Buffer.alloc(4);
    idBytes.writeUInt32BE(id);
    connection.write(control(SYN_REPLY, Buffer.concat([idBytes, await noHeaders()])));
    server.opened(id, streams++);
  };
  connection.on('error', () => {});
  connection.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let length = lengthOf(waiting); length <= waiting.length; length = lengthOf(waiting)) {
      const frame = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      const isControl = (frame[0]! & 0x80) !== 0;
      busy = busy.then(() =>
        isControl
          ? onControl(frame.readUInt16BE(2), frame)
          : server.said(frame.readUInt32BE(0), frame.subarray(HEADER_BYTES), (frame[4]! & FIN) !== 0),
      );
    }
  });
}

function lengthOf(bytes: Buffer): number {
  return bytes.length < HEADER_BYTES ? Number.POSITIVE_INFINITY : HEADER_BYTES + bytes.readUIntBE(5, 3);
}

function control(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(type, 2);
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

function data(id: number, payload: Buffer, flags: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(id, 0);
  head[4] = flags;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}
