import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { hasDirective, PATCH, SET_ELEMENT_ORDER } from './directives.js';
import { formatGoValue } from './go-format.js';
import { noMergeKey, patchFault } from './patch-error.js';
import { badArgument } from './patch-meta.js';

/** Up to this many items Go's stable sort is an insertion sort, whose result shows where its order contradicts itself. */
const INSERTION_SORT_MAX = 20;

/**
 * Brings merged items into order: those that `order` names as it has them, the others among them by where they stood in
 * `server`, as far as that goes.
 * @param mergeKey empty for lists of scalars
 * @throws StatusError 500 where an item lacks its merge key or is no map
 */
export function inOrder(
  merged: readonly JsonValue[],
  order: readonly JsonValue[],
  server: readonly JsonValue[],
  mergeKey: string,
): JsonValue[] {
  const orderPlaces = placesOf(order, mergeKey);
  const named: JsonValue[] = [];
  const others: JsonValue[] = [];
  for (const item of merged) {
    if (mergeKey !== '') requireKey(item, mergeKey);
    (orderPlaces.has(identityOf(item, mergeKey)) ? named : others).push(item);
  }
  if (mergeKey !== '') for (const item of [...order, ...server]) requireKey(item, mergeKey);
  const serverPlaces = placesOf(server, mergeKey);
  return interleave(
    sorted(others, serverPlaces, mergeKey),
    sorted(named, orderPlaces, mergeKey),
    serverPlaces,
    mergeKey,
  );
}

/** Checks that the items of a patch come in the order that its directive gives. */
export function checkOrder(patch: readonly JsonValue[], order: readonly JsonValue[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  let found = 0;
  const given = mergeKey === '' ? patch : withoutDeletions(patch);
  let at = 0;
  while (found < given.length && at < order.length) {
    const item = given[found]!;
    if (isJsonObject(item) && hasDirective(item)) {
      found++;
      continue;
    }
    if (mergeKey !== '') {
      requireKey(item, mergeKey);
      requireKey(order[at]!, mergeKey);
    }
    if (identityOf(item, mergeKey) === identityOf(order[at]!, mergeKey)) found++;
    at++;
  }
  if (found === given.length) return;
  const lists = [formatGoValue([...patch]), formatGoValue([...order])];
  throw patchFault(`The order in patch list:\n${lists[0]}\n doesn't match ${SET_ELEMENT_ORDER} list:\n${lists[1]}\n`);
}

function withoutDeletions(patch: readonly JsonValue[]): JsonValue[] {
  return patch.filter((item) => {
    if (!isJsonObject(item)) throw badArgument('map', item);
    return item[PATCH] !== 'delete';
  });
}

/** @throws StatusError 500 */
export function requireKey(item: JsonValue, mergeKey: string): asserts item is JsonObject {
  if (!isJsonObject(item)) throw badArgument('map', item);
  if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
}

/** What tells an item apart: the value of its merge key, or the item itself. */
export function identityOf(item: JsonValue, mergeKey: string): JsonValue | undefined {
  return mergeKey === '' || !isJsonObject(item) ? item : item[mergeKey];
}

/** First place of each item by its identity. */
function placesOf(items: readonly JsonValue[], mergeKey: string): Map<JsonValue | undefined, number> {
  const places = new Map<JsonValue | undefined, number>();
  items.forEach((item, i) => {
    const identity = identityOf(item, mergeKey);
    if (!places.has(identity)) places.set(identity, i);
  });
  return places;
}

/** Items without a place come before whatever they are compared with. */
function sorted(items: JsonValue[], places: ReadonlyMap<JsonValue | undefined, number>, mergeKey: string): JsonValue[] {
  const less = (a: JsonValue, b: JsonValue): boolean => {
    const [i, j] = [places.get(identityOf(a, mergeKey)), places.get(identityOf(b, mergeKey))];
    return i === undefined || j === undefined || i < j;
  };
  if (items.length > INSERTION_SORT_MAX) return items.sort((a, b) => (less(a, b) ? (less(b, a) ? 0 : -1) : 1));
  for (let i = 1; i < items.length; i++) {
    for (let j = i; j > 0 && less(items[j]!, items[j - 1]!); j--) {
      [items[j], items[j - 1]] = [items[j - 1]!, items[j]!];
    }
  }
  return items;
}

/** `left` goes before an item of `right` only where both stood in the server's list, in this order. */
function interleave(
  left: readonly JsonValue[],
  right: readonly JsonValue[],
  places: ReadonlyMap<JsonValue | undefined, number>,
  mergeKey: string,
): JsonValue[] {
  const out: JsonValue[] = [];
  let at = 0;
  for (const next of right) {
    const limit = places.get(identityOf(next, mergeKey));
    for (; limit !== undefined && at < left.length; at++) {
      const place = places.get(identityOf(left[at]!, mergeKey));
      if (place === undefined || place >= limit) break;
      out.push(left[at]!);
    }
    out.push(next);
  }
  return [...out, ...left.slice(at)];
}
