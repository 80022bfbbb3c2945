import { CachedObject } from '../cacher/cached-object.js';
import type { CollectionCache } from '../cacher/collection-cache.js';
import { inScope, WatchHub } from '../cacher/watch-hub.js';
import { CorruptObjectError, StorageError } from '../errors.js';
import type {
  CollectionOptions,
  CorruptObject,
  ListPage,
  ListQuery,
  ObjectContent,
  Revision,
  StoredEvent,
  StoredObject,
  Watch,
  WatchQuery,
} from '../storage.js';
import { Collection } from '../storage.js';
import type { WriteCall, WriteTarget } from './write-call.js';

/** What a collection needs of its storage. */
export interface CollectionHost {
  readonly revision: Revision;
  readonly compactedRevision: Revision;
  submit(call: WriteCall): void;
  /** Answers a list whose revision lies before the history in memory. */
  listFromLog(collection: OpenCollection, query: ListQuery & { readonly revision: Revision }): Promise<ListPage>;
  /** Starts a watch that lies before the history in memory; it catches up from the log. */
  watchFromLog(collection: OpenCollection, query: WatchQuery): Watch;
  watchFailed(collection: string, error: unknown): void;
}

/** The Collection port over a cache, a hub of watches and the storage's writer. */
export class OpenCollection extends Collection implements WriteTarget {
  readonly hub: WatchHub;
  private closed = false;

  constructor(
    readonly cache: CollectionCache,
    private readonly host: CollectionHost,
  ) {
    super();
    const { namespaced, collection } = cache.options;
    this.hub = new WatchHub(namespaced, (error) => host.watchFailed(collection, error));
  }

  override get options(): CollectionOptions {
    return this.cache.options;
  }

  override get lastRevision(): Revision {
    return this.cache.lastRevision;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  override get(key: string): StoredObject | undefined {
    return this.cache.get(key) ?? this.nothing(key);
  }

  /** @throws CorruptObjectError where there is something all the same */
  private nothing(key: string): undefined {
    const corrupt = this.cache.corrupt(key);
    if (corrupt !== undefined) throw new CorruptObjectError(corrupt);
  }

  override corrupt(key: string): CorruptObject | undefined {
    return this.cache.corrupt(key);
  }

  /** What is stored, for the writer: corrupt or not. */
  current(key: string): CachedObject | undefined {
    const object = this.cache.current(key);
    return object instanceof CachedObject ? object : undefined;
  }

  override list(query: ListQuery): ListPage | Promise<ListPage> {
    if (query.revision !== undefined) this.checkRevision(query.revision);
    if (this.cache.isColdFor(query)) return this.cache.warmUp().then(() => this.list(query));
    const revision = query.revision ?? this.host.revision;
    if (revision < this.cache.history.from)
      return this.host.listFromLog(this, { ...query, ...conditionOf(query), revision });
    return this.cache.list(query, revision);
  }

  override count(namespace?: string): number {
    return this.cache.count(namespace);
  }

  override create(namespace: string, name: string, content: ObjectContent): Promise<StoredObject> {
    const key = this.options.namespaced ? `${namespace}/${name}` : name;
    return this.write(key, namespace, name, { type: 'create', content });
  }

  override update(key: string, expected: Revision, content: ObjectContent): Promise<StoredObject> {
    return this.write(key, ...this.place(key), { type: 'update', content, expected });
  }

  override delete(key: string, expected: Revision): Promise<StoredObject> {
    return this.write(key, ...this.place(key), { type: 'delete', expected });
  }

  override watch(query: WatchQuery): Watch {
    const { afterRevision } = query;
    const { compactedRevision } = this.host;
    if (afterRevision < compactedRevision) {
      const message = `revision ${afterRevision} is compacted, the history begins after ${compactedRevision}`;
      throw new StorageError('Compacted', message, compactedRevision);
    }
    if (this.closed) throw new StorageError('Unavailable', `collection ${this.options.collection} is closed`);
    if (afterRevision < this.cache.history.from) return this.host.watchFromLog(this, query);
    return this.follow(query, this.cache.history.after(afterRevision));
  }

  /** Delivers the past, then what comes. */
  follow(query: WatchQuery, past: readonly StoredEvent[]): Watch {
    const watch = this.hub.subscribe(query);
    watch.since = Math.max(query.afterRevision, this.cache.lastRevision);
    const events = past.filter((event) => inScope(query, event.object));
    try {
      if (events.length > 0) query.onEvents(events);
    } catch (error) {
      watch.stop();
      throw error;
    }
    return watch;
  }

  /** Ends all watches; writes still waiting are refused. */
  end(): void {
    if (this.closed) return;
    this.closed = true;
    this.hub.end();
  }

  private write(key: string, namespace: string, name: string, change: WriteCall['change']): Promise<StoredObject> {
    return new Promise((resolve, reject) => {
      this.host.submit({ target: this, key, namespace, name, change, resolve, reject });
    });
  }

  private place(key: string): [namespace: string, name: string] {
    if (!this.options.namespaced) return ['', key];
    const end = key.indexOf('/');
    return [key.slice(0, end), key.slice(end + 1)];
  }

  private checkRevision(revision: Revision): void {
    const { revision: newest, compactedRevision } = this.host;
    if (revision > newest) {
      throw new StorageError(
        'FutureRevision',
        `revision ${revision} is still to come, the newest is ${newest}`,
        newest,
      );
    }
    if (revision < compactedRevision) {
      const message = `revision ${revision} is compacted, the history begins after ${compactedRevision}`;
      throw new StorageError('Compacted', message, compactedRevision);
    }
  }
}

/** `matches` may be a method that a spread would lose. */
function conditionOf(query: ListQuery): Pick<ListQuery, 'matches'> {
  return query.matches === undefined ? {} : { matches: (object) => query.matches!(object) };
}
