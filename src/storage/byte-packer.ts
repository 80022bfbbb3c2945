const SLAB_BYTES = 16 * 1024;
/** Above this a value keeps memory of its own. */
const PACKED_BYTES_MAX = SLAB_BYTES / 4;

/**
 * Keeps small values side by side in shared memory. Memory of its own for every value costs the garbage collector far more than the
 * bytes do, and Node's pool of buffers would keep what requests leave behind for as long as a value beside it lives. Slabs are small, so
 * that a value that outlives its neighbours holds little.
 */
export class BytePacker {
  private slab = Buffer.alloc(0);
  private used = 0;

  /** A copy of a value; the value itself where it is big. */
  pack(bytes: Buffer): Buffer {
    if (bytes.length > PACKED_BYTES_MAX) return bytes;
    const packed = this.room(bytes.length);
    packed.set(bytes);
    return packed;
  }

  /** @param length bytes of the text in UTF-8 */
  packText(text: string, length: number): Buffer {
    const packed = length > PACKED_BYTES_MAX ? Buffer.allocUnsafeSlow(length) : this.room(length);
    packed.write(text);
    return packed;
  }

  private room(bytes: number): Buffer {
    if (this.used + bytes > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.used = 0;
    }
    this.used += bytes;
    return this.slab.subarray(this.used - bytes, this.used);
  }
}
