import { CollectionCache } from '../cacher/collection-cache.js';
import { EncodingBudget } from '../cacher/encodings.js';
import { StorageError } from '../errors.js';
import { eventsFromLog } from '../revision-log.js';
import { type Collection, type CollectionOptions, type Revision, Storage, type StoredEvent } from '../storage.js';
import {
  type CompactionOptions,
  DEFAULT_COMPACTION,
  DEFAULT_STORAGE_LIMITS,
  type StorageLimits,
  type StorageObserver,
  type StorageOptions,
} from '../storage-options.js';
import { Compactor } from './compactor.js';
import type { Dialect, TypeSchema } from './dialect.js';
import { GroupCommitWriter } from './group-commit-writer.js';
import { LogReader } from './log-reader.js';
import { OpenCollection } from './open-collection.js';
import { PastReader } from './past-reader.js';
import { PostgresDialect } from './postgres-dialect.js';
import { SqliteDialect } from './sqlite-dialect.js';
import type { WriteCall, WriteTarget } from './write-call.js';

/** As etcd, an empty store is at revision 1: 0 has a meaning of its own to clients. */
const FIRST_REVISION = 1;

/** The Storage port over an SQL database. */
export class TypeormStorage extends Storage {
  private readonly limits: StorageLimits;
  private readonly observer: StorageObserver;
  private readonly dialect: Dialect;
  private readonly encodings: EncodingBudget;
  private readonly reader: LogReader;
  private readonly past: PastReader;
  private readonly writer: GroupCommitWriter;
  private readonly compactor: Compactor;
  private readonly collections = new Map<string, Promise<OpenCollection>>();
  /** Those of `collections` that are loaded. */
  private readonly loaded = new Set<OpenCollection>();
  private newest: Revision = FIRST_REVISION;
  private forgotten: Revision = 0;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  /** @throws StorageError Unavailable where the URL is of no known kind */
  constructor(options: StorageOptions, dialect?: Dialect) {
    super();
    this.limits = { ...DEFAULT_STORAGE_LIMITS, ...options.limits };
    const compaction: CompactionOptions = { ...DEFAULT_COMPACTION, ...options.compaction };
    this.observer = options.observer ?? {};
    this.dialect = dialect ?? dialectFor(options.url, this.limits);
    this.encodings = new EncodingBudget(this.limits.encodingsBytesMax);
    this.reader = new LogReader(this.dialect, this.limits);
    this.past = new PastReader(this.reader, this, this.limits, this.observer);
    this.writer = new GroupCommitWriter(this.dialect, this, this.limits, this.observer);
    this.compactor = new Compactor(
      this.dialect,
      this,
      compaction,
      this.observer,
      options.now ?? (() => performance.now()),
    );
  }

  override get revision(): Revision {
    return this.newest;
  }

  override get compactedRevision(): Revision {
    return this.forgotten;
  }

  /** Writes that wait for their transaction. */
  get writeQueueLength(): number {
    return this.writer.queueLength;
  }

  /** Connects and migrates; `open` does it too. @throws StorageError Unavailable saying what to do */
  start(): Promise<void> {
    this.started ??= this.connect();
    return this.started;
  }

  /** Finishes the waiting writes, ends all watches and lets go of the database. */
  stop(): Promise<void> {
    this.stopped ??= this.disconnect();
    return this.stopped;
  }

  override async open(options: CollectionOptions): Promise<Collection> {
    if (this.stopped !== undefined) throw new StorageError('Unavailable', 'the storage is closed');
    const known = this.collections.get(options.collection);
    if (known !== undefined) return known;
    const opening = this.load(options);
    this.collections.set(options.collection, opening);
    // A failed opening may be tried again.
    opening.catch(() => this.collections.delete(options.collection));
    return opening;
  }

  override async close(collection: string): Promise<void> {
    const opened = await this.collections.get(collection);
    if (opened === undefined) return;
    opened.end();
    await this.writer.settled();
    this.loaded.delete(opened);
    if ((await this.collections.get(collection)) === opened) this.collections.delete(collection);
  }

  override caughtUp(): Promise<void> | undefined {
    return undefined;
  }

  /** Forgets the changes up to a revision now. */
  compact(revision: Revision): Promise<void> {
    return this.compactor.compact(revision);
  }

  readTypeSchemas(): Promise<TypeSchema[]> {
    return this.dialect.readTypeSchemas();
  }

  putTypeSchemas(schemas: readonly TypeSchema[]): Promise<void> {
    return this.dialect.putTypeSchemas(schemas);
  }

  submit(call: WriteCall): void {
    this.writer.submit(call);
  }

  applied(revision: Revision, events: ReadonlyMap<WriteTarget, readonly StoredEvent[]>): void {
    for (const [target, changes] of events) target.cache.apply(changes);
    this.newest = revision;
    for (const [target, changes] of events) target.hub.dispatch(changes);
  }

  async catchUp(revision: Revision): Promise<void> {
    const events = new Map<WriteTarget, readonly StoredEvent[]>();
    for (const target of this.loaded) {
      const { cache } = target;
      const range = { after: this.newest, upTo: revision, locked: true };
      const { rows } = await this.reader.readLog(cache, range);
      if (rows.length === 0) continue;
      const keys = [...new Set(rows.map(({ key }) => key))];
      const current = await this.reader.readCurrent(cache, keys);
      const changes = eventsFromLog(rows, cache, (key) => current.get(key));
      events.set(target, changes);
    }
    this.applied(revision, events);
  }

  compacted(revision: Revision): void {
    this.forgotten = revision;
    for (const { cache } of this.loaded) cache.history.trim(revision);
  }

  listFromLog: PastReader['list'] = (collection, query) => this.past.list(collection, query);

  watchFromLog: PastReader['watch'] = (collection, query) => this.past.watch(collection, query);

  watchFailed(collection: string, error: unknown): void {
    this.observer.watchFailed?.(collection, error);
  }

  private async connect(): Promise<void> {
    const state = await this.dialect.open();
    this.newest = Math.max(FIRST_REVISION, state.revision);
    this.forgotten = state.compactedRevision;
    this.compactor.start();
  }

  private async disconnect(): Promise<void> {
    if (this.started === undefined) return;
    await this.started.catch(() => undefined);
    await this.writer.stop();
    await this.compactor.stop();
    for (const collection of this.loaded) collection.end();
    await this.dialect.close();
  }

  private async load(options: CollectionOptions): Promise<OpenCollection> {
    await this.start();
    const cache = new CollectionCache(options, this.encodings, this.limits);
    try {
      await this.fill(cache);
    } catch (cause) {
      if (cause instanceof StorageError) throw cause;
      const fault = cause instanceof Error ? cause.message : String(cause);
      const message = `cannot read what is stored of ${options.collection}: ${fault}: restore the database from a backup`;
      throw new StorageError('Unavailable', message, undefined, { cause });
    }
    const collection = new OpenCollection(cache, this);
    this.loaded.add(collection);
    return collection;
  }

  private async fill(cache: CollectionCache): Promise<void> {
    await this.reader.loadObjects(cache);
    const { rows, complete } = await this.reader.readLog(cache, {
      after: this.forgotten,
      upTo: Number.MAX_SAFE_INTEGER,
      rowsMax: this.limits.historyEventsMax,
      bytesMax: this.limits.historyBytesMax,
    });
    const oldest = rows[rows.length - 1];
    const from = complete || oldest === undefined ? this.forgotten : Math.max(this.forgotten, oldest.revision - 1);
    cache.restoreHistory(
      from,
      eventsFromLog(rows, cache, (key) => cache.current(key)),
    );
    this.report(cache, from);
  }

  /** @param from where the history would begin if all of it could be read */
  private report(cache: CollectionCache, from: Revision): void {
    for (const object of cache.allCorrupt()) this.observer.corrupt?.(object);
    const begins = cache.history.from;
    if (begins > from) this.observer.historyCut?.(cache.options.collection, begins);
  }
}

function dialectFor(url: string, limits: StorageLimits): Dialect {
  if (url.startsWith('sqlite:')) return new SqliteDialect(url.slice('sqlite:'.length), limits);
  if (/^postgres(ql)?:\/\//.test(url)) return new PostgresDialect(url, limits);
  throw new StorageError('Unavailable', `storage URL ${url}: it must begin with sqlite: or postgres://`);
}
