const SLAB_BYTES = 16 * 1024;
/** Above this a value keeps memory of its own. */
const PACKED_BYTES_MAX = SLAB_BYTES / 8;

/**
 * Copies small values side by side into shared memory. Drivers give every value memory of its own, which costs the garbage
 * collector far more than the bytes do; slabs are small, so that a value that outlives its neighbours holds little.
 */
export class BytePacker {
  private slab = Buffer.alloc(0);
  private used = 0;

  pack(bytes: Buffer): Buffer {
    if (bytes.length > PACKED_BYTES_MAX) return bytes;
    if (this.used + bytes.length > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.used = 0;
    }
    const packed = this.slab.subarray(this.used, this.used + bytes.length);
    packed.set(bytes);
    this.used += bytes.length;
    return packed;
  }
}
