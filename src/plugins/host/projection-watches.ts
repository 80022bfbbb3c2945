import { expired } from '../../apimachinery/errors/status-error.js';
import { parseResourceVersion } from '../../registry/rest/resource-version.js';
import type { RestWatch, WatchEvent, WatchOptions, WatchSink } from '../../registry/rest/storage.js';
import type { ProjectedChange, ProjectedObject, ProjectedObjects } from './projected-objects.js';

type Matches = (object: ProjectedObject) => boolean;

interface OpenWatch {
  readonly matches: Matches;
  readonly sink: WatchSink;
}

export interface ProjectionWatchesParts {
  readonly pollMs: number;
  /** Takes a look; what changed comes back through `tell`. Never rejects. */
  readonly look: () => Promise<void>;
  /** Where somebody tells of changes, nothing is polled. */
  readonly subscribe: ((changed: () => void) => () => void) | undefined;
}

/** The watches of one projection. Only while there are some is anything looked for. */
export class ProjectionWatches {
  private readonly watching = new Set<OpenWatch>();
  private stopLooking: (() => void) | undefined;

  constructor(private readonly parts: ProjectionWatchesParts) {}

  /** As the store's watches: the present state first where no revision is given, else what changed after it. */
  open(objects: ProjectedObjects, options: WatchOptions, matches: Matches, sink: WatchSink): RestWatch {
    const revision = parseResourceVersion(options.resourceVersion);
    const initial = options.sendInitialEvents ?? revision === 0;
    const missed = initial ? [] : objects.since(revision === 0 ? objects.revision : revision);
    if (missed === undefined) {
      sink.end(expired(`too old resource version: ${revision}`));
      return { stop: () => {} };
    }
    const first = initial ? initialEvents(objects, options, matches) : visible(missed, matches);
    if (first.length > 0) sink.events(first);
    const watch: OpenWatch = { matches, sink };
    this.watching.add(watch);
    this.startLooking();
    return {
      stop: () => {
        this.watching.delete(watch);
        if (this.watching.size === 0) this.restLooking();
      },
      newestRevision: () => objects.revision,
    };
  }

  tell(changes: readonly ProjectedChange[]): void {
    if (changes.length === 0) return;
    for (const { matches, sink } of this.watching) {
      const events = visible(changes, matches);
      if (events.length > 0) sink.events(events);
    }
  }

  close(): void {
    this.restLooking();
    for (const { sink } of this.watching) sink.end();
    this.watching.clear();
  }

  private startLooking(): void {
    if (this.stopLooking !== undefined) return;
    const { subscribe, look, pollMs } = this.parts;
    if (subscribe !== undefined) {
      this.stopLooking = subscribe(() => void look());
      return;
    }
    const timer = setInterval(() => void look(), pollMs);
    timer.unref();
    this.stopLooking = () => clearInterval(timer);
  }

  private restLooking(): void {
    this.stopLooking?.();
    this.stopLooking = undefined;
  }
}

function initialEvents(objects: ProjectedObjects, options: WatchOptions, matches: Matches): WatchEvent[] {
  const events = objects
    .all()
    .filter(matches)
    .map((object): WatchEvent => eventOf('ADDED', object));
  if (options.sendInitialEvents === true && options.allowBookmarks) {
    events.push({ type: 'BOOKMARK', revision: objects.revision, object: undefined, initialEventsEnd: true });
  }
  return events;
}

/** Changes as one watch sees them: what leaves its selection is deleted for it. */
function visible(changes: readonly ProjectedChange[], matches: Matches): WatchEvent[] {
  const events: WatchEvent[] = [];
  for (const { type, revision, object, previous } of changes) {
    const now = type !== 'DELETED' && matches(object);
    const before = previous !== undefined && matches(previous);
    if (now) events.push(eventOf(before ? 'MODIFIED' : 'ADDED', object));
    else if (before) {
      const value = { ...previous.value, metadata: { ...previous.value.metadata, resourceVersion: String(revision) } };
      events.push(eventOf('DELETED', { ...previous, revision, value }));
    }
  }
  return events;
}

function eventOf(type: 'ADDED' | 'MODIFIED' | 'DELETED', { revision, value }: ProjectedObject): WatchEvent {
  return { type, revision, object: undefined, value };
}
