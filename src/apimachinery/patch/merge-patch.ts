import { isJsonObject, type JsonObject, type JsonValue, jsonClone, setOwn } from '../meta/json.js';
import { badMergePatch, undecodablePatch } from './patch-error.js';

/**
 * @param ignoresFields nobody asked for unknown fields: upstream then takes a list for a patch as well, which leaves no object
 * @throws StatusError 400 for what is no object
 */
export function checkMergePatch(patch: JsonValue, ignoresFields: boolean): void {
  if (isJsonObject(patch)) return;
  if (patch === null || (ignoresFields && !Array.isArray(patch))) throw badMergePatch();
  if (!ignoresFields) throw undecodablePatch(patch, 'map[string]interface {}');
}

/**
 * Applies a JSON merge patch to an object.
 * @param target the object to patch; not changed
 * @param patch checked with {@link checkMergePatch}
 * @returns a new value that shares nothing with either; a list where the patch is one
 * @see https://www.rfc-editor.org/rfc/rfc7396
 */
export function applyMergePatch(target: JsonObject, patch: JsonValue): JsonValue {
  return isJsonObject(patch) ? merged(target, patch) : pruned(patch);
}

function merged(target: JsonObject, patch: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(target)) {
    const value = target[key];
    if (value === undefined) continue;
    if (!Object.hasOwn(patch, key) || patch[key] === undefined) setOwn(out, key, jsonClone(value));
    else if (patch[key] !== null) setOwn(out, key, mergedValue(value, patch[key]!));
  }
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === undefined || value === null || Object.hasOwn(target, key)) continue;
    setOwn(out, key, mergedValue(undefined, value));
  }
  return out;
}

function mergedValue(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return pruned(patch);
  return merged(isJsonObject(target) ? target : {}, patch);
}

/** A copy; objects within lists lose their null fields, as those outside do. */
function pruned(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(pruned);
  return isJsonObject(value) ? merged({}, value) : value;
}
