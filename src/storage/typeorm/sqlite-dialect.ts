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
  type ObjectKey,
  type ObjectPut,
  type ObjectRow,
  type TypeSchema,
  type WriteBatch,
} from './dialect.js';
import { SQLITE_TYPES } from './entities/column-types.js';
import { entitiesFor, MIGRATIONS, prepareTables } from './prepare-tables.js';
import { SqliteConnection, type SqliteValue } from './sqlite-connection.js';
import { Turnstile } from './turnstile.js';

/** Rows of one statement; each number of rows up to this is a statement of its own that stays prepared. */
const STATEMENT_ROWS_MAX = 64;
/** 64 MB of log before SQLite copies it into the main file: fewer, longer copies that leave the p99 alone. */
const WAL_CHECKPOINT_PAGES = 16_000;
const PAGE_CACHE_KIB = 16_384;
const RECLAIM_PAGES = 128;
/** Free pages kept for what will be written next: 4 MB. */
const SPARE_PAGES = 1_024;

/** TypeORM would switch on a debugging mode in which the driver formats the arguments of every call. */
const QUIET_DRIVER = { ...sqlite3, verbose: () => sqlite3 };

const PUT = [
  'INSERT INTO stored_object (collection, key, namespace, name, revision, value) VALUES ',
  '(?,?,?,?,?,?)',
  ' ON CONFLICT (collection, key) DO UPDATE SET revision = excluded.revision, value = excluded.value',
] as const;
const LOG = [
  'INSERT INTO revision_log (revision, collection, key, type, previous_revision, previous_value) VALUES ',
  '(?,?,?,?,?,?)',
  '',
] as const;
const REMOVE = ['DELETE FROM stored_object WHERE collection = ? AND key IN (', '?', ')'] as const;
const CURRENT = ['SELECT key, revision, value FROM stored_object WHERE collection = ? AND key IN (', '?', ')'] as const;
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
  private readonly texts = new Map<string, string>();
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

  async begin(): Promise<Revision> {
    const leave = await this.turnstile.enter();
    try {
      await this.connection.run('BEGIN IMMEDIATE');
      this.leave = leave;
      return this.newestIsKnown ? this.newest : await this.readNewest();
    } catch (error) {
      if (this.leave === undefined) leave();
      throw error;
    }
  }

  async commit({ puts, removals, log }: WriteBatch): Promise<void> {
    this.newestIsKnown = false;
    // Values of one statement are bound while another runs. All must have ended before anything follows.
    const results = await Promise.allSettled([this.changeObjects(puts, removals), this.inRows(LOG, log, logValues)]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await this.connection.run('COMMIT');
    this.newest = log[log.length - 1]?.revision ?? this.newest;
    this.newestIsKnown = log.length > 0;
    this.end();
  }

  async rollback(): Promise<void> {
    if (this.leave === undefined) return;
    await this.connection.run('ROLLBACK').catch(() => undefined);
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

  async readCurrent(collection: string, keys: readonly string[]): Promise<ObjectRow[]> {
    const rows: ObjectRow[] = [];
    for (let at = 0; at < keys.length; at += STATEMENT_ROWS_MAX) {
      const some = keys.slice(at, at + STATEMENT_ROWS_MAX);
      rows.push(...(await this.connection.all<ObjectRow>(this.text(CURRENT, some.length), [collection, ...some])));
    }
    return rows;
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

  private async changeObjects(puts: readonly ObjectPut[], removals: readonly ObjectKey[]): Promise<void> {
    await this.inRows(PUT, puts, putValues);
    for (const [collection, keys] of byCollection(removals)) {
      await this.inRows(REMOVE, keys, (key) => [key], [collection]);
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

  private async inRows<T>(
    parts: readonly [string, string, string],
    rows: readonly T[],
    valuesOf: (row: T) => SqliteValue[],
    before: readonly SqliteValue[] = [],
  ): Promise<void> {
    for (let at = 0; at < rows.length; at += STATEMENT_ROWS_MAX) {
      const end = Math.min(at + STATEMENT_ROWS_MAX, rows.length);
      const values: SqliteValue[] = [...before];
      for (let i = at; i < end; i++) values.push(...valuesOf(rows[i]!));
      await this.connection.run(this.text(parts, end - at), values);
    }
  }

  /** The statement for a number of rows. */
  private text(parts: readonly [string, string, string], rows: number): string {
    const id = `${rows} ${parts[0]}`;
    let text = this.texts.get(id);
    if (text === undefined) {
      text = parts[0] + Array(rows).fill(parts[1]).join(',') + parts[2];
      this.texts.set(id, text);
    }
    return text;
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

function putValues({ collection, key, namespace, name, revision, value }: ObjectPut): SqliteValue[] {
  return [collection, key, namespace, name, revision, value];
}

function logValues(row: LogRow): SqliteValue[] {
  const { revision, collection, key, previousRevision = null, previousValue = null } = row;
  return [revision, collection, key, CHANGE_TYPES.indexOf(row.type), previousRevision, previousValue];
}

function byCollection(keys: readonly ObjectKey[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { collection, key } of keys) {
    const group = groups.get(collection);
    if (group === undefined) groups.set(collection, [key]);
    else group.push(key);
  }
  return groups;
}
