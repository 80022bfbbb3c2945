import { jsonEqual } from '../apimachinery/meta/json.js';
import type { KubeObject, ManagedFieldsEntry } from '../apimachinery/meta/object.js';

/**
 * Whether an object says what the stored one says. Times of managedFields do not count: an apply whose values are spelled or
 * defaulted anew on every way in would else be a change, once a second.
 */
export function sameContent(object: Readonly<KubeObject>, stored: Readonly<KubeObject>): boolean {
  const entries = object.metadata.managedFields;
  const before = stored.metadata.managedFields;
  if (entries === undefined || before === undefined || !sameButTimes(entries, before)) return jsonEqual(object, stored);
  return jsonEqual({ ...object, metadata: { ...object.metadata, managedFields: before } }, stored);
}

function sameButTimes(entries: readonly ManagedFieldsEntry[], before: readonly ManagedFieldsEntry[]): boolean {
  if (entries.length !== before.length) return false;
  return entries.every((entry, i) => jsonEqual(timeless(entry), timeless(before[i]!)));
}

const timeless = (entry: ManagedFieldsEntry) => ({ ...entry, time: undefined });
