import { BytePacker } from '../byte-packer.js';

/** One representation made on demand; without bytes once its room was needed. */
export interface RememberedEncoding {
  bytes: Buffer | undefined;
  used: boolean;
}

const QUEUE_SLACK = 1024;

/**
 * The byte limit all remembered encodings share. Eviction is first in, first out with a second chance for what was
 * used meanwhile: a step of constant cost, no bookkeeping on a hit but one flag.
 */
export class EncodingBudget {
  private queue: RememberedEncoding[] = [];
  private head = 0;
  private held = 0;
  private readonly packer = new BytePacker();

  constructor(private readonly bytesMax: number) {}

  get bytes(): number {
    return this.held;
  }

  /**
   * Takes a copy of the bytes; what is bigger than an eighth of the budget is not kept.
   * @param kept bytes that stay in memory anyway are not copied
   */
  add(bytes: Buffer, kept = false): RememberedEncoding | undefined {
    if (bytes.length > this.bytesMax / 8) return undefined;
    this.held += bytes.length;
    const entry: RememberedEncoding = { bytes: kept ? bytes : this.packer.pack(bytes), used: false };
    while (this.held > this.bytesMax) this.evictOne();
    this.queue.push(entry);
    return entry;
  }

  release(entry: RememberedEncoding): void {
    if (entry.bytes === undefined) return;
    this.held -= entry.bytes.length;
    entry.bytes = undefined;
  }

  private evictOne(): void {
    const entry = this.queue[this.head++];
    if (this.head > QUEUE_SLACK && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    if (entry === undefined) throw new Error('encoding budget: nothing left to evict');
    if (entry.bytes !== undefined && entry.used) {
      entry.used = false;
      this.queue.push(entry);
    } else {
      this.release(entry);
    }
  }
}
