import { expired, internalError } from '../../apimachinery/errors/status-error.js';
import { StorageError } from '../../storage/errors.js';
import type {
  Collection,
  CorruptObject,
  ListPage,
  OneOf,
  Scope,
  StoredEvent,
  StoredObject,
  Watch,
} from '../../storage/storage.js';
import { decodeFault, unreadableChange } from '../corrupt-objects.js';
import { tooLargeResourceVersion } from '../storage-errors.js';
import { parseResourceVersion } from './resource-version.js';
import type { ListOptions, WatchEvent, WatchOptions, WatchSink } from './storage.js';

/** Both selectors as one condition on a stored object; undefined where everything matches. */
export function matcherOf({ labels, fields }: Pick<ListOptions, 'labels' | 'fields'>) {
  if (labels.isEverything && fields.isEverything) return undefined;
  return (object: StoredObject): boolean =>
    labels.matches(object.attributes.labels) && fields.matches(object.attributes.fields);
}

function oneOfSelectors({ labels, fields }: Pick<ListOptions, 'labels' | 'fields'>): OneOf | undefined {
  if (labels.oneOf !== undefined) return { of: 'labels', ...labels.oneOf };
  return fields.oneOf && { of: 'fields', ...fields.oneOf };
}

/**
 * A client's watch over a collection: initial events, then changes, with transitions in and out of the selectors as ADDED and
 * DELETED. Where the history does not reach back, the watch starts with an ERROR event, not with a failed request. What cannot be read
 * ends it with one, whatever its selectors: nobody knows whether they choose it.
 * @param moments the store's newest revision, and the oldest from which this collection has a history
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch
 */
export function watchCollection(
  collection: Collection,
  moments: { readonly newest: number; readonly oldest: number },
  scope: Scope,
  options: WatchOptions,
  sink: WatchSink,
): Watch | Promise<Watch> {
  const matches = matcherOf(options);
  const revision = parseResourceVersion(options.resourceVersion);
  const initial = options.sendInitialEvents ?? revision === 0;
  if (!initial) {
    const after = revision === 0 ? moments.newest : revision;
    if (after < moments.oldest) return tooOld(after, moments.oldest, sink);
    return follow(collection, scope, after, options, sink);
  }
  if (revision > moments.newest) return tooNew(revision, moments.newest, sink);
  const page = collection.list({
    ...scope,
    exactLabels: options.labels.exact,
    exactFields: options.fields.exact,
    ...(matches && { matches }),
  });
  const begin = (state: ListPage): Watch => {
    if (state.corrupt !== undefined) return unreadable(state.items, state.corrupt[0]!, sink);
    sendInitialEvents(state, options, sink);
    return follow(collection, scope, state.revision, options, sink);
  };
  return page instanceof Promise ? page.then(begin) : begin(page);
}

const added = (object: StoredObject): WatchEvent => ({ type: 'ADDED', revision: object.revision, object });

/** Initial events come in the order of keys, up to what cannot be read. */
function unreadable(items: readonly StoredObject[], corrupt: CorruptObject, sink: WatchSink): Watch {
  const before = items.filter(({ key }) => key < corrupt.key).map(added);
  if (before.length > 0) sink.events(before);
  sink.end(internalError(decodeFault(corrupt)));
  return { stop: () => {} };
}

/** The state as ADDED events and, for streaming lists, the bookmark that ends it. */
function sendInitialEvents({ items, revision }: ListPage, options: WatchOptions, sink: WatchSink): void {
  const events = items.map(added);
  if (options.sendInitialEvents === true && options.allowBookmarks) {
    events.push({ type: 'BOOKMARK', revision, object: undefined, initialEventsEnd: true });
  }
  if (events.length > 0) sink.events(events);
}

function follow(
  collection: Collection,
  scope: Scope,
  afterRevision: number,
  options: Pick<ListOptions, 'labels' | 'fields'>,
  sink: WatchSink,
): Watch {
  const matches = matcherOf(options);
  const oneOf = oneOfSelectors(options);
  let watch: Watch | undefined;
  try {
    watch = collection.watch({
      ...scope,
      afterRevision,
      ...(oneOf && { oneOf }),
      onEvents: (events) => {
        const visible = matches === undefined ? events.map(unfiltered) : filterEvents(events, matches);
        if (visible.length > 0) sink.events(visible);
      },
      onCorrupt: (change) => {
        watch?.stop();
        sink.end(unreadableChange(change));
      },
      onEnd: () => sink.end(),
    });
    return watch;
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'Compacted') throw error;
    return tooOld(afterRevision, error.revision ?? collection.lastRevision, sink);
  }
}

function tooOld(revision: number, oldest: number, sink: WatchSink): Watch {
  sink.end(expired(`too old resource version: ${revision} (${oldest})`));
  return { stop: () => {} };
}

function unfiltered(source: StoredEvent): WatchEvent {
  return { type: source.type, revision: source.revision, object: source.object, source };
}

function filterEvents(events: readonly StoredEvent[], matches: (object: StoredObject) => boolean): WatchEvent[] {
  const visible: WatchEvent[] = [];
  for (const source of events) {
    const { type, revision, object, previous } = source;
    const now = type !== 'DELETED' && matches(object);
    const before = previous !== undefined && matches(previous);
    if (now) visible.push({ type: before ? 'MODIFIED' : 'ADDED', revision, object, source });
    else if (before) {
      // What leaves the selection is shown as it was, at the revision of the change.
      visible.push({
        type: 'DELETED',
        revision,
        object: type === 'DELETED' ? object : previous.deletedAt(revision),
        source,
      });
    }
  }
  return visible;
}

/** The state of a moment that has not been cannot be told. */
function tooNew(revision: number, newest: number, sink: WatchSink): Watch {
  sink.end(tooLargeResourceVersion(`Too large resource version: ${revision}, current: ${newest}`));
  return { stop: () => {} };
}
