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
import { corruptIn, withCorrupt } from './corrupt-in-list.js';
import { CorruptStoredObject, isCorrupt } from './corrupt-object.js';
import type { EncodingBudget } from './encodings.js';
import { History } from './history.js';
import { conditionOf, isReadable, type KeyRange, keyAfter, ListWalk, type Overlay, rangeOf } from './list-walk.js';
import { ObjectIndexes, requirementsOf } from './object-indexes.js';
import { SortedMap } from './sorted-map.js';
import { inWrittenForm, readStoredValue } from './stored-value.js';
import { TimeSlices } from './time-slices.js';

/** Lists that must look at more objects than this do so in slices. */
const SCAN_OBJECTS_MAX = 5_000;

/**
 * The objects of one collection in memory, their indexes and their recent past. Changes come in through `apply` only,
 * commit by commit; between two applies everything read here is one consistent state.
 */
export class CollectionCache implements ObjectHome {
  private readonly objects = new SortedMap<StoredObject>();
  /** What cannot be read stands apart, so that nobody who reads the others has to look. */
  private readonly unreadable = new Map<string, CorruptStoredObject>();
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

  corrupt(key: string): CorruptStoredObject | undefined {
    return this.unreadable.size === 0 ? undefined : this.unreadable.get(key);
  }

  /** What is stored under a key, whether or not it can be read. */
  current(key: string): StoredObject | undefined {
    return this.objects.get(key) ?? this.corrupt(key);
  }

  allCorrupt(): Iterable<CorruptStoredObject> {
    return this.unreadable.values();
  }

  count(namespace?: string): number {
    if (namespace === undefined || !this.options.namespaced) return this.objects.size + this.unreadable.size;
    let count = this.objects.countRange(`${namespace}/`, `${namespace}0`);
    for (const object of this.unreadable.values()) if (object.namespace === namespace) count++;
    return count;
  }

  /** An object of this collection; without attributes they are read from the bytes when asked for. */
  object(key: string, revision: Revision, json: Buffer, attributes?: ObjectAttributes): CachedObject {
    return new CachedObject(this, key, this.namespaceOf(key), revision, json, attributes);
  }

  /** What a row of the database holds. */
  read(key: string, revision: Revision, value: Buffer): CachedObject {
    const namespace = this.namespaceOf(key);
    const name = namespace === '' ? key : key.slice(namespace.length + 1);
    const found = readStoredValue(value, namespace, name, this.options.faultOf);
    if ('fault' in found) return new CorruptStoredObject(this, key, namespace, revision, value, found.fault);
    return this.object(key, revision, inWrittenForm(value, found.object, revision));
  }

  /** Stands for what the revision log should tell and does not. */
  untold(key: string, revision: Revision): CorruptStoredObject {
    const fault = 'the revision log does not tell';
    return new CorruptStoredObject(this, key, this.namespaceOf(key), revision, Buffer.alloc(0), fault);
  }

  /** Takes in an object read from the database, before anyone else sees this cache. */
  load(object: CachedObject): void {
    this.put(object);
    if (object.revision > this.newest) this.newest = object.revision;
    if (!object.isWarm) this.warm = false;
  }

  /** The past as read back from the log: every event after `from`, oldest first. It begins anew after what cannot be read. */
  restoreHistory(from: Revision, events: readonly StoredEvent[]): void {
    this.past = new History(this.limits.historyEventsMax, this.limits.historyBytesMax, from);
    for (const event of events) this.remember(event);
    const last = events[events.length - 1];
    if (last !== undefined && last.revision > this.newest) this.newest = last.revision;
  }

  /** @param events later than all before, in order */
  apply(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (isCorrupt(event)) {
        this.applyCorrupt(event);
      } else {
        const next = event.type === 'DELETED' ? undefined : event.object;
        if (next === undefined) this.objects.delete(event.object.key);
        else this.objects.set(next.key, next);
        this.indexes.replace(event.previous, next);
        this.past.push(event);
      }
      this.newest = event.revision;
    }
  }

  private applyCorrupt(event: StoredEvent): void {
    const { key } = event.object;
    const before = this.objects.get(key);
    if (event.type === 'DELETED') {
      this.objects.delete(key);
      this.unreadable.delete(key);
    } else {
      this.put(event.object);
    }
    this.indexes.replace(before, this.objects.get(key));
    this.remember(event);
  }

  private put(object: StoredObject): void {
    if (object instanceof CorruptStoredObject) {
      this.objects.delete(object.key);
      this.unreadable.set(object.key, object);
    } else {
      this.objects.set(object.key, object);
      this.unreadable.delete(object.key);
    }
  }

  /** What cannot be read cuts the history in memory short: who asks further back is answered from the log, which tells. */
  private remember(event: StoredEvent): void {
    if (isCorrupt(event)) this.past.trim(event.revision);
    else this.past.push(event);
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
    const overlay = revision < this.newest ? this.overlayAt(revision, older) : undefined;
    const page = this.listReadable(query, revision, overlay);
    // The history in memory knows nothing that cannot be read.
    if (this.unreadable.size === 0 && older === undefined) return page;
    const corrupt = corruptIn(rangeOf(query, this.options.namespaced), this.unreadable, overlay);
    if (corrupt.length === 0) return page;
    return page instanceof Promise
      ? page.then((readable) => withCorrupt(readable, corrupt, query))
      : withCorrupt(page, corrupt, query);
  }

  private listReadable(
    query: ListQuery,
    revision: Revision,
    overlay: Overlay | undefined,
  ): ListPage | Promise<ListPage> {
    const { namespaced } = this.options;
    const condition = conditionOf(query, namespaced);
    const range = rangeOf(query, namespaced);
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
      remaining += (isReadable(then) ? 1 : 0) - (this.objects.get(key) === undefined ? 0 : 1);
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
    // Only a hand writes a key without one.
    this.lastNamespace = key.slice(0, Math.max(0, end));
    return this.lastNamespace;
  }
}
