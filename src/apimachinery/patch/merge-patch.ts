import { isJsonObject, type JsonObject, type JsonValue, jsonClone, setOwn } from '../meta/json.js';

/**
 * Applies a JSON merge patch to an object.
 * @param target the object to patch; not changed
 * @returns a new object that shares nothing with either
 * @see https://www.rfc-editor.org/rfc/rfc7396
 */
export function applyMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
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
  if (!isJsonObject(patch)) return withoutNulls(patch);
  return merged(isJsonObject(target) ? target : {}, patch);
}

/** Beyond the RFC, and as upstream has it, fields that are null fall away in lists as well. */
export function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isJsonObject(value) ? merged({}, value) : value;
}
