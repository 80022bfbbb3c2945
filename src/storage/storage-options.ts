import type { ServerOptions } from '../config/server-options.js';
import type { CorruptObject } from './storage.js';

/** Every bound of the storage by name. Bytes are those of the serialised objects. */
export interface StorageLimits {
  /** Writes that may wait for the next transaction; more are refused with LimitExceeded. */
  readonly writeQueueMax: number;
  /** Changes in one transaction. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** One object; etcd refuses requests above 1.5 MiB. */
  readonly valueBytesMax: number;
  /** Events a collection keeps in memory; watches and lists further back read the log. */
  readonly historyEventsMax: number;
  /** Bytes kept alive only by a collection's history. */
  readonly historyBytesMax: number;
  /** Revisions that a watch or list may go back beyond the history in memory; further back is Compacted to watches. */
  readonly logReplayRevisionsMax: number;
  /** Bytes of all remembered encodings together. */
  readonly encodingsBytesMax: number;
  /** Label and field indexes of one collection; the least recently used makes room. */
  readonly indexesMax: number;
  /** Rows read from the database at once, and the bytes aimed at. */
  readonly readRowsMax: number;
  readonly readBytesTarget: number;
  /** Wait for another's lock and for one statement of a database server. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

export const DEFAULT_STORAGE_LIMITS: StorageLimits = {
  writeQueueMax: 20_000,
  batchRowsMax: 512,
  batchBytesMax: 8 * 1024 * 1024,
  valueBytesMax: 1.5 * 1024 * 1024,
  historyEventsMax: 10_000,
  historyBytesMax: 8 * 1024 * 1024,
  logReplayRevisionsMax: 100_000,
  encodingsBytesMax: 64 * 1024 * 1024,
  indexesMax: 8,
  readRowsMax: 1_000,
  readBytesTarget: 128 * 1024,
  lockTimeoutMs: 5_000,
  statementTimeoutMs: 30_000,
};

export interface CompactionOptions {
  /** Time between two compactions; 0 switches them off. */
  readonly intervalMs: number;
  /** Changes younger than this stay in the log. */
  readonly retentionMs: number;
  /** Log rows removed in one transaction at most. */
  readonly batchRows: number;
}

export const DEFAULT_COMPACTION: CompactionOptions = { intervalMs: 300_000, retentionMs: 300_000, batchRows: 1_000 };

/** What storage tells about itself; metrics are built on it. Called on hot paths: must return quickly and not throw. */
export interface StorageObserver {
  committed?(rows: number, bytes: number, durationMs: number): void;
  commitFailed?(rows: number, error: unknown): void;
  compacted?(revision: number, rows: number, durationMs: number): void;
  compactionFailed?(error: unknown): void;
  /** Told when a collection is opened, of each object in it that cannot be read. */
  corrupt?(object: CorruptObject): void;
  /** What the log tells of changes up to a revision cannot be read: the past of the collection begins after it. */
  historyCut?(collection: string, revision: number): void;
  /** A watch's callback threw; the watch has been ended. */
  watchFailed?(collection: string, error: unknown): void;
}

export interface StorageOptions {
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://...`. */
  readonly url: string;
  readonly limits?: Partial<StorageLimits>;
  readonly compaction?: Partial<CompactionOptions>;
  readonly observer?: StorageObserver;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** The part of the server's options that storage is about. */
export function storageOptionsOf(server: ServerOptions): StorageOptions {
  return {
    url: server.storageUrl,
    limits: {
      writeQueueMax: server.writeQueueMax,
      historyEventsMax: server.watchHistoryEventsMax,
      encodingsBytesMax: server.encodingCacheBytesMax,
    },
    compaction: {
      intervalMs: server.compactionIntervalMs,
      retentionMs: server.compactionRetentionMs,
      batchRows: server.compactionBatchRows,
    },
  };
}
