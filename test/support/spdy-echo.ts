import type { Duplex } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const PING = 6;
const HEADER_BYTES = 8;
const FIN = 1;

/**
 * The kubelet's side of port forwarding over SPDY/3.1, as far as a test needs it: streams come in pairs, one for errors and one for
 * data; what data says first is answered by `answer`, and the stream ends. Headers are not read.
 * @see https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
 */
export function serveForwarding(connection: Duplex, answer: (said: string) => string): void {
  const deflate = createDeflate();
  let compressed: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => compressed.push(chunk));
  let waiting = Buffer.alloc(0);
  let busy = Promise.resolve();
  let streams = 0;
  const errorStreams = new Set<number>();

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
    if (streams++ % 2 === 0) errorStreams.add(id);
    const idBytes = Buffer.alloc(4);
    idBytes.writeUInt32BE(id);
    connection.write(control(SYN_REPLY, Buffer.concat([idBytes, await noHeaders()])));
  };
  const onData = (id: number, flags: number, said: Buffer): void => {
    if (errorStreams.has(id)) {
      if ((flags & FIN) !== 0) connection.write(data(id, Buffer.alloc(0)));
    } else if (said.length > 0) {
      connection.write(data(id, Buffer.from(answer(said.toString()))));
    }
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
          : onData(frame.readUInt32BE(0), frame[4]!, frame.subarray(HEADER_BYTES)),
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

/** All that the stream says. */
function data(id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(id, 0);
  head[4] = FIN;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}
