import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import { badPatchType, PATCH } from './directives.js';
import { inOrder } from './element-order.js';
import { formatGoValue, goTypeName } from './go-format.js';
import { noMergeKey, patchFault, unprocessable } from './patch-error.js';
import { kindOf, type PatchMeta } from './patch-meta.js';

/** Merges a patch's item into the item with the same merge key. */
export type MergeItem = (original: JsonObject, change: JsonObject, schema: Schema) => JsonObject;

/** Merges a patch's list into a list of patchStrategy `merge`. May change both. */
export function mergeLists(
  original: JsonValue[],
  patch: JsonValue[],
  { schema, mergeKey }: PatchMeta,
  mergeItem: MergeItem,
): JsonValue[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (!holdMaps(original, patch)) return inOrder([...new Set([...original, ...patch])], patch, original, mergeKey);
  if (mergeKey === '') throw patchFault(`cannot merge lists without merge key for ${kindOf(schema)}`);
  const { kept, changes } = applyItemDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  const merged = mergeItems(kept, changes, mergeKey, (item, change) => mergeItem(item, change, schema));
  return inOrder(merged, changes, kept, mergeKey);
}

/** Takes what `$deleteFromPrimitiveList` names out of a list. */
export function deleteFromList(
  original: JsonValue[],
  deletions: JsonValue[],
  meta: PatchMeta,
  mergeItem: MergeItem,
): JsonValue[] {
  if (original.length === 0 && deletions.length === 0) return original;
  // In lists of maps it is an ordinary patch: there is nothing primitive to delete.
  if (holdMaps(original, deletions)) return mergeLists(original, deletions, meta, mergeItem);
  const deleted = new Set(deletions);
  return original.filter((item) => !deleted.has(item));
}

/**
 * Whether items are objects.
 * @throws StatusError 422 for lists of lists, 500 for items of more than one type
 */
export function holdMaps(...lists: readonly JsonValue[][]): boolean {
  let type: string | undefined;
  for (const item of lists.flat(1)) {
    if (type === undefined && Array.isArray(item)) throw unprocessable();
    type ??= goTypeName(item);
    if (type !== goTypeName(item)) {
      throw patchFault(`list element types are not identical: ${formatGoValue(lists as JsonValue)}`);
    }
  }
  if (type === undefined) throw patchFault('no elements in any of the given slices');
  return lists.some((list) => isJsonObject(list[0]));
}

/** Carries out `$patch: delete` and `$patch: replace` items. */
function applyItemDirectives(original: JsonObject[], patch: JsonObject[], mergeKey: string) {
  const changes: JsonObject[] = [];
  const deleted = new Set<JsonValue>();
  let replace = false;
  for (const item of patch) {
    const directive = item[PATCH];
    if (directive === undefined) {
      changes.push(item);
    } else if (directive === 'delete') {
      if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
      deleted.add(item[mergeKey]);
    } else if (directive === 'replace') {
      replace = true;
    } else if (directive === 'merge') {
      throw patchFault('merging lists cannot yet be specified in the patch');
    } else {
      throw badPatchType(item);
    }
  }
  if (replace) return { kept: changes, changes: [] };
  const kept = original.filter((item) => item[mergeKey] === undefined || !deleted.has(item[mergeKey]));
  return { kept, changes };
}

/** An item that is new is taken as it stands, directives and all. */
function mergeItems(
  kept: readonly JsonObject[],
  changes: readonly JsonObject[],
  mergeKey: string,
  mergeItem: (item: JsonObject, change: JsonObject) => JsonObject,
): JsonObject[] {
  const merged = [...kept];
  const places = new Map<JsonValue | undefined, number>();
  kept.forEach((item, i) => {
    if (!places.has(item[mergeKey])) places.set(item[mergeKey], i);
  });
  for (const change of changes) {
    const identity = change[mergeKey];
    if (identity === undefined) throw noMergeKey(change, mergeKey);
    const place = places.get(identity);
    if (place === undefined) places.set(identity, merged.push(change) - 1);
    else merged[place] = mergeItem(merged[place]!, change);
  }
  return merged;
}
