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

/** A row that has been looked at: what the key was before may have turned out to be corrupt. */
export interface LogEntry {
  readonly revision: Revision;
  readonly key: string;
  readonly type: ChangeType;
  /** Undefined for ADDED. */
  readonly previous: CachedObject | undefined;
}

/**
 * The events that log rows tell of, oldest first. Those of what cannot be read, or what the log does not explain, hold corrupt objects.
 * @param newestFirst rows of one collection without gaps
 * @param stateAfter the object under a key right after the newest of these rows
 */
export function eventsFromLog(
  newestFirst: readonly LogEntry[],
  cache: CollectionCache,
  stateAfter: (key: string) => StoredObject | undefined,
): StoredEvent[] {
  const known = new Map<string, StoredObject | undefined>();
  const events: StoredEvent[] = [];
  for (const { revision, key, type, previous } of newestFirst) {
    const after = known.has(key) ? known.get(key) : stateAfter(key);
    const object = (type === 'DELETED' ? previous?.deletedAt(revision) : after) ?? cache.untold(key, revision);
    events.push({ type, revision, object, previous });
    known.set(key, previous);
  }
  return events.reverse();
}

/** What the keys were before these rows; rows come newest first. */
export function undoRows(newestFirst: readonly LogEntry[]): Overlay {
  const overlay = new Map<string, StoredObject | undefined>();
  for (const { key, previous } of newestFirst) overlay.set(key, previous);
  return overlay;
}

/** @param value what the row says the key was before */
export function entryOf(row: LogRow, value: Buffer | undefined, cache: CollectionCache): LogEntry {
  const { revision, key, type, previousRevision } = row;
  if (type === 'ADDED') return { revision, key, type, previous: undefined };
  const previous =
    previousRevision === undefined || value === undefined
      ? cache.untold(key, previousRevision ?? revision)
      : cache.read(key, previousRevision, value);
  return { revision, key, type, previous };
}
