import { isJsonObject, type JsonObject, type JsonValue, jsonClone, setOwn } from '../meta/json.js';
import { type FieldType, formOf, type ListType, type MapType, memberType } from './field-type.js';
import { itemElements } from './list-items.js';
import { isEmptyMap } from './typed.js';

/**
 * Merges an applied configuration into a live object. Lists that are sets or maps keep the live items and take the order
 * of the configuration for those it names.
 * @returns a new object that shares nothing with either
 * @throws TypedError where an item of a list has no key
 */
export function mergeObjects(live: JsonObject, applied: JsonObject, type: FieldType): JsonObject {
  return (mergeValues(live, applied, type) ?? {}) as JsonObject;
}

function mergeValues(
  live: JsonValue | undefined,
  applied: JsonValue | undefined,
  type: FieldType,
): JsonValue | undefined {
  if (applied === undefined) return jsonClone(live);
  if (live === undefined) return jsonClone(applied);
  switch (formOf(type, applied)) {
    case 'map': {
      const mine = isJsonObject(live) && !isEmptyMap(live) ? live : undefined;
      const theirs = isJsonObject(applied) && !isEmptyMap(applied) ? applied : undefined;
      if (type.map!.atomic || (mine === undefined && theirs === undefined)) return jsonClone(applied);
      return mergeMaps(mine ?? {}, theirs ?? {}, type.map!);
    }
    case 'list': {
      const mine = Array.isArray(live) ? live : [];
      const theirs = Array.isArray(applied) ? applied : [];
      if (type.list!.atomic || (mine.length === 0 && theirs.length === 0)) return jsonClone(applied);
      return mergeLists(mine, theirs, type.list!);
    }
    case 'scalar':
      return jsonClone(applied);
  }
}

function mergeMaps(live: JsonObject, applied: JsonObject, map: MapType): JsonObject {
  const out: JsonObject = {};
  for (const name in live) {
    const mine = live[name];
    if (mine === undefined) continue;
    const theirs = Object.hasOwn(applied, name) ? applied[name] : undefined;
    const type = memberType(map, name);
    const merged = type === undefined ? jsonClone(theirs ?? mine) : mergeValues(mine, theirs, type);
    if (merged !== undefined) setOwn(out, name, merged);
  }
  for (const name in applied) {
    const theirs = applied[name];
    if (theirs !== undefined && (!Object.hasOwn(live, name) || live[name] === undefined))
      setOwn(out, name, jsonClone(theirs));
  }
  return out;
}

/**
 * Walks both lists: live items that the configuration does not name keep their place relative to the live items around
 * them; those it names come in its order. Live items with the same key are kept as they are, or replaced all together.
 */
function mergeLists(live: JsonValue[], applied: JsonValue[], list: ListType): JsonValue[] {
  const mine = itemElements(list, live);
  const theirs = itemElements(list, applied);
  const liveItems = new Map<string, JsonValue | undefined>();
  mine.forEach((element, i) => {
    liveItems.set(element, liveItems.has(element) ? undefined : live[i]);
  });
  const named = new Set(theirs);
  const shared = theirs.filter((element) => liveItems.has(element));
  const merged = new Set<string>();
  const out: JsonValue[] = [];
  let next = 0;
  let [i, j] = [0, 0];
  const takeApplied = (): void => {
    const element = theirs[j]!;
    merged.add(element);
    const item = mergeValues(liveItems.get(element), applied[j]!, list.element);
    if (item !== undefined) out.push(item);
    if (shared[next] === element) next++;
    j++;
  };
  while (i < mine.length || j < theirs.length) {
    if (i < mine.length) {
      const element = mine[i]!;
      if (!named.has(element)) {
        out.push(jsonClone(live[i]!));
        i++;
        continue;
      }
      const turn = shared[next];
      if (j < theirs.length && element !== theirs[j] && turn !== undefined && turn !== element) {
        // A shared item whose turn has not come: the configuration decides where it goes.
        i++;
        continue;
      }
      if (element === theirs[j] || merged.has(element)) i++;
    }
    if (j < theirs.length) takeApplied();
  }
  return out;
}
