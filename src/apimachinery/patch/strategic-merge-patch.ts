import { badRequest } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonClone, setOwn } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import {
  badPatchType,
  DELETE_FROM_PRIMITIVE_LIST,
  listStrategy,
  PATCH,
  RETAIN_KEYS,
  SET_ELEMENT_ORDER,
  withoutDirectives,
} from './directives.js';
import { mergeLists, reorder } from './list-merge.js';
import { patchFault, undecodableStrategicPatch } from './patch-error.js';

/**
 * Applies a strategic merge patch: objects merge field by field, lists as their schema's patchStrategy and patchMergeKey
 * say, with the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/<field>` and `$setElementOrder/<field>`.
 * @param target the object to patch; not changed
 * @param patch the decoded patch; null is an empty patch
 * @param schema of the target's type
 * @returns a new object that shares nothing with either
 * @throws StatusError 400 where the patch is no object or a directive is malformed, 500 where list items lack their merge
 *   key or a directive is unknown, 422 for lists of lists
 * @see https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonValue, schema: Schema): JsonObject {
  if (patch === null) return jsonClone(target);
  if (!isJsonObject(patch)) throw undecodableStrategicPatch(patch);
  return mergeMaps(target, patch, schema);
}

function fieldSchema(schema: Schema | undefined, name: string): Schema | undefined {
  const own = schema?.properties?.get(name);
  if (own !== undefined) return own;
  return schema?.additionalProperties === true ? undefined : schema?.additionalProperties;
}

function mergeMaps(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (patch[PATCH] !== undefined) return replacedMap(patch);
  const out: JsonObject = {};
  const retained = retainedKeys(patch);
  for (const key of Object.keys(original)) {
    if (original[key] !== undefined && (retained?.has(key) ?? true)) setOwn(out, key, original[key]);
  }
  const ordered = applyElementOrders(out, patch, schema);
  const untouched = new Set(Object.keys(out));
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === undefined || key === RETAIN_KEYS || ordered.has(key)) continue;
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) {
      const name = fieldOfDirective(key, 'invalid patch format of primitive list');
      const list = out[name];
      if (Array.isArray(list) && Array.isArray(value)) out[name] = list.filter((item) => !value.includes(item));
    } else if (!key.startsWith(SET_ELEMENT_ORDER)) {
      mergeField(out, key, value, fieldSchema(schema, key));
      untouched.delete(key);
    }
  }
  for (const key of untouched) if (!ordered.has(key)) setOwn(out, key, jsonClone(out[key]!));
  return out;
}

function mergeField(out: JsonObject, key: string, value: JsonValue, schema: Schema | undefined): void {
  const current = Object.hasOwn(out, key) ? out[key] : undefined;
  if (value === null) {
    delete out[key];
  } else if (isJsonObject(value) && isJsonObject(current)) {
    setOwn(out, key, listStrategy(schema) === 'replace' ? jsonClone(value) : mergeMaps(current, value, schema));
  } else if (Array.isArray(value) && Array.isArray(current)) {
    setOwn(
      out,
      key,
      listStrategy(schema) === 'merge' ? mergeLists(current, value, schema!, mergeMaps) : jsonClone(value),
    );
  } else {
    const bare = withoutDirectives(value);
    if (bare !== undefined) setOwn(out, key, bare);
  }
}

/** What a map with `$patch: replace` or `$patch: delete` becomes. */
function replacedMap(patch: JsonObject): JsonObject {
  if (patch[PATCH] === 'delete') return {};
  if (patch[PATCH] !== 'replace') throw badPatchType(patch);
  const { [PATCH]: _, ...rest } = patch;
  return jsonClone(rest);
}

function retainedKeys(patch: JsonObject): Set<JsonValue> | undefined {
  const directive = patch[RETAIN_KEYS];
  if (directive === undefined) return undefined;
  if (!Array.isArray(directive)) throw badRequest('invalid patch format of retainKeys');
  const retained = new Set(directive);
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === undefined || value === null || key === RETAIN_KEYS || retained.has(key)) continue;
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST) || key.startsWith(SET_ELEMENT_ORDER)) continue;
    throw badRequest('invalid patch format of retainKeys');
  }
  return retained;
}

function fieldOfDirective(key: string, fault: string): string {
  const slash = key.indexOf('/');
  if (slash < 0) throw badRequest(fault);
  return key.slice(slash + 1);
}

/** Merges and orders every list that a `$setElementOrder` names. Returns the names of these lists: they are done. */
function applyElementOrders(out: JsonObject, patch: JsonObject, schema: Schema | undefined): Set<string> {
  const done = new Set<string>();
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(SET_ELEMENT_ORDER)) continue;
    const name = fieldOfDirective(key, 'invalid patch format of setElementOrder list');
    const order = listOrNone(patch[key], 'setElementOrder');
    const current = listOrNone(out[name], name);
    const given = listOrNone(patch[name], name);
    if (order === undefined || (current === undefined && given === undefined)) continue;
    setOwn(out, name, reorder(current, given, order, fieldSchema(schema, name), mergeMaps));
    done.add(name);
  }
  return done;
}

function listOrNone(value: JsonValue | undefined, name: string): JsonValue[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw patchFault(`expected a list in ${name}, but received a ${value === null ? 'null' : typeof value}`);
}
