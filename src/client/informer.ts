import type {
  Collection,
  CorruptChange,
  ListPage,
  ListQuery,
  StoredEvent,
  StoredObject,
  Watch,
  WatchQuery,
} from '../storage/storage.js';

/** What an informer tells: the state first, then every change. Objects are shared; `decode()` gives a copy to work on. */
export interface InformerHandler {
  /** A present object (once for each at the start) or a new one. */
  added?(object: StoredObject): void;
  updated?(object: StoredObject, previous: StoredObject): void;
  deleted?(object: StoredObject): void;
  /** Something of which no other call tells, because it cannot be read, has gone or come. */
  unreadable?(change: CorruptChange): void;
}

/**
 * Tells of what changes from now on. A quiet collection's own last revision may be compacted away, so "now" is the newest revision
 * of all.
 */
export function watchFromNow(
  collection: Collection,
  events: Pick<WatchQuery, 'onEvents' | 'onCorrupt' | 'onEnd'>,
): Watch {
  return collection.watch({ afterRevision: newestState(collection, { limit: 1 }).revision, ...events });
}

/** Without a selector, the newest state is answered from memory at once. */
function newestState(collection: Collection, query: ListQuery): ListPage {
  const page = collection.list(query);
  if (page instanceof Promise) throw new TypeError('a list of the newest state must not wait');
  return page;
}

/**
 * Follows one collection in process. The collection is its own cache, so there is nothing to sync and no second copy: what
 * `collection.get` says is at least as new as the last event told.
 */
export class Informer {
  private stopWatch: (() => void) | undefined;

  constructor(
    readonly collection: Collection,
    private readonly handler: InformerHandler,
  ) {}

  start(): void {
    const page = newestState(this.collection, {});
    const watch = this.collection.watch({
      afterRevision: page.revision,
      onEvents: (events) => this.deliver(events),
      onCorrupt: (change) => this.handler.unreadable?.(change),
      onEnd: () => {
        this.stopWatch = undefined;
      },
    });
    this.stopWatch = () => watch.stop();
    for (const object of page.items) this.handler.added?.(object);
  }

  stop(): void {
    this.stopWatch?.();
    this.stopWatch = undefined;
  }

  private deliver(events: readonly StoredEvent[]): void {
    for (const { type, object, previous } of events) {
      if (type === 'DELETED') this.handler.deleted?.(object);
      else if (previous === undefined) this.handler.added?.(object);
      else this.handler.updated?.(object, previous);
    }
  }
}
