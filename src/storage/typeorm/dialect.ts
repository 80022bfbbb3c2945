import type { ChangeType, LogRow } from '../revision-log.js';
import type { Revision } from '../storage.js';

/** Version of the tables and of what is in them. A newer one is refused, an older one migrated. */
export const DATA_FORMAT = 1;

/** How the log writes a ChangeType: its position. Positions never change. */
export const CHANGE_TYPES: readonly ChangeType[] = ['ADDED', 'MODIFIED', 'DELETED'];

/** A new current state of one key. */
export interface ObjectPut {
  readonly collection: string;
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  readonly value: Buffer;
}

export interface ObjectKey {
  readonly collection: string;
  readonly key: string;
}

/** One transaction's worth: each key at most once in `puts` and `removals` together, each change once in `log`. */
export interface WriteBatch {
  readonly puts: readonly ObjectPut[];
  readonly removals: readonly ObjectKey[];
  /** In revision order. */
  readonly log: readonly LogRow[];
}

export interface ObjectRow {
  readonly key: string;
  readonly revision: Revision;
  readonly value: Buffer;
}

export interface LogQuery {
  readonly collection: string;
  readonly after: Revision;
  readonly upTo: Revision;
  readonly rowsMax: number;
}

export interface TypeSchema {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
  readonly hash: string;
  /** JSON text. */
  readonly schema: string;
}

export interface DialectState {
  readonly revision: Revision;
  readonly compactedRevision: Revision;
}

/**
 * All that differs between databases: connections, locks and the statements of hot paths. Calls may come at any time;
 * a dialect keeps reads out of an open write transaction where its connection cannot tell them apart.
 */
export abstract class Dialect {
  /**
   * Connects, takes the database for this process, migrates.
   * @throws StorageError Unavailable saying what to do: in use, unreachable, data of a newer version
   */
  abstract open(): Promise<DialectState>;

  abstract close(): Promise<void>;

  /** Begins a write transaction that no other can overtake, and says which revision is the newest. `commit` or `rollback` ends it. */
  abstract begin(): Promise<Revision>;

  /** Writes and commits. Rejected: `rollback` must follow, and what became of the batch is what the next `begin` says. */
  abstract commit(batch: WriteBatch): Promise<void>;

  /** Never rejects. */
  abstract rollback(): Promise<void>;

  /** Objects of a collection after a key, in key order. */
  abstract readObjects(collection: string, afterKey: string, rowsMax: number): Promise<ObjectRow[]>;

  /** Only between `begin` and `commit`: these objects as they are, those missing left out. */
  abstract readCurrent(collection: string, keys: readonly string[]): Promise<ObjectRow[]>;

  /** Log rows of a collection, newest first. */
  abstract readLog(query: LogQuery): Promise<LogRow[]>;

  /** As `readLog`, between `begin` and `commit`. */
  abstract readLogLocked(query: LogQuery): Promise<LogRow[]>;

  abstract oldestLogRevision(): Promise<Revision | undefined>;

  abstract setCompactedRevision(revision: Revision): Promise<void>;

  /** Removes log rows in (after, upTo]; resolves to their number. */
  abstract removeLog(after: Revision, upTo: Revision): Promise<number>;

  /** Gives a little unused space back; true when there is more. */
  abstract reclaim(): Promise<boolean>;

  abstract readTypeSchemas(): Promise<TypeSchema[]>;

  abstract putTypeSchemas(schemas: readonly TypeSchema[]): Promise<void>;
}
