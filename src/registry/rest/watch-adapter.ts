import { expired } from '../../apimachinery/errors/status-error.js';
import { StorageError } from '../../storage/errors.js';
import type { Collection, Scope, StoredEvent, StoredObject, Watch } from '../../storage/storage.js';
import type { ListOptions, WatchEvent, WatchOptions, WatchSink } from './storage.js';
import { parseResourceVersion } from './resource-version.js';

/** Both selectors as one condition on a stored object; undefined where everything matches. */
export function matcherOf({ labels, fields }: Pick<ListOptions, 'labels' | 'fields'>) {
  if (labels.isEverything && fields.isEverything) return undefined;
  return (object: StoredObject): boolean =>
    labels.matches(object.attributes.labels) && fields.matches(object.attributes.fields);
}

/**
 * A client's watch over a collection: initial events, then changes, with transitions in and out of the selectors as ADDED and
 * DELETED. Where the history does not reach back, the watch starts with an ERROR event, not with a failed request.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch
 */
export function watchCollection(collection: Collection, newest: number, scope: Scope, options: WatchOptions, sink: WatchSink): Watch {
  const matches = matcherOf(options);
  const revision = parseResourceVersion(options.resourceVersion);
  const initial = options.sendInitialEvents ?? revision === 0;
  const after = initial ? newest : revision === 0 ? newest : revision;
  if (initial) {
    sendInitialEvents(collection, scope, options, newest, matches, sink);
  }
  try {
    return collection.watch({
      ...scope,
      afterRevision: after,
      onEvents: (events) => {
        const visible = matches === undefined ? events.map(unfiltered) : filterEvents(events, matches);
        if (visible.length > 0) sink.events(visible);
      },
      onEnd: () => sink.end(),
    });
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'Compacted') throw error;
    sink.end(expired(`too old resource version: ${revision} (${error.revision ?? collection.lastRevision})`));
    return { stop: () => {} };
  }
}

function sendInitialEvents(
  collection: Collection,
  scope: Scope,
  options: WatchOptions,
  newest: number,
  matches: ((object: StoredObject) => boolean) | undefined,
  sink: WatchSink,
): void {
  const page = collection.list({
    ...scope,
    exactLabels: options.labels.exact,
    exactFields: options.fields.exact,
    ...(matches && { matches }),
  });
  // Without `revision` a list is answered from memory at once.
  if (page instanceof Promise) throw new TypeError('a list of the newest state must not wait');
  const events: WatchEvent[] = page.items.map((object) => ({ type: 'ADDED', revision: object.revision, object }));
  if (options.sendInitialEvents === true && options.allowBookmarks) {
    events.push({ type: 'BOOKMARK', revision: newest, object: undefined, initialEventsEnd: true });
  }
  if (events.length > 0) sink.events(events);
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
      visible.push({ type: 'DELETED', revision, object: type === 'DELETED' ? object : previous.deletedAt(revision), source });
    }
  }
  return visible;
}
