import type { Overlay } from '../cacher/list-walk.js';
import { TimeSlices } from '../cacher/time-slices.js';
import { deliver, inScope } from '../cacher/watch-hub.js';
import { StorageError } from '../errors.js';
import { eventsFromLog, type LogEntry, undoRows } from '../revision-log.js';
import type { ListPage, ListQuery, Revision, StoredEvent, StoredObject, Watch, WatchQuery } from '../storage.js';
import type { StorageLimits, StorageObserver } from '../storage-options.js';
import type { LogReader } from './log-reader.js';
import type { OpenCollection } from './open-collection.js';

const DELIVERY_EVENTS_MAX = 256;

/**
 * Answers what reaches back beyond the history in memory, from the revision log. While it reads, writes go on and the
 * memory forgets more; it follows until what was read and what memory holds meet.
 */
export class PastReader {
  constructor(
    private readonly reader: LogReader,
    private readonly storage: { readonly compactedRevision: Revision },
    private readonly limits: StorageLimits,
    private readonly observer: StorageObserver,
  ) {}

  /** @throws StorageError Compacted where the log was compacted meanwhile */
  readonly list = async (
    collection: OpenCollection,
    query: ListQuery & { readonly revision: Revision },
  ): Promise<ListPage> => {
    const { rows } = await this.readUpToMemory(collection, query.revision);
    const overlay: Overlay = undoRows(rows);
    return collection.cache.list(query, query.revision, overlay);
  };

  /** Delivers the past in pieces soon after this returns, then follows. @throws StorageError Compacted where it is too long */
  readonly watch = (collection: OpenCollection, query: WatchQuery): Watch => {
    const { from } = collection.cache.history;
    if (from - query.afterRevision > this.limits.logReplayRevisionsMax) {
      throw new StorageError('Compacted', `revision ${query.afterRevision} is too far back to replay`, from);
    }
    const replay = new Replay();
    this.replay(collection, query, replay).catch((error: unknown) => {
      if (replay.stopped) return;
      replay.stop();
      this.observer.watchFailed?.(collection.options.collection, error);
      query.onEnd();
    });
    return replay;
  };

  private async replay(collection: OpenCollection, query: WatchQuery, replay: Replay): Promise<void> {
    const { cache } = collection;
    const slices = new TimeSlices();
    let reached = query.afterRevision;
    while (reached < cache.history.from) {
      const { rows, upTo } = await this.readUpToMemory(collection, reached);
      const later = cache.overlayAt(upTo);
      const stateAfter = (key: string): StoredObject | undefined =>
        later.has(key) ? later.get(key) : cache.current(key);
      const events = eventsFromLog(rows, cache, stateAfter);
      for (const piece of piecesOf(events.filter((event) => inScope(query, event.object)))) {
        if (replay.stopped) return;
        deliver(query, piece);
        await slices.pause();
      }
      reached = upTo;
    }
    if (replay.stopped) return;
    if (collection.isClosed) throw new StorageError('Unavailable', 'the collection was closed');
    replay.live = collection.follow({ ...callbacksOf(query), afterRevision: reached }, cache.history.after(reached));
  }

  /** Log rows after a revision up to where the memory's history begins, newest first. */
  private async readUpToMemory(
    { cache }: OpenCollection,
    after: Revision,
  ): Promise<{ rows: LogEntry[]; upTo: Revision }> {
    let rows: LogEntry[] = [];
    let reached = after;
    while (reached < cache.history.from) {
      const upTo = cache.history.from;
      const next = await this.reader.readLog(cache, { after: reached, upTo });
      rows = next.rows.concat(rows);
      reached = upTo;
    }
    if (after < this.storage.compactedRevision) {
      const message = `revision ${after} was compacted while it was read`;
      throw new StorageError('Compacted', message, this.storage.compactedRevision);
    }
    return { rows, upTo: reached };
  }
}

class Replay implements Watch {
  stopped = false;
  live: Watch | undefined;

  stop(): void {
    this.stopped = true;
    this.live?.stop();
  }
}

function* piecesOf(events: readonly StoredEvent[]): Generator<readonly StoredEvent[]> {
  for (let at = 0; at < events.length; at += DELIVERY_EVENTS_MAX) yield events.slice(at, at + DELIVERY_EVENTS_MAX);
}

/** Callbacks may be methods that a spread would lose. */
function callbacksOf(query: WatchQuery): Omit<WatchQuery, 'afterRevision'> {
  return {
    namespace: query.namespace,
    name: query.name,
    onEvents: (events) => query.onEvents(events),
    onCorrupt: (change) => query.onCorrupt?.(change),
    onEnd: () => query.onEnd(),
  };
}
