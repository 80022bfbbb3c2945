import type { ListQuery, StoredObject } from '../storage.js';
import { CorruptStoredObject } from './corrupt-object.js';
import type { SortedMap } from './sorted-map.js';
import { inScope } from './watch-hub.js';

/** State of changed keys at an earlier revision; undefined: the key did not exist. What the log says may be corrupt. */
export type Overlay = ReadonlyMap<string, StoredObject | undefined>;

export function isReadable(object: StoredObject | undefined): object is StoredObject {
  return object !== undefined && !(object instanceof CorruptStoredObject);
}

/** The keys of a list: from (inclusive) to (exclusive). */
export interface KeyRange {
  readonly from: string;
  readonly to: string | undefined;
}

/** The least key after this one. */
export function keyAfter(key: string): string {
  return `${key}\0`;
}

export function rangeOf(query: ListQuery, namespaced: boolean): KeyRange {
  const after = query.after === undefined ? '' : keyAfter(query.after);
  if (!namespaced) {
    if (query.name === undefined) return { from: after, to: undefined };
    return { from: max(after, query.name), to: keyAfter(query.name) };
  }
  if (query.namespace === undefined) return { from: after, to: undefined };
  if (query.name !== undefined) {
    const key = `${query.namespace}/${query.name}`;
    return { from: max(after, key), to: keyAfter(key) };
  }
  // '0' is the character after '/'.
  return { from: max(after, `${query.namespace}/`), to: `${query.namespace}0` };
}

/**
 * Walks a range of readable objects in key order as they are now, or, with an overlay, as they were: what the overlay knows
 * of a key comes before what the objects say.
 */
export class ListWalk {
  private readonly past: (readonly [string, StoredObject | undefined])[];
  private at = 0;
  private readonly cursor;

  constructor(
    objects: SortedMap<StoredObject>,
    private readonly overlay: Overlay | undefined,
    range: KeyRange,
  ) {
    this.cursor = objects.cursor(range.from, range.to);
    this.past = [];
    if (overlay === undefined) return;
    for (const entry of overlay) {
      if (entry[0] >= range.from && (range.to === undefined || entry[0] < range.to)) this.past.push(entry);
    }
    this.past.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  }

  next(): StoredObject | undefined {
    if (this.overlay === undefined) return this.cursor.next();
    for (;;) {
      const key = this.cursor.key;
      const entry = this.past[this.at];
      if (entry === undefined || (key !== undefined && key < entry[0])) return this.cursor.next();
      this.at++;
      if (key === entry[0]) this.cursor.next();
      if (isReadable(entry[1])) return entry[1];
    }
  }
}

/** The condition of a query beyond its key range; undefined: none. */
export function conditionOf(query: ListQuery, namespaced: boolean): ((object: StoredObject) => boolean) | undefined {
  const byName = namespaced && query.namespace === undefined && query.name !== undefined;
  const matches =
    query.matches === undefined ? exactCondition(query) : (object: StoredObject) => query.matches!(object);
  if (!byName) return matches;
  return (object) => inScope(query, object) && (matches === undefined || matches(object));
}

function exactCondition(query: ListQuery): ((object: StoredObject) => boolean) | undefined {
  const { exactLabels = [], exactFields = [] } = query;
  if (exactLabels.length === 0 && exactFields.length === 0) return undefined;
  return ({ attributes: { labels, fields } }) =>
    exactLabels.every(({ key, value }) => Object.hasOwn(labels, key) && labels[key] === value) &&
    exactFields.every(({ key, value }) => (Object.hasOwn(fields, key) ? fields[key] : '') === value);
}

function max(a: string, b: string): string {
  return a < b ? b : a;
}
