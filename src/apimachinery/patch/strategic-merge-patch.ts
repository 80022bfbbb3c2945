import { badRequest } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonClone, setOwn } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import {
  badPatchType,
  DELETE_FROM_PRIMITIVE_LIST,
  hasDirective,
  PATCH,
  RETAIN_KEYS,
  SET_ELEMENT_ORDER,
  withoutDirectives,
} from './directives.js';
import { checkOrder, inOrder } from './element-order.js';
import { deleteFromList, holdMaps, mergeLists } from './list-merge.js';
import { badArgument, listMeta, mapMeta } from './patch-meta.js';

/**
 * Applies a strategic merge patch: objects merge field by field, lists as their schema's patchStrategy and patchMergeKey
 * say, with the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/<field>` and `$setElementOrder/<field>`.
 * Directives in parts that are new are not looked at but for `$patch`, and stay as fields that nothing knows.
 * @param target the object to patch; not changed
 * @param patch the decoded patch; not changed
 * @param schema of the target's type
 * @returns a new object that shares nothing with either
 * @throws StatusError 400 where a directive is malformed, 500 where list items lack their merge
 *   key, a directive is unknown or merging would have to look into what has no fields, 422 for lists of lists
 * @see https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  return mergeMaps(jsonClone(target), jsonClone(patch), schema);
}

/** Changes both arguments, and may return either. */
function mergeMaps(original: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  if (hasDirective(patch)) return replacedMap(patch);
  retainKeys(original, patch);
  applyElementOrders(original, patch, schema);
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === undefined) continue;
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) {
      const name = fieldOfDirective(key, DELETE_FROM_PRIMITIVE_LIST, 'invalid patch format of primitive list');
      applyDeletions(original, name, value, schema);
    } else {
      mergeField(original, key, value, schema);
    }
  }
  return original;
}

function mergeField(original: JsonObject, key: string, value: JsonValue, schema: Schema): void {
  const current = Object.hasOwn(original, key) ? original[key] : undefined;
  if (value === null) {
    delete original[key];
  } else if (isJsonObject(value) && isJsonObject(current)) {
    const meta = mapMeta(schema, key);
    setOwn(original, key, meta.strategy === 'replace' ? value : mergeMaps(current, value, meta.schema));
  } else if (Array.isArray(value) && Array.isArray(current)) {
    const meta = listMeta(schema, key);
    setOwn(original, key, meta.strategy === 'merge' ? mergeLists(current, value, meta, mergeMaps) : value);
  } else {
    const bare = withoutDirectives(value, 'dropped');
    if (bare === undefined) delete original[key];
    else setOwn(original, key, bare);
  }
}

/** A null takes away the list itself; what is no list is passed over. */
function applyDeletions(original: JsonObject, name: string, deletions: JsonValue, schema: Schema): void {
  if (deletions === null) {
    delete original[name];
    return;
  }
  const current = original[name];
  if (!Array.isArray(current) || !Array.isArray(deletions)) return;
  original[name] = deleteFromList(current, deletions, listMeta(schema, name), mergeMaps);
}

/** What a map with `$patch: replace` or `$patch: delete` becomes. */
function replacedMap(patch: JsonObject): JsonObject {
  if (patch[PATCH] === 'delete') return {};
  if (patch[PATCH] !== 'replace') throw badPatchType(patch);
  delete patch[PATCH];
  return patch;
}

function retainKeys(original: JsonObject, patch: JsonObject): void {
  const directive = patch[RETAIN_KEYS];
  if (directive === undefined) return;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(directive)) throw badRequest('invalid patch format of retainKeys');
  const retained = new Set(directive);
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === undefined || value === null || retained.has(key)) continue;
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST) || key.startsWith(SET_ELEMENT_ORDER)) continue;
    throw badRequest('invalid patch format of retainKeys');
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
}

function fieldOfDirective(key: string, directive: string, fault: string): string {
  if (!key.startsWith(`${directive}/`)) throw badRequest(fault);
  return key.slice(directive.length + 1);
}

/** Merges and orders every list that a `$setElementOrder` names. These lists and the directives leave the patch. */
function applyElementOrders(original: JsonObject, patch: JsonObject, schema: Schema): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(SET_ELEMENT_ORDER)) continue;
    const order = patch[key];
    delete patch[key];
    if (!Array.isArray(order)) throw badArgument('list', order);
    const name = fieldOfDirective(key, SET_ELEMENT_ORDER, 'invalid patch format of setElementOrder list');
    const [current, given] = [listOrNone(original[name]), listOrNone(patch[name])];
    const meta = listMeta(schema, name);
    checkOrder(given ?? [], order, meta.mergeKey);
    let merged: JsonValue[];
    if (given === undefined && current === undefined) continue;
    else if (given === undefined) merged = current!;
    else if (current === undefined) merged = withoutDirectives(given, 'kept') as JsonValue[];
    else merged = meta.strategy === 'merge' ? mergeLists(current, given, meta, mergeMaps) : given;
    holdMaps(current ?? [], given ?? []);
    setOwn(original, name, inOrder(merged, order, current ?? [], meta.mergeKey));
    delete patch[name];
  }
}

function listOrNone(value: JsonValue | undefined): JsonValue[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw badArgument('list', value);
}
