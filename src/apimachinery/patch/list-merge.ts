import type { StatusError } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonClone } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import { badPatchType, listStrategy, PATCH, withoutDirectives } from './directives.js';
import { formatGoValue } from './go-format.js';
import { patchFault, unprocessable } from './patch-error.js';

/** Merges a patch's item into the item with the same merge key. */
type MergeItem = (original: JsonObject, change: JsonObject, schema: Schema | undefined) => JsonObject;

function noMergeKey(item: JsonValue, mergeKey: string): StatusError {
  return patchFault(`map: ${formatGoValue(item)} does not contain declared merge key: ${mergeKey}`);
}

/** Whether items are objects; refuses lists of lists and of mixed items. */
function holdsMaps(...lists: readonly JsonValue[][]): boolean {
  let maps: boolean | undefined;
  for (const list of lists) {
    for (const item of list) {
      if (Array.isArray(item)) throw unprocessable();
      if (maps !== undefined && maps !== isJsonObject(item)) throw patchFault('list element types are not identical');
      maps = isJsonObject(item);
    }
  }
  return maps ?? false;
}

/** What tells list items apart: the value of the merge key, or the item itself. */
function identities(items: readonly JsonValue[], mergeKey: string): JsonValue[] {
  if (mergeKey === '') return [...items];
  return items.map((item) => {
    const identity = isJsonObject(item) ? item[mergeKey] : undefined;
    if (identity === undefined) throw noMergeKey(item, mergeKey);
    return identity;
  });
}

/**
 * Merges a patch's list into a list of patchStrategy `merge`. The patch's items come in the patch's order; where the
 * others go among them follows the original list as far as it can.
 */
export function mergeLists(
  original: readonly JsonValue[],
  patch: readonly JsonValue[],
  schema: Schema,
  mergeItem: MergeItem,
): JsonValue[] {
  if (original.length === 0 && patch.length === 0) return [];
  if (!holdsMaps([...original], [...patch])) {
    const merged = [...new Set([...original, ...patch])];
    return interleave(merged, patch, original, '');
  }
  const mergeKey = schema.patchMergeKey ?? '';
  if (mergeKey === '') throw patchFault(`cannot merge lists without merge key for ${schema.items?.ref ?? ''}`);
  const { kept, changes } = applyItemDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  const merged = mergeItems(kept, changes, mergeKey, (item, change) => mergeItem(item, change, schema.items));
  return interleave(merged, changes, kept, mergeKey);
}

/** Carries out `$patch: delete` and `$patch: replace` items. */
function applyItemDirectives(original: JsonObject[], patch: JsonObject[], mergeKey: string) {
  const changes: JsonObject[] = [];
  const deleted = new Set<JsonValue>();
  let replace = false;
  for (const item of patch) {
    const directive = item[PATCH];
    if (directive === undefined) changes.push(item);
    else if (directive === 'delete') deleted.add(identities([item], mergeKey)[0]!);
    else if (directive === 'replace') replace = true;
    else if (directive === 'merge') throw patchFault('merging lists cannot yet be specified in the patch');
    else throw badPatchType(item);
  }
  if (replace) return { kept: changes, changes: [] };
  const kept = deleted.size === 0 ? original : original.filter((item) => !deleted.has(item[mergeKey] ?? null));
  return { kept, changes };
}

function mergeItems(
  kept: JsonObject[],
  changes: JsonObject[],
  mergeKey: string,
  mergeItem: (item: JsonObject, change: JsonObject) => JsonObject,
): JsonValue[] {
  const places = new Map<JsonValue | undefined, number>();
  kept.forEach((item, i) => {
    if (!places.has(item[mergeKey])) places.set(item[mergeKey], i);
  });
  const merged: JsonObject[] = [...kept];
  const touched = new Set<number>();
  for (const change of changes) {
    const identity = identities([change], mergeKey)[0]!;
    const place = places.get(identity);
    if (place === undefined) {
      places.set(identity, merged.length);
      touched.add(merged.length);
      merged.push(withoutDirectives(change) as JsonObject);
    } else {
      touched.add(place);
      merged[place] = mergeItem(merged[place]!, change);
    }
  }
  return merged.map((item, i) => (touched.has(i) ? item : jsonClone(item)));
}

/** Puts the items that `first` names in its order, and the others among them by the order they had in `original`. */
function interleave(
  merged: readonly JsonValue[],
  first: readonly JsonValue[],
  original: readonly JsonValue[],
  mergeKey: string,
): JsonValue[] {
  const firstPlaces = placesOf(identities(first, mergeKey));
  const originalPlaces = placesOf(identities(original, mergeKey));
  const keys = identities(merged, mergeKey);
  const named: number[] = [];
  const others: number[] = [];
  keys.forEach((key, i) => {
    (firstPlaces.has(key) ? named : others).push(i);
  });
  named.sort((a, b) => firstPlaces.get(keys[a]!)! - firstPlaces.get(keys[b]!)!);
  const out: JsonValue[] = [];
  let at = 0;
  for (const next of named) {
    const limit = originalPlaces.get(keys[next]!);
    while (limit !== undefined && at < others.length && (originalPlaces.get(keys[others[at]!]!) ?? limit) < limit) {
      out.push(merged[others[at++]!]!);
    }
    out.push(merged[next]!);
  }
  while (at < others.length) out.push(merged[others[at++]!]!);
  return out;
}

function placesOf(keys: readonly JsonValue[]): Map<JsonValue, number> {
  const places = new Map<JsonValue, number>();
  keys.forEach((key, i) => {
    if (!places.has(key)) places.set(key, i);
  });
  return places;
}

/** Merges what there is of a list and its patch, then brings the result into the order of a `$setElementOrder`. */
export function reorder(
  current: JsonValue[] | undefined,
  given: JsonValue[] | undefined,
  order: JsonValue[],
  schema: Schema | undefined,
  mergeItem: MergeItem,
): JsonValue[] {
  const mergeKey = schema?.patchMergeKey ?? '';
  if (given !== undefined) checkOrder(given, order, mergeKey);
  let merged: JsonValue[];
  if (given === undefined) merged = jsonClone(current!);
  else if (current === undefined) merged = withoutDirectives(given) as JsonValue[];
  else if (schema !== undefined && listStrategy(schema) === 'merge')
    merged = mergeLists(current, given, schema, mergeItem);
  else merged = jsonClone(given);
  return interleave(merged, order, current ?? [], mergeKey);
}

/** The patch's items have to come in the order that the directive gives. */
function checkOrder(patch: readonly JsonValue[], order: readonly JsonValue[], mergeKey: string): void {
  const kept = mergeKey === '' ? patch : patch.filter((item) => !(isJsonObject(item) && item[PATCH] !== undefined));
  const wanted = identities(order, mergeKey);
  const keys = identities(kept, mergeKey);
  let found = 0;
  for (const key of wanted) if (found < keys.length && keys[found] === key) found++;
  if (found < keys.length) {
    const [list, directive] = [formatGoValue([...patch]), formatGoValue([...order])];
    throw patchFault(`The order in patch list:\n${list}\n doesn't match $setElementOrder list:\n${directive}\n`);
  }
}
