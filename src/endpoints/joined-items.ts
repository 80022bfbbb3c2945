import type { LazyBody } from './answer.js';
import { giveSlice, takeSlice } from './slices.js';

/** How one item of a list is written into the answer, with what separates it from the one before it. */
export interface ItemWriter<T> {
  /** Bytes that `write` takes. */
  size(item: T, first: boolean): number;
  /** Writes at a position and answers the position behind. There is room for `size` bytes. */
  write(item: T, first: boolean, target: Buffer, at: number): number;
}

/**
 * A list of many encodings that are already there: its size is known, and its bytes are put together slice by slice as the client
 * takes them, so that a big list needs no memory of its own and never holds the event loop.
 */
export class JoinedItems<T> implements LazyBody {
  readonly byteLength: number;

  constructor(
    private readonly head: Buffer,
    private readonly items: readonly T[],
    private readonly tail: Buffer,
    private readonly writer: ItemWriter<T>,
  ) {
    let size = head.length + tail.length;
    for (let i = 0; i < items.length; i++) size += writer.size(items[i]!, i === 0);
    this.byteLength = size;
  }

  /**
   * One buffer serves the whole list: each slice is overwritten when the next is asked for. Another answer gets it only when all of
   * this one was taken: bytes of an answer that was given up may still be on their way.
   */
  *chunks(): Generator<Buffer> {
    const { items, writer } = this;
    const usual = takeSlice(this.byteLength);
    let chunk = usual;
    let used = 0;
    for (let i = -1; i <= items.length; i++) {
      const edge = i < 0 ? this.head : i === items.length ? this.tail : undefined;
      const needed = edge === undefined ? writer.size(items[i]!, i === 0) : edge.length;
      if (used + needed > chunk.length) {
        if (used > 0) yield chunk.subarray(0, used);
        chunk = needed > usual.length ? Buffer.allocUnsafe(needed) : usual;
        used = 0;
      }
      if (edge === undefined) used = writer.write(items[i]!, i === 0, chunk, used);
      else used += edge.copy(chunk, used);
    }
    if (used > 0) yield chunk.subarray(0, used);
    giveSlice(usual);
  }

  /** The whole at once, for answers that are small or written in another form. */
  concat(): Buffer {
    const whole = Buffer.allocUnsafe(this.byteLength);
    let used = 0;
    for (const chunk of this.chunks()) used += chunk.copy(whole, used);
    return whole;
  }
}

const COMMA = 0x2c;

/** Items that are JSON texts, with commas between them. */
export const JSON_TEXTS: ItemWriter<Buffer> = {
  size: (text, first) => text.length + (first ? 0 : 1),
  write(text, first, target, at) {
    if (!first) target[at++] = COMMA;
    target.set(text, at);
    return at + text.length;
  },
};

/** The same with something in place of each text's opening brace. */
export function jsonTextsWith(prefix: Buffer): ItemWriter<Buffer> {
  return {
    size: (text, first) => prefix.length + text.length - (first ? 1 : 0),
    write(text, first, target, at) {
      if (!first) target[at++] = COMMA;
      target.set(prefix, at);
      return at + prefix.length + text.copy(target, at + prefix.length, 1);
    },
  };
}
