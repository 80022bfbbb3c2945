import type { LazyBody } from './answer.js';
import { CHUNK_BYTES } from './chunks.js';

const COMMA = 0x2c;

/**
 * A JSON list of many texts that are already there: its size is known, and its bytes are put together slice by slice as the client
 * takes them, so that a big list needs no memory of its own and never holds the event loop.
 */
export class JoinedTexts implements LazyBody {
  readonly byteLength: number;

  /**
   * @param itemPrefix what goes before each item in place of its opening brace; undefined: items stand as they are
   */
  constructor(
    private readonly head: Buffer,
    private readonly items: readonly Buffer[],
    private readonly tail: Buffer,
    private readonly itemPrefix?: Buffer,
  ) {
    const extra = itemPrefix === undefined ? 0 : itemPrefix.length - 1;
    let size = head.length + tail.length + Math.max(0, items.length - 1);
    for (const item of items) size += item.length + extra;
    this.byteLength = size;
  }

  /** One buffer serves the whole list: each slice is overwritten when the next is asked for. */
  *chunks(): Generator<Buffer> {
    const { items, itemPrefix, tail } = this;
    const prefixBytes = itemPrefix?.length ?? 0;
    const from = itemPrefix === undefined ? 0 : 1;
    let chunk = Buffer.allocUnsafe(Math.min(this.byteLength, Math.max(CHUNK_BYTES, this.head.length)));
    let used = this.head.copy(chunk);
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      const needed = item.length - from + prefixBytes + 1;
      if (used + needed > chunk.length && used > 0) {
        yield chunk.subarray(0, used);
        if (needed > chunk.length) chunk = Buffer.allocUnsafe(needed);
        used = 0;
      }
      if (i > 0) chunk[used++] = COMMA;
      if (itemPrefix !== undefined) used += itemPrefix.copy(chunk, used);
      used += item.copy(chunk, used, from);
    }
    if (used + tail.length > chunk.length) {
      yield chunk.subarray(0, used);
      yield tail;
      return;
    }
    used += tail.copy(chunk, used);
    yield chunk.subarray(0, used);
  }

  /** The whole at once, for answers that are small or written in another form. */
  concat(): Buffer {
    const whole = Buffer.allocUnsafe(this.byteLength);
    let used = 0;
    for (const chunk of this.chunks()) used += chunk.copy(whole, used);
    return whole;
  }
}
