import type { CollectionCache } from '../cacher/collection-cache.js';
import type { LogRow } from '../revision-log.js';
import type { Revision } from '../storage.js';
import type { StorageLimits } from '../storage-options.js';
import { BytePacker } from './byte-packer.js';
import type { Dialect, ObjectRow } from './dialect.js';

const FIRST_ROWS = 64;

/** Reads what is stored of a collection in pieces of bounded size, so that neither memory nor the event loop suffers. */
export class LogReader {
  constructor(
    private readonly dialect: Dialect,
    private readonly limits: StorageLimits,
  ) {}

  /** Puts every object of the collection into its cache, as bytes. */
  async loadObjects(cache: CollectionCache): Promise<void> {
    const size = new ChunkSize(this.limits);
    const packer = new BytePacker();
    for (let after = ''; ; ) {
      const rows: ObjectRow[] = await this.dialect.readObjects(cache.options.collection, after, size.rows);
      for (const { key, revision, value } of rows) cache.load(cache.object(key, revision, packer.pack(value)));
      const last = rows[rows.length - 1];
      if (last === undefined || rows.length < size.rows) return;
      after = last.key;
      size.learn(
        rows.length,
        sum(rows, (row) => row.value.length),
      );
    }
  }

  /**
   * Log rows in (after, upTo], newest first.
   * @param rowsMax stop, with the newest of them, at this many rows
   * @param bytesMax ... or once they hold this many bytes
   * @param locked reads inside the open write transaction
   */
  async readLog(
    collection: string,
    { after, upTo, rowsMax, bytesMax, locked }: LogRange,
  ): Promise<{ rows: LogRow[]; complete: boolean }> {
    const size = new ChunkSize(this.limits);
    const packer = new BytePacker();
    const all: LogRow[] = [];
    let bytes = 0;
    for (let top = upTo; ; ) {
      const room = Math.min(size.rows, (rowsMax ?? Number.POSITIVE_INFINITY) - all.length);
      if (room <= 0 || (bytesMax !== undefined && bytes >= bytesMax)) return { rows: all, complete: false };
      const query = { collection, after, upTo: top, rowsMax: room };
      const rows = await (locked === true ? this.dialect.readLogLocked(query) : this.dialect.readLog(query));
      for (const row of rows) all.push({ ...row, previousValue: row.previousValue && packer.pack(row.previousValue) });
      const last = rows[rows.length - 1];
      if (last === undefined || rows.length < room) return { rows: all, complete: true };
      top = last.revision - 1;
      const read = sum(rows, (row) => row.previousValue?.length ?? 0);
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

function sum<T>(rows: readonly T[], of: (row: T) => number): number {
  let total = 0;
  for (const row of rows) total += of(row);
  return total;
}
