import type { CachedObject } from './cacher/cached-object.js';
import type { CollectionCache } from './cacher/collection-cache.js';
import type { Overlay } from './cacher/list-walk.js';
import type { Revision, StoredEvent, StoredObject } from './storage.js';

export type ChangeType = StoredEvent['type'];

/**
 * One row of the append-only log: that a key changed, and what it was before. What it became is the previous value of
 * the key's next row, or the current object; so a value is stored once while it is current, and the past of any
 * revision is reached by undoing rows from now backwards.
 */
export interface LogRow {
  readonly revision: Revision;
  readonly collection: string;
  readonly key: string;
  readonly type: ChangeType;
  /** Both undefined for ADDED. */
  readonly previousRevision: Revision | undefined;
  readonly previousValue: Buffer | undefined;
}

/**
 * The events that log rows tell of, oldest first.
 * @param newestFirst rows of one collection without gaps
 * @param stateAfter the object under a key right after the newest of these rows
 */
export function eventsFromLog(
  newestFirst: readonly LogRow[],
  cache: CollectionCache,
  stateAfter: (key: string) => StoredObject | undefined,
): StoredEvent[] {
  const known = new Map<string, StoredObject | undefined>();
  const events: StoredEvent[] = [];
  for (const row of newestFirst) {
    const previous = previousOf(row, cache);
    const after = known.has(row.key) ? known.get(row.key) : stateAfter(row.key);
    const object = row.type === 'DELETED' ? previous?.deletedAt(row.revision) : after;
    if (object === undefined)
      throw new Error(`revision log: nothing explains ${row.type} of ${row.key} at ${row.revision}`);
    events.push({ type: row.type, revision: row.revision, object, previous });
    known.set(row.key, previous);
  }
  return events.reverse();
}

/** What the keys were before these rows; rows come newest first. */
export function undoRows(newestFirst: readonly LogRow[], cache: CollectionCache): Overlay {
  const overlay = new Map<string, StoredObject | undefined>();
  for (const row of newestFirst) overlay.set(row.key, previousOf(row, cache));
  return overlay;
}

function previousOf(row: LogRow, cache: CollectionCache): CachedObject | undefined {
  if (row.previousRevision === undefined || row.previousValue === undefined) return undefined;
  return cache.object(row.key, row.previousRevision, row.previousValue);
}
