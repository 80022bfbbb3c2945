/**
 * Frames of SPDY/3.1, as far as exec and attach need them.
 * @see https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
 */

export const SYN_STREAM = 1;
export const SYN_REPLY = 2;
export const RST_STREAM = 3;
export const PING = 6;
export const GOAWAY = 7;
/** Flag of the last frame of a stream's one direction. */
export const FIN = 1;

const HEADER_BYTES = 8;
const CONTROL = 0x8003;
const ID_BYTES = 4;
/** Bigger frames are nobody's: the other side's pieces are 32 KB. */
const FRAME_BYTES_MAX = 1 << 20;

export interface Frame {
  /** 0 for data. */
  readonly type: number;
  readonly flags: number;
  /** Of data, and of the control frames that begin with one. */
  readonly streamId: number;
  readonly payload: Buffer;
  /** The frame as it came. */
  readonly bytes: Buffer;
}

/** Puts frames together from what comes on a connection. */
export class FrameReader {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;

  /** The frames that are complete now. @throws Error for a frame that is too big */
  take(chunk: Buffer): Frame[] {
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.waitingBytes < HEADER_BYTES) return [];
    let bytes = this.waiting.length === 1 ? chunk : Buffer.concat(this.waiting, this.waitingBytes);
    const frames: Frame[] = [];
    while (bytes.length >= HEADER_BYTES) {
      const length = HEADER_BYTES + bytes.readUIntBE(5, 3);
      if (length > FRAME_BYTES_MAX) throw new Error(`a SPDY frame of ${length} bytes`);
      if (bytes.length < length) break;
      frames.push(frameOf(bytes.subarray(0, length)));
      bytes = bytes.subarray(length);
    }
    this.waiting = bytes.length > 0 ? [bytes] : [];
    this.waitingBytes = bytes.length;
    return frames;
  }
}

function frameOf(bytes: Buffer): Frame {
  const payload = bytes.subarray(HEADER_BYTES);
  const flags = bytes[4]!;
  if ((bytes[0]! & 0x80) === 0) return { type: 0, flags, streamId: bytes.readUInt32BE(0), payload, bytes };
  const streamId = payload.length < ID_BYTES ? 0 : payload.readUInt32BE(0) & 0x7fffffff;
  return { type: bytes.readUInt16BE(2), flags, streamId, payload, bytes };
}

export function dataFrame(streamId: number, payload: Buffer, flags: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(streamId, 0);
  return withLength(head, payload, flags);
}

export function controlFrame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(CONTROL, 0);
  head.writeUInt16BE(type, 2);
  return withLength(head, payload, 0);
}

function withLength(head: Buffer, payload: Buffer, flags: number): Buffer {
  head[4] = flags;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

const ZLIB_HEADER = Buffer.from([0x78, 0x01]);
/** An empty stored block, at which readers hand out what they have and wait for more. */
const ZLIB_FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/**
 * Headers of a stream as a part of the connection's one zlib stream: stored, since compressing a dozen letters gains nothing.
 * @param first whether this is the connection's first block
 * @see https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4
 */
export function headerBlock(headers: Readonly<Record<string, string>>, first: boolean): Buffer {
  const entries = Object.entries(headers);
  const parts = [uint32(entries.length)];
  for (const text of entries.flat()) parts.push(uint32(Buffer.byteLength(text)), Buffer.from(text));
  const content = Buffer.concat(parts);
  const stored = Buffer.alloc(5);
  stored.writeUInt16LE(content.length, 1);
  stored.writeUInt16LE(~content.length & 0xffff, 3);
  return Buffer.concat([...(first ? [ZLIB_HEADER] : []), stored, content, ZLIB_FLUSH]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
