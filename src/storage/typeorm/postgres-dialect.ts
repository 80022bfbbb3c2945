import type { ClientBase } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
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
import { POSTGRES_TYPES } from './entities/column-types.js';
import { entitiesFor, MIGRATIONS, prepareTables } from './prepare-tables.js';
import { Turnstile } from './turnstile.js';

/** Advisory locks, by which servers on one database keep out of each other's way. */
const SERVER_LOCK = 0x6b756265_01n;
const REVISION_LOCK = 0x6b756265_02n;
const POOL_CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 10_000;
/** Every statement here walks an index; without statistics, as after a first filling, the planner would rather sort. */
const PLANNER_OPTIONS = '-c enable_seqscan=off -c enable_bitmapscan=off -c jit=off';

const PUT = `INSERT INTO stored_object (collection, key, namespace, name, revision, value)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[])
  ON CONFLICT (collection, key) DO UPDATE SET revision = excluded.revision, value = excluded.value`;
const REMOVE = `DELETE FROM stored_object USING unnest($1::text[], $2::text[]) AS gone (c, k)
  WHERE collection = gone.c AND key = gone.k`;
const LOG = `INSERT INTO revision_log (revision, collection, key, type, previous_revision, previous_value)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::bytea[])`;
const READ_LOG = `SELECT revision, key, type, previous_revision, previous_value FROM revision_log
  WHERE collection = $1 AND revision > $2 AND revision <= $3 ORDER BY revision DESC LIMIT $4`;

/** The driver gives bigints as text. */
interface PostgresLogRow {
  revision: string;
  key: string;
  type: number;
  previous_revision: string | null;
  previous_value: Buffer | null;
}

interface PostgresObjectRow {
  key: string;
  revision: string;
  value: Buffer;
}

/**
 * A PostgreSQL database: transactions on one connection, reads on a small pool. The revision is taken under a lock
 * inside the transaction, so commit order is revision order whoever writes.
 */
export class PostgresDialect extends Dialect {
  private readonly turnstile = new Turnstile();
  private source: DataSource | undefined;
  private runner: QueryRunner | undefined;
  private writer: ClientBase | undefined;
  private leave: (() => void) | undefined;

  constructor(
    private readonly url: string,
    private readonly limits: StorageLimits,
  ) {
    super();
  }

  async open(): Promise<DialectState> {
    const source = new DataSource({
      type: 'postgres',
      url: this.url,
      applicationName: 'kubenest',
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      entities: entitiesFor(POSTGRES_TYPES),
      migrations: MIGRATIONS,
      extra: {
        max: POOL_CONNECTIONS_MAX,
        options: PLANNER_OPTIONS,
        statement_timeout: this.limits.statementTimeoutMs,
        lock_timeout: this.limits.lockTimeoutMs,
        idle_in_transaction_session_timeout: this.limits.statementTimeoutMs,
      },
    });
    try {
      await source.initialize();
      this.source = source;
      await this.connectWriter();
      await prepareTables(source);
      const [row] = (await source.query(
        `SELECT (SELECT max(revision) FROM revision_log) AS newest,
          (SELECT value FROM storage_meta WHERE name = 'compacted_revision') AS compacted`,
      )) as { newest: string | null; compacted: string | null }[];
      return { revision: Number(row?.newest ?? 0), compactedRevision: Number(row?.compacted ?? 0) };
    } catch (error) {
      await this.close();
      if (error instanceof StorageError) throw error;
      const message =
        error instanceof Error && error.message !== '' ? error.message : String((error as { code?: string }).code);
      throw new StorageError(
        'Unavailable',
        `cannot use the PostgreSQL database: ${message}: check that it runs and what the storage URL says`,
        undefined,
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    const source = this.source;
    this.source = undefined;
    await this.turnstile.run(async () => {
      await this.dropWriter();
      await source?.destroy();
    });
  }

  async begin(): Promise<Revision> {
    const leave = await this.turnstile.enter();
    try {
      const writer = this.writer ?? (await this.connectWriter());
      // Three statements, so that the third sees what was committed while the second waited.
      const results = (await writer.query(
        `BEGIN; SELECT pg_advisory_xact_lock(${REVISION_LOCK}); SELECT max(revision) AS newest FROM revision_log`,
      )) as unknown as { rows: { newest: string | null }[] }[];
      this.leave = leave;
      return Number(results[2]?.rows[0]?.newest ?? 0);
    } catch (error) {
      await this.dropWriter();
      leave();
      throw error;
    }
  }

  async commit({ puts, removals, log }: WriteBatch): Promise<void> {
    const writer = this.writer!;
    if (puts.length > 0) await writer.query({ name: 'put', text: PUT, values: putColumns(puts) });
    if (removals.length > 0) await writer.query({ name: 'remove', text: REMOVE, values: keyColumns(removals) });
    if (log.length > 0) await writer.query({ name: 'log', text: LOG, values: logColumns(log) });
    await writer.query('COMMIT');
    this.end();
  }

  async rollback(): Promise<void> {
    if (this.leave === undefined) return;
    await this.writer?.query('ROLLBACK').catch(() => this.dropWriter());
    this.end();
  }

  async readObjects(collection: string, afterKey: string, rowsMax: number): Promise<ObjectRow[]> {
    const rows = await this.read<PostgresObjectRow>(
      'SELECT key, revision, value FROM stored_object WHERE collection = $1 AND key > $2 ORDER BY key LIMIT $3',
      [collection, afterKey, rowsMax],
    );
    return rows.map(toObjectRow);
  }

  async readCurrent(collection: string, keys: readonly string[]): Promise<ObjectRow[]> {
    const result = await this.writer!.query<PostgresObjectRow>(
      'SELECT key, revision, value FROM stored_object WHERE collection = $1 AND key = ANY($2::text[])',
      [collection, keys],
    );
    return result.rows.map(toObjectRow);
  }

  async readLog({ collection, after, upTo, rowsMax }: LogQuery): Promise<LogRow[]> {
    const rows = await this.read<PostgresLogRow>(READ_LOG, [collection, after, upTo, rowsMax]);
    return rows.map((row) => toLogRow(collection, row));
  }

  async readLogLocked({ collection, after, upTo, rowsMax }: LogQuery): Promise<LogRow[]> {
    const result = await this.writer!.query<PostgresLogRow>(READ_LOG, [collection, after, upTo, rowsMax]);
    return result.rows.map((row) => toLogRow(collection, row));
  }

  async oldestLogRevision(): Promise<Revision | undefined> {
    const rows = await this.read<{ oldest: string | null }>('SELECT min(revision) AS oldest FROM revision_log', []);
    return rows[0]?.oldest == null ? undefined : Number(rows[0].oldest);
  }

  async setCompactedRevision(revision: Revision): Promise<void> {
    await this.read(`UPDATE storage_meta SET value = $1 WHERE name = 'compacted_revision'`, [String(revision)]);
  }

  async removeLog(after: Revision, upTo: Revision): Promise<number> {
    const rows = await this.read<{ removed: number }>(
      `WITH gone AS (DELETE FROM revision_log WHERE revision > $1 AND revision <= $2 RETURNING 1)
       SELECT count(*)::int AS removed FROM gone`,
      [after, upTo],
    );
    return rows[0]?.removed ?? 0;
  }

  /** PostgreSQL's autovacuum does this. */
  reclaim(): Promise<boolean> {
    return Promise.resolve(false);
  }

  readTypeSchemas(): Promise<TypeSchema[]> {
    return this.read<TypeSchema>('SELECT api_group AS "group", kind, version, hash, schema FROM type_schema', []);
  }

  async putTypeSchemas(schemas: readonly TypeSchema[]): Promise<void> {
    const column = (name: keyof TypeSchema) => schemas.map((schema) => schema[name]);
    await this.read(
      `INSERT INTO type_schema (api_group, kind, version, hash, schema)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
       ON CONFLICT (api_group, kind, version) DO UPDATE SET hash = excluded.hash, schema = excluded.schema`,
      [column('group'), column('kind'), column('version'), column('hash'), column('schema')],
    );
  }

  private async read<T>(sql: string, values: unknown[]): Promise<T[]> {
    if (this.source === undefined) throw new StorageError('Unavailable', 'the storage is closed');
    return (await this.source.query(sql, values)) as T[];
  }

  private async connectWriter(): Promise<ClientBase> {
    if (this.source === undefined) throw new StorageError('Unavailable', 'the storage is closed');
    const runner = this.source.createQueryRunner();
    this.runner = runner;
    const writer = (await runner.connect()) as ClientBase;
    const { rows } = await writer.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${SERVER_LOCK}) AS taken`);
    if (rows[0]?.taken !== true) {
      await this.dropWriter();
      throw new StorageError(
        'Unavailable',
        'another server uses this PostgreSQL database: stop it, or give this one a database of its own',
      );
    }
    // No answer before it is durable, whatever the server's default.
    await writer.query(
      `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
    );
    writer.once('error', () => void this.dropWriter());
    this.writer = writer;
    return writer;
  }

  private async dropWriter(): Promise<void> {
    const runner = this.runner;
    const writer = this.writer;
    this.runner = undefined;
    this.writer = undefined;
    // The connection goes back to a pool: what it holds must not go with it.
    await writer?.query('ROLLBACK; SELECT pg_advisory_unlock_all()').catch(() => undefined);
    if (runner !== undefined && !runner.isReleased) await runner.release();
  }

  private end(): void {
    const leave = this.leave;
    this.leave = undefined;
    leave?.();
  }
}

function putColumns(puts: readonly ObjectPut[]): unknown[] {
  return [
    puts.map((put) => put.collection),
    puts.map((put) => put.key),
    puts.map((put) => put.namespace),
    puts.map((put) => put.name),
    puts.map((put) => put.revision),
    puts.map((put) => put.value),
  ];
}

function keyColumns(keys: readonly ObjectKey[]): unknown[] {
  return [keys.map(({ collection }) => collection), keys.map(({ key }) => key)];
}

function logColumns(log: readonly LogRow[]): unknown[] {
  return [
    log.map((row) => row.revision),
    log.map((row) => row.collection),
    log.map((row) => row.key),
    log.map((row) => CHANGE_TYPES.indexOf(row.type)),
    log.map((row) => row.previousRevision ?? null),
    log.map((row) => row.previousValue ?? null),
  ];
}

function toObjectRow({ key, revision, value }: PostgresObjectRow): ObjectRow {
  return { key, revision: Number(revision), value };
}

function toLogRow(collection: string, row: PostgresLogRow): LogRow {
  return {
    revision: Number(row.revision),
    collection,
    key: row.key,
    type: CHANGE_TYPES[row.type]!,
    previousRevision: row.previous_revision === null ? undefined : Number(row.previous_revision),
    previousValue: row.previous_value ?? undefined,
  };
}
