const CHUNK_KEYS_MAX = 512;
const CHUNK_KEYS_MIN = CHUNK_KEYS_MAX / 8;

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
}

/**
 * A map ordered by key (UTF-16 code units, which is byte order for the ASCII that keys are made of). A list of short
 * sorted arrays: lookups are two binary searches, insertion and removal move at most one array, iteration is a walk.
 */
export class SortedMap<V> {
  private readonly chunks: Chunk<V>[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: string): V | undefined {
    const chunk = this.chunks[this.chunkOf(key)];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    return chunk.keys[at] === key ? chunk.values[at] : undefined;
  }

  set(key: string, value: V): void {
    const position = this.chunkOf(key);
    const chunk = this.chunks[position];
    if (chunk === undefined) {
      this.chunks.push({ keys: [key], values: [value] });
      this.count++;
      return;
    }
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] === key) {
      chunk.values[at] = value;
      return;
    }
    this.count++;
    if (chunk.keys.length < CHUNK_KEYS_MAX) insert(chunk, at, key, value);
    else this.insertIntoFull(position, at, key, value);
  }

  delete(key: string): boolean {
    const position = this.chunkOf(key);
    const chunk = this.chunks[position];
    if (chunk === undefined) return false;
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] !== key) return false;
    chunk.keys.splice(at, 1);
    chunk.values.splice(at, 1);
    this.count--;
    if (chunk.keys.length < CHUNK_KEYS_MIN) this.shrink(position, chunk);
    return true;
  }

  /** Number of keys in [from, to). Costs a step for each 512 keys. */
  countRange(from: string, to: string | undefined): number {
    return Math.max(0, (to === undefined ? this.count : this.rank(to)) - this.rank(from));
  }

  /** Walks keys from `from` (inclusive) to `to` (exclusive). Valid until the map changes. */
  cursor(from: string, to?: string): SortedCursor<V> {
    const position = this.chunkOf(from);
    const chunk = this.chunks[position];
    return new SortedCursor(this.chunks, position, chunk === undefined ? 0 : lowerBound(chunk.keys, from), to);
  }

  private rank(key: string): number {
    const position = this.chunkOf(key);
    const chunk = this.chunks[position];
    if (chunk === undefined) return 0;
    let rank = lowerBound(chunk.keys, key);
    for (let i = 0; i < position; i++) rank += this.chunks[i]!.keys.length;
    return rank;
  }

  /** The last chunk that begins at or before the key, else the first. */
  private chunkOf(key: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.chunks[middle]!.keys[0]! <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private insertIntoFull(position: number, at: number, key: string, value: V): void {
    const chunk = this.chunks[position]!;
    // Keys that arrive in order leave full chunks behind them.
    const cut = at === chunk.keys.length ? at : CHUNK_KEYS_MAX / 2;
    const upper: Chunk<V> = { keys: chunk.keys.splice(cut), values: chunk.values.splice(cut) };
    this.chunks.splice(position + 1, 0, upper);
    if (at >= cut) insert(upper, at - cut, key, value);
    else insert(chunk, at, key, value);
  }

  private shrink(position: number, chunk: Chunk<V>): void {
    const next = this.chunks[position + 1];
    if (chunk.keys.length === 0) {
      this.chunks.splice(position, 1);
    } else if (next !== undefined && next.keys.length + chunk.keys.length <= CHUNK_KEYS_MAX / 2) {
      for (let i = 0; i < next.keys.length; i++) insert(chunk, chunk.keys.length, next.keys[i]!, next.values[i]!);
      this.chunks.splice(position + 1, 1);
    }
  }
}

export class SortedCursor<V> {
  constructor(
    private readonly chunks: readonly Chunk<V>[],
    private position: number,
    private at: number,
    private readonly to: string | undefined,
  ) {}

  /** Key that `next` will move past; undefined at the end. */
  get key(): string | undefined {
    let chunk = this.chunks[this.position];
    if (chunk !== undefined && this.at >= chunk.keys.length) {
      this.at = 0;
      chunk = this.chunks[++this.position];
    }
    const key = chunk?.keys[this.at];
    return key === undefined || (this.to !== undefined && key >= this.to) ? undefined : key;
  }

  /** The value at `key`, and one step on; undefined at the end. */
  next(): V | undefined {
    return this.key === undefined ? undefined : this.chunks[this.position]!.values[this.at++];
  }
}

function insert<V>(chunk: Chunk<V>, at: number, key: string, value: V): void {
  if (at === chunk.keys.length) {
    chunk.keys.push(key);
    chunk.values.push(value);
  } else {
    chunk.keys.splice(at, 0, key);
    chunk.values.splice(at, 0, value);
  }
}

/** Position of the first key that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
