/** Size of the slices in which big answers are put together and written. */
export const SLICE_BYTES = 1 << 20;

/** Bodies below this size get a buffer of their own: V8 has small ones at hand. */
const SMALL_BYTES_MAX = 64 * 1024;
/** Slices kept for the next answers. Fresh memory of this size costs the kernel more than the copy that fills it. */
const FREE_SLICES_MAX = 16;
const freeSlices: Buffer[] = [];

/** A buffer to put a body together in: all of it, or slice by slice. Give it back once its bytes have left. */
export function takeSlice(bodyBytes: number): Buffer {
  if (bodyBytes <= SMALL_BYTES_MAX) return Buffer.allocUnsafe(bodyBytes);
  return freeSlices.pop() ?? Buffer.allocUnsafeSlow(SLICE_BYTES);
}

/** Takes a slice back that nothing reads any more. */
export function giveSlice(slice: Buffer): void {
  if (slice.length === SLICE_BYTES && freeSlices.length < FREE_SLICES_MAX) freeSlices.push(slice);
}
