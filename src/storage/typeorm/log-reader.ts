import { BytePacker } from '../byte-packer.js';
import type { CachedObject } from '../cacher/cached-object.js';
import type { CollectionCache } from '../cacher/collection-cache.js';
import { entryOf, type LogEntry } from '../revision-log.js';
import type { Revision } from '../storage.js';
import type { StorageLimits } from '../storage-options.js';
import type { Dialect, ObjectRow } from './dialect.js';

const FIRST_ROWS = 64;

/** Reads what is stored of a collection in pieces of bounded size, so that neither memory nor the event loop suffers. */
export class LogReader {
  constructor(
    private readonly dialect: Dialect,
    private readonly limits: StorageLimits,
  ) {}

  /** Puts every object of the collection into its cache, as bytes. While it looks at what it has read, the next is read. */
  async loadObjects(cache: CollectionCache): Promise<void> {
    const { collection } = cache.options;
    const size = new ChunkSize(this.limits);
    const packer = new BytePacker();
    let reading: Promise<ObjectRow[]> | undefined = this.dialect.readObjects(collection, '', size.rows);
    while (reading !== undefined) {
      const asked = size.rows;
      const rows: ObjectRow[] = await reading;
      const values = rows.map(({ value }) => bytesOf(value));
      const last = rows.at(-1);
      reading = undefined;
      if (last !== undefined && rows.length === asked) {
        size.learn(rows.length, total(values));
        reading = this.dialect.readObjects(collection, last.key, size.rows);
      }
      for (const [at, { key, revision }] of rows.entries()) {
        cache.load(cache.read(key, revision, packer.pack(values[at]!)));
      }
    }
  }

  /** Only inside the open write transaction: these objects as they are now, by key. */
  async readCurrent(cache: CollectionCache, keys: readonly string[]): Promise<Map<string, CachedObject>> {
    const rows = await this.dialect.readCurrent(cache.options.collection, keys);
    return new Map(rows.map(({ key, revision, value }) => [key, cache.read(key, revision, bytesOf(value))]));
  }

  /**
   * Log rows in (after, upTo], newest first.
   * @param rowsMax stop, with the newest of them, at this many rows
   * @param bytesMax ... or once they hold this many bytes
   * @param locked reads inside the open write transaction
   */
  async readLog(
    cache: CollectionCache,
    { after, upTo, rowsMax, bytesMax, locked }: LogRange,
  ): Promise<{ rows: LogEntry[]; complete: boolean }> {
    const { collection } = cache.options;
    const size = new ChunkSize(this.limits);
    const packer = new BytePacker();
    const all: LogEntry[] = [];
    let bytes = 0;
    for (let top = upTo; ; ) {
      const room = Math.min(size.rows, (rowsMax ?? Number.POSITIVE_INFINITY) - all.length);
      if (room <= 0 || (bytesMax !== undefined && bytes >= bytesMax)) return { rows: all, complete: false };
      const query = { collection, after, upTo: top, rowsMax: room };
      const rows = await (locked === true ? this.dialect.readLogLocked(query) : this.dialect.readLog(query));
      const values = rows.map(({ previousValue: value }) => (value === undefined ? undefined : bytesOf(value)));
      for (const [at, row] of rows.entries()) all.push(entryOf(row, values[at] && packer.pack(values[at]), cache));
      const last = rows[rows.length - 1];
      if (last === undefined || rows.length < room) return { rows: all, complete: true };
      top = last.revision - 1;
      const read = total(values);
      bytes += read;
      size.learn(rows.length, read);
    }
  }
}

export interface LogRange {
  readonly after: Revision;
  readonly upTo: Revision;
  readonly rowsMax?: number;
  readonly bytesMax?: number;
  readonly locked?: boolean;
}

/** Rows to ask for next, judged by the size of the last ones; at most doubles. */
class ChunkSize {
  rows = FIRST_ROWS;

  constructor(private readonly limits: StorageLimits) {}

  learn(rows: number, bytes: number): void {
    const fitting = Math.floor(this.limits.readBytesTarget / Math.max(1, bytes / rows));
    this.rows = Math.max(1, Math.min(this.limits.readRowsMax, rows * 2, fitting));
  }
}

/** SQLite keeps whatever type somebody gave a value by hand. */
function bytesOf(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(String(value));
}

function total(values: readonly (Buffer | undefined)[]): number {
  let bytes = 0;
  for (const value of values) bytes += value?.length ?? 0;
  return bytes;
}
