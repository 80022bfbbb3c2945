import type { StatusError } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';
import { formatGoValue } from './go-format.js';
import { patchFault } from './patch-error.js';

export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList';
export const SET_ELEMENT_ORDER = '$setElementOrder';

/** `merge,retainKeys` -> merge; retainKeys by itself only announces the directive. */
export function listStrategy(schema: Schema | undefined): string {
  const strategies = (schema?.patchStrategy ?? '').split(',').filter((name) => name !== RETAIN_KEYS.slice(1));
  return strategies[0] ?? '';
}

export function badPatchType(patch: JsonObject): StatusError {
  return patchFault(`unknown patch type: ${formatGoValue(patch[PATCH]!)} in map: ${formatGoValue(patch)}`);
}

const isDirective = (key: string): boolean =>
  key === PATCH ||
  key === RETAIN_KEYS ||
  key.startsWith(`${DELETE_FROM_PRIMITIVE_LIST}/`) ||
  key.startsWith(`${SET_ELEMENT_ORDER}/`);

/** A value that meets nothing to merge with: directives and nulls in it fall away; undefined where it asks for deletion. */
export function withoutDirectives(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (value[PATCH] !== undefined && (value[PATCH] === 'delete' || Object.keys(value).length === 1)) return undefined;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (inner === undefined || inner === null || isDirective(key)) continue;
    const bare = withoutDirectives(inner);
    if (bare !== undefined) setOwn(out, key, bare);
  }
  return out;
}
