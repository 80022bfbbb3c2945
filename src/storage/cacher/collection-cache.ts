import type {
  CollectionOptions,
  ListPage,
  ListQuery,
  ObjectAttributes,
  Revision,
  StoredEvent,
  StoredObject,
} from '../storage.js';
import type { StorageLimits } from '../storage-options.js';
import { CachedObject, type ObjectHome } from './cached-object.js';
import type { EncodingBudget } from './encodings.js';
import { History } from './history.js';
import { conditionOf, type KeyRange, keyAfter, ListWalk, type Overlay, rangeOf } from './list-walk.js';
import { ObjectIndexes, requirementsOf } from './object-indexes.js';
import { SortedMap } from './sorted-map.js';
import { TimeSlices } from './time-slices.js';

/** Lists that must look at more objects than this do so in slices. */
const SCAN_OBJECTS_MAX = 5_000;

/**
 * The objects of one collection in memory, their indexes and their recent past. Changes come in through `apply` only,
 * commit by commit; between two applies everything read here is one consistent state.
 */
export class CollectionCache implements ObjectHome {
  private readonly objects = new SortedMap<StoredObject>();
  private readonly indexes: ObjectIndexes;
  private past: History;
  private newest: Revision = 0;
  private warming: Promise<void> | undefined;
  private warm = true;
  private lastNamespace = '';

  constructor(
    readonly options: CollectionOptions,
    readonly encodings: EncodingBudget,
    private readonly limits: StorageLimits,
  ) {
    this.indexes = new ObjectIndexes(this.objects, limits.indexesMax);
    this.past = new History(limits.historyEventsMax, limits.historyBytesMax, 0);
  }

  get history(): History {
    return this.past;
  }

  get lastRevision(): Revision {
    return this.newest;
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: string): StoredObject | undefined {
    return this.objects.get(key);
  }

  count(namespace?: string): number {
    if (namespace === undefined || !this.options.namespaced) return this.objects.size;
    return this.objects.countRange(`${namespace}/`, `${namespace}0`);
  }

  /** An object of this collection; without attributes they are read from the bytes when asked for. */
  object(key: string, revision: Revision, json: Buffer, attributes?: ObjectAttributes): CachedObject {
    return new CachedObject(this, key, this.namespaceOf(key), revision, json, attributes);
  }

  /** Takes in an object read from the database, before anyone else sees this cache. */
  load(object: CachedObject): void {
    this.objects.set(object.key, object);
    if (object.revision > this.newest) this.newest = object.revision;
    if (!object.isWarm) this.warm = false;
  }

  /** The past as read back from the log: every event after `from`, oldest first. */
  restoreHistory(from: Revision, events: readonly StoredEvent[]): void {
    this.past = new History(this.limits.historyEventsMax, this.limits.historyBytesMax, from);
    for (const event of events) this.past.push(event);
    const last = events[events.length - 1];
    if (last !== undefined && last.revision > this.newest) this.newest = last.revision;
  }

  /** @param events later than all before, in order */
  apply(events: readonly StoredEvent[]): void {
    for (const event of events) {
      const next = event.type === 'DELETED' ? undefined : event.object;
      if (next === undefined) this.objects.delete(event.object.key);
      else this.objects.set(next.key, next);
      this.indexes.replace(event.previous, next);
      this.past.push(event);
      this.newest = event.revision;
    }
  }

  /**
   * The state of changed keys right after `revision`.
   * @param older what the log says of events up to `history.from`, where `revision` lies before that
   */
  overlayAt(revision: Revision, older?: Overlay): Overlay {
    const overlay = new Map<string, StoredObject | undefined>();
    this.past.backTo(revision, (event) => overlay.set(event.object.key, event.previous));
    if (older !== undefined) for (const [key, object] of older) overlay.set(key, object);
    return overlay;
  }

  /** Whether `warmUp` has to come before a list for this query, so that its selectors do not parse everything at once. */
  isColdFor(query: ListQuery): boolean {
    return !this.warm && conditionOf(query, this.options.namespaced) !== undefined;
  }

  /** Parses what was loaded as bytes, in slices, so that selectors have what they need. */
  warmUp(): Promise<void> {
    this.warming ??= this.warmInSlices();
    return this.warming;
  }

  /**
   * The page as of `revision`, which is captured before this returns; where many objects must be looked at, that
   * happens in slices afterwards.
   * @param revision at or after `history.from`, or after what `older` covers
   */
  list(query: ListQuery, revision: Revision, older?: Overlay): ListPage | Promise<ListPage> {
    const { namespaced } = this.options;
    const condition = conditionOf(query, namespaced);
    const range = rangeOf(query, namespaced);
    const overlay = revision < this.newest ? this.overlayAt(revision, older) : undefined;
    const candidates =
      condition === undefined ? this.objects : (this.indexes.candidates(requirementsOf(query)) ?? this.objects);
    const walk = new ListWalk(candidates, overlay, range);
    const limit = query.limit === undefined || query.limit <= 0 ? Number.POSITIVE_INFINITY : query.limit;
    if (condition !== undefined && candidates.size + (overlay?.size ?? 0) > SCAN_OBJECTS_MAX) {
      return this.listInSlices(walk, condition, { revision, range, limit });
    }
    const items: StoredObject[] = [];
    for (let object = walk.next(); object !== undefined; object = walk.next()) {
      if (condition !== undefined && !condition(object)) continue;
      items.push(object);
      if (items.length === limit) return this.cut(items, { revision, range, overlay }, condition !== undefined);
    }
    return { items, revision, more: false, remaining: undefined };
  }

  /** As in etcd, objects that follow count as more whether or not they match. */
  private cut(
    items: StoredObject[],
    { revision, range, overlay }: { revision: Revision; range: KeyRange; overlay: Overlay | undefined },
    selective: boolean,
  ): ListPage {
    const rest = { from: keyAfter(items[items.length - 1]!.key), to: range.to };
    const more = new ListWalk(this.objects, overlay, rest).next() !== undefined;
    if (!more || selective) return { items, revision, more, remaining: undefined };
    let remaining = this.objects.countRange(rest.from, rest.to);
    for (const [key, then] of overlay ?? []) {
      if (key < rest.from || (rest.to !== undefined && key >= rest.to)) continue;
      remaining += (then === undefined ? 0 : 1) - (this.objects.get(key) === undefined ? 0 : 1);
    }
    return { items, revision, more, remaining };
  }

  private async listInSlices(
    walk: ListWalk,
    condition: (object: StoredObject) => boolean,
    { revision, range, limit }: { revision: Revision; range: KeyRange; limit: number },
  ): Promise<ListPage> {
    const captured: StoredObject[] = [];
    for (let object = walk.next(); object !== undefined; object = walk.next()) captured.push(object);
    const slices = new TimeSlices();
    const items: StoredObject[] = [];
    for (const [position, object] of captured.entries()) {
      if (slices.due()) await slices.pause();
      if (!condition(object)) continue;
      items.push(object);
      if (items.length < limit) continue;
      if (position + 1 < captured.length) return { items, revision, more: true, remaining: undefined };
      return this.cut(items, { revision, range, overlay: undefined }, true);
    }
    return { items, revision, more: false, remaining: undefined };
  }

  private async warmInSlices(): Promise<void> {
    const slices = new TimeSlices();
    let from = '';
    for (;;) {
      const cursor = this.objects.cursor(from);
      let object = cursor.next();
      for (; object !== undefined; object = cursor.next()) {
        void object.attributes;
        if (slices.due()) break;
      }
      if (object === undefined) break;
      from = keyAfter(object.key);
      await slices.pause();
    }
    this.warm = true;
  }

  /** Namespaces repeat: one text for all neighbours instead of one an object. */
  private namespaceOf(key: string): string {
    if (!this.options.namespaced) return '';
    const end = key.indexOf('/');
    if (this.lastNamespace.length === end && key.startsWith(this.lastNamespace)) return this.lastNamespace;
    this.lastNamespace = key.slice(0, end);
    return this.lastNamespace;
  }
}
