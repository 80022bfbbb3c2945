import { isJsonObject, type JsonValue } from '../meta/json.js';
import type { ManagedFieldsEntry } from '../meta/object.js';
import { formatTime } from '../runtime/time.js';
import { type FieldSet, sortedSet, union } from './field-set.js';
import { parseFieldSet } from './path-element.js';

export type Operation = 'Apply' | 'Update';

/** One owner of fields: an entry of metadata.managedFields. Never changed once made. */
export interface Owner {
  readonly manager: string;
  readonly operation: Operation;
  /** Version that the set's paths are in. */
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339, seconds; undefined for an owner that never changed a value. */
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** The entry this was read from, while nothing of it has changed. */
  readonly entry?: ManagedFieldsEntry;
}

/** Owners by {@link ownerId}. */
export type Owners = Map<string, Owner>;

/** Update entries beyond this number are merged, oldest first, into one a version. */
export const UPDATE_OWNERS_MAX = 10;
const OLD_UPDATES = 'ancient-changes';

/**
 * What tells owners apart. An applier is the same whatever version it applies.
 * The text is JSON because upstream sorts by it where times are equal.
 */
export function ownerId(owner: Pick<Owner, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const { manager, operation, apiVersion, subresource } = owner;
  let id = `{"manager":${JSON.stringify(manager)},"operation":"${operation}"`;
  if (operation === 'Update') id += `,"apiVersion":${JSON.stringify(apiVersion)}`;
  if (subresource !== '') id += `,"subresource":${JSON.stringify(subresource)}`;
  return `${id}}`;
}

/** An owner with another set, or another time; the entry it came from no longer stands for it. */
export function changedOwner(owner: Owner, change: Partial<Pick<Owner, 'set' | 'time' | 'apiVersion'>>): Owner {
  return { ...owner, ...change, entry: undefined };
}

/**
 * Reads managedFields.
 * @param trusted true for what this server has written: sets are taken as they are
 * @returns the text of what is wrong where any entry is malformed
 */
export function readOwners(entries: JsonValue | undefined, trusted: boolean): Owners | string {
  const owners: Owners = new Map();
  if (!Array.isArray(entries)) return owners;
  for (let i = 0; i < entries.length; i++) {
    const owner = isJsonObject(entries[i])
      ? readOwner(entries[i] as ManagedFieldsEntry, i, trusted)
      : 'malformed entry';
    if (typeof owner === 'string') return owner;
    owners.set(ownerId(owner), owner);
  }
  return owners;
}

function readOwner(entry: ManagedFieldsEntry, index: number, trusted: boolean): Owner | string {
  const { operation, apiVersion, fieldsType } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return 'operation must be `Apply` or `Update`';
  if (typeof apiVersion !== 'string' || apiVersion === '') return 'apiVersion must not be empty';
  if (fieldsType === undefined || fieldsType === '') return `missing fieldsType in managed fields entry ${index}`;
  if (fieldsType !== 'FieldsV1')
    return `invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`;
  const set = trusted ? (entry.fieldsV1 as FieldSet | undefined) : parseFieldSet(entry.fieldsV1);
  if (set === undefined && !(trusted && entry.fieldsV1 === undefined)) return 'error decoding versioned set';
  return {
    manager: entry.manager ?? '',
    operation,
    apiVersion,
    subresource: entry.subresource ?? '',
    time: entry.time === undefined ? undefined : normalTime(entry.time),
    set: set ?? {},
    entry: trusted ? entry : undefined,
  };
}

const RFC3339_SECONDS_LENGTH = '2006-01-02T15:04:05Z'.length;

function normalTime(time: string): string | undefined {
  if (time.length === RFC3339_SECONDS_LENGTH && time.endsWith('Z')) return time;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? undefined : timeOf(ms);
}

/** Milliseconds since the epoch as RFC 3339 with seconds. */
export function timeOf(ms: number): string {
  return formatTime(Math.floor(ms / 1000));
}

/** metadata.managedFields in upstream's order: appliers first, then by time and name. Undefined where there is no owner. */
export function writeOwners(owners: Owners): ManagedFieldsEntry[] | undefined {
  if (owners.size === 0) return undefined;
  return [...owners.values()].sort(compareOwners).map(writeOwner);
}

function compareOwners(a: Owner, b: Owner): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function writeOwner(owner: Owner): ManagedFieldsEntry {
  if (owner.entry !== undefined) return owner.entry;
  const entry: ManagedFieldsEntry = {};
  if (owner.manager !== '') entry.manager = owner.manager;
  entry.operation = owner.operation;
  entry.apiVersion = owner.apiVersion;
  if (owner.time !== undefined) entry.time = owner.time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = sortedSet(owner.set) as ManagedFieldsEntry['fieldsV1'];
  if (owner.subresource !== '') entry.subresource = owner.subresource;
  return entry;
}

/** Merges the oldest updaters, per version, until no more than UPDATE_OWNERS_MAX are left. Changes `owners`. */
export function capUpdateOwners(owners: Owners): void {
  const updaters = [...owners].filter(([, owner]) => owner.operation === 'Update');
  let excess = updaters.length - UPDATE_OWNERS_MAX;
  if (excess <= 0) return;
  updaters.sort(([idA, a], [idB, b]) => compareText(a.time ?? '', b.time ?? '') || compareText(idA, idB));
  const firstOfVersion = new Map<string, string>();
  for (const [id, owner] of updaters) {
    if (excess <= 0) return;
    const { apiVersion } = owner;
    const bucket = { manager: OLD_UPDATES, operation: 'Update', apiVersion, subresource: '' } as const;
    const bucketId = ownerId(bucket);
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, id);
      continue;
    }
    let base = owners.get(bucketId);
    if (base === undefined) {
      base = owners.get(first)!;
      owners.delete(first);
    }
    owners.delete(id);
    owners.set(bucketId, { ...bucket, time: owner.time, set: union(base.set, owner.set) });
    excess--;
  }
}
