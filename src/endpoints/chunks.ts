/** Size of the slices in which big answers are put together and written. */
export const CHUNK_BYTES = 1 << 20;

/**
 * Puts many small buffers together into few big ones, so that an answer of thousands of objects costs one copy and a handful of
 * writes.
 */
export class ChunkBuilder {
  private readonly done: Buffer[] = [];
  private current: Buffer;
  private used = 0;

  /** @param sizeHint bytes expected in all; a small answer then takes one exact allocation */
  constructor(sizeHint: number) {
    this.current = Buffer.allocUnsafe(Math.min(Math.max(sizeHint, 256), CHUNK_BYTES));
  }

  /** Appends `source` from byte `start` on. */
  push(source: Buffer, start = 0): void {
    const length = source.length - start;
    if (this.used + length > this.current.length) this.grow(length);
    source.copy(this.current, this.used, start);
    this.used += length;
  }

  text(value: string): void {
    this.push(Buffer.from(value));
  }

  byte(value: number): void {
    if (this.used === this.current.length) this.grow(1);
    this.current[this.used++] = value;
  }

  finish(): Buffer[] {
    if (this.used > 0) this.done.push(this.current.subarray(0, this.used));
    this.used = 0;
    return this.done;
  }

  private grow(needed: number): void {
    if (this.used > 0) this.done.push(this.current.subarray(0, this.used));
    this.current = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, needed));
    this.used = 0;
  }
}
