import { badRequest } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonClone, setOwn } from '../meta/json.js';
import { undecodablePatch } from './patch-error.js';

/**
 * Applies a JSON merge patch to an object.
 * @param target the object to patch; not changed
 * @param patch the decoded patch
 * @returns a new object that shares nothing with either
 * @throws StatusError 400 where the patch is no object
 * @see https://www.rfc-editor.org/rfc/rfc7396
 */
export function applyMergePatch(target: JsonObject, patch: JsonValue): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isJsonObject(patch)) throw undecodablePatch(patch, 'map[string]interface {}');
  return merged(target, patch);
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
  if (!isJsonObject(patch)) return jsonClone(patch);
  return merged(isJsonObject(target) ? target : {}, patch);
}
