import sqlite3 from 'sqlite3';
import { DataSource } from 'typeorm';
import { StorageError } from '../errors.js';
import type { LogRow } from '../revision-log.js';
import type { Revision } from '../storage.js';
import type { StorageLimits } from '../storage-options.js';
import {
  CHANGE_TYPES,
  Dialect,
  type DialectState,
  type LogQuery,
  type ObjectRow,
  type TypeSchema,
  type WriteBatch,
} from './dialect.js';
import { SQLITE_TYPES } from './entities/column-types.js';
import { PackedRows } from './packed-rows.js';
import { entitiesFor, MIGRATIONS, prepareTables } from './prepare-tables.js';
import { SqliteConnection } from './sqlite-connection.js';
import { Turnstile } from './turnstile.js';

/** 64 MB of log before SQLite copies it into the main file: fewer, longer copies that leave the p99 alone. */
const WAL_CHECKPOINT_PAGES = 16_000;
const PAGE_CACHE_KIB = 4_096;
const RECLAIM_PAGES = 128;
/** Free pages kept for what will be written next: 4 MB. */
const SPARE_PAGES = 1_024;

/** TypeORM would switch on a debugging mode in which the driver formats the arguments of every call. */
const QUIET_DRIVER = { ...sqlite3, verbose: () => sqlite3 };

/**
 * A batch is one statement, and so one transaction: a step through the driver's thread costs more than most writes. Triggers put each
 * row where it belongs. They are this connection's own; the file knows nothing of them.
 */
const WRITE_BATCH = `
  CREATE TEMP VIEW write_batch AS SELECT
    NULL AS kind, NULL AS collection, NULL AS key, NULL AS revision, NULL AS namespace, NULL AS name,
    NULL AS type, NULL AS previous_revision, NULL AS value;
  CREATE TEMP TRIGGER put_object INSTEAD OF INSERT ON write_batch WHEN NEW.kind = 'put' BEGIN
    INSERT INTO main.stored_object (collection, key, namespace, name, revision, value)
    VALUES (NEW.collection, NEW.key, NEW.namespace, NEW.name, NEW.revision, NEW.value)
    ON CONFLICT (collection, key) DO UPDATE SET revision = excluded.revision, value = excluded.value;
  END;
  CREATE TEMP TRIGGER remove_object INSTEAD OF INSERT ON write_batch WHEN NEW.kind = 'remove' BEGIN
    DELETE FROM main.stored_object WHERE collection = NEW.collection AND key = NEW.key;
  END;
  CREATE TEMP TRIGGER log_change INSTEAD OF INSERT ON write_batch WHEN NEW.kind = 'log' BEGIN
    INSERT INTO main.revision_log (revision, collection, key, type, previous_revision, previous_value)
    VALUES (NEW.revision, NEW.collection, NEW.key, NEW.type, NEW.previous_revision, NEW.value);
  END;
`;
/** ?1 is rows as JSON, ?2 the bytes that they speak of: see {@link PackedRows}. */
const WRITE =
  'INSERT INTO write_batch SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, ' +
  'value ->> 7, substr(?2, value ->> 8, value ->> 9) FROM json_each(?1)';
const CURRENT =
  'SELECT key, revision, value FROM stored_object WHERE collection = ?1 AND key IN (SELECT value FROM json_each(?2))';
const READ_LOG =
  'SELECT revision, key, type, previous_revision, previous_value FROM revision_log ' +
  'WHERE collection = ? AND revision > ? AND revision <= ? ORDER BY revision DESC LIMIT ?';

interface SqliteLogRow {
  revision: number;
  key: string;
  type: number;
  previous_revision: number | null;
  previous_value: Buffer | null;
}

/**
 * One SQLite file (or memory) owned by this process: one connection in exclusive locking mode, write-ahead log,
 * flushed at every commit. Reads take turns with transactions.
 */
export class SqliteDialect extends Dialect {
  private readonly turnstile = new Turnstile();
  private source: DataSource | undefined;
  private connection!: SqliteConnection;
  private newest: Revision = 0;
  private newestIsKnown = false;
  private leave: (() => void) | undefined;

  /** @param path of the file, or `:memory:` */
  constructor(
    private readonly path: string,
    private readonly limits: StorageLimits,
  ) {
    super();
  }

  async open(): Promise<DialectState> {
    const source = new DataSource({
      type: 'sqlite',
      database: this.path,
      driver: QUIET_DRIVER,
      entities: entitiesFor(SQLITE_TYPES),
      migrations: MIGRATIONS,
    });
    try {
      await source.initialize();
      this.source = source;
      this.connection = new SqliteConnection((await source.createQueryRunner().connect()) as sqlite3.Database);
      await this.configure();
      await prepareTables(source);
      await this.connection.exec(WRITE_BATCH);
      const [meta] = await this.connection.all<{ value: string }>(
        `SELECT value FROM storage_meta WHERE name = 'compacted_revision'`,
      );
      return { revision: await this.readNewest(), compactedRevision: Number(meta?.value ?? 0) };
    } catch (error) {
      await this.close();
      throw this.explain(error);
    }
  }

  async close(): Promise<void> {
    const source = this.source;
    this.source = undefined;
    if (source === undefined) return;
    await this.turnstile.run(async () => {
      await this.connection.release();
      await source.destroy();
    });
  }

  /** What follows is alone with the database until `commit` or `rollback`; the transaction itself is one statement, in `commit`. */
  async begin(): Promise<Revision> {
    const leave = await this.turnstile.enter();
    try {
      const newest = this.newestIsKnown ? this.newest : await this.readNewest();
      this.leave = leave;
      return newest;
    } catch (error) {
      leave();
      throw error;
    }
  }

  async commit({ puts, removals, log }: WriteBatch): Promise<void> {
    this.newestIsKnown = false;
    const rows = new PackedRows();
    for (const { collection, key, revision, namespace, name, value } of puts) {
      rows.add(['put', collection, key, revision, namespace, name, null, null], value);
    }
    for (const { collection, key } of removals) {
      rows.add(['remove', collection, key, null, null, null, null, null], undefined);
    }
    for (const { collection, key, revision, type, previousRevision = null, previousValue } of log) {
      const number = CHANGE_TYPES.indexOf(type);
      rows.add(['log', collection, key, revision, null, null, number, previousRevision], previousValue);
    }
    await this.connection.run(WRITE, rows.values());
    this.newest = log[log.length - 1]?.revision ?? this.newest;
    this.newestIsKnown = log.length > 0;
    this.end();
  }

  /** Nothing to undo: a statement that failed has left nothing. */
  async rollback(): Promise<void> {
    this.end();
  }

  readObjects(collection: string, afterKey: string, rowsMax: number): Promise<ObjectRow[]> {
    return this.turnstile.run(() =>
      this.connection.all<ObjectRow>(
        'SELECT key, revision, value FROM stored_object WHERE collection = ? AND key > ? ORDER BY key LIMIT ?',
        [collection, afterKey, rowsMax],
      ),
    );
  }

  readCurrent(collection: string, keys: readonly string[]): Promise<ObjectRow[]> {
    return this.connection.all<ObjectRow>(CURRENT, [collection, JSON.stringify(keys)]);
  }

  readLog(query: LogQuery): Promise<LogRow[]> {
    return this.turnstile.run(() => this.readLogLocked(query));
  }

  async readLogLocked({ collection, after, upTo, rowsMax }: LogQuery): Promise<LogRow[]> {
    const rows = await this.connection.all<SqliteLogRow>(READ_LOG, [collection, after, upTo, rowsMax]);
    return rows.map((row) => ({
      revision: row.revision,
      collection,
      key: row.key,
      type: CHANGE_TYPES[row.type]!,
      previousRevision: row.previous_revision ?? undefined,
      previousValue: row.previous_value ?? undefined,
    }));
  }

  oldestLogRevision(): Promise<Revision | undefined> {
    return this.turnstile.run(async () => {
      const rows = await this.connection.all<{ oldest: number | null }>(
        'SELECT min(revision) AS oldest FROM revision_log',
      );
      return rows[0]?.oldest ?? undefined;
    });
  }

  async setCompactedRevision(revision: Revision): Promise<void> {
    await this.turnstile.run(() =>
      this.connection.run(`UPDATE storage_meta SET value = ? WHERE name = 'compacted_revision'`, [String(revision)]),
    );
  }

  removeLog(after: Revision, upTo: Revision): Promise<number> {
    return this.turnstile.run(() =>
      this.connection.run('DELETE FROM revision_log WHERE revision > ? AND revision <= ?', [after, upTo]),
    );
  }

  reclaim(): Promise<boolean> {
    return this.turnstile.run(async () => {
      const rows = await this.connection.all<{ freelist_count: number }>('PRAGMA freelist_count');
      const spare = (rows[0]?.freelist_count ?? 0) - SPARE_PAGES;
      if (spare <= 0) return false;
      // Only `exec` runs this pragma to its end: it yields after every page.
      await this.connection.exec(`PRAGMA incremental_vacuum(${Math.min(spare, RECLAIM_PAGES)})`);
      return spare > RECLAIM_PAGES;
    });
  }

  readTypeSchemas(): Promise<TypeSchema[]> {
    return this.turnstile.run(() =>
      this.connection.all<TypeSchema>('SELECT api_group AS "group", kind, version, hash, schema FROM type_schema'),
    );
  }

  async putTypeSchemas(schemas: readonly TypeSchema[]): Promise<void> {
    for (const { group, kind, version, hash, schema } of schemas) {
      await this.turnstile.run(() =>
        this.connection.run(
          'INSERT INTO type_schema (api_group, kind, version, hash, schema) VALUES (?,?,?,?,?) ' +
            'ON CONFLICT (api_group, kind, version) DO UPDATE SET hash = excluded.hash, schema = excluded.schema',
          [group, kind, version, hash, schema],
        ),
      );
    }
  }

  private async configure(): Promise<void> {
    // auto_vacuum must come before the first page is written, the locking mode before the first lock.
    await this.connection.exec(`
      PRAGMA busy_timeout = ${this.limits.lockTimeoutMs};
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES};
      PRAGMA journal_size_limit = ${WAL_CHECKPOINT_PAGES * 4096};
      PRAGMA cache_size = -${PAGE_CACHE_KIB};
      PRAGMA temp_store = MEMORY;
    `);
  }

  private async readNewest(): Promise<Revision> {
    const rows = await this.connection.all<{ newest: number | null }>(
      'SELECT max(revision) AS newest FROM revision_log',
    );
    this.newest = rows[0]?.newest ?? 0;
    this.newestIsKnown = true;
    return this.newest;
  }

  private end(): void {
    const leave = this.leave;
    this.leave = undefined;
    leave?.();
  }

  private explain(error: unknown): StorageError {
    if (error instanceof StorageError) return error;
    const code = (error as { code?: string }).code ?? '';
    const message = error instanceof Error ? error.message : String(error);
    const advice =
      code === 'SQLITE_BUSY'
        ? 'it is in use by another process: stop that one, or choose another data folder'
        : code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT'
          ? 'it is not a usable SQLite database: restore it from a backup, or choose another data folder'
          : `${message}: check that the folder exists and can be written`;
    return new StorageError('Unavailable', `cannot open ${this.path}: ${advice}`, undefined, { cause: error });
  }
}
