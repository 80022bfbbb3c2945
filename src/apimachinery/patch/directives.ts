import type { StatusError } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import { formatGoString, formatGoValue } from './go-format.js';
import { patchFault } from './patch-error.js';

export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList';
export const SET_ELEMENT_ORDER = '$setElementOrder';

export const hasDirective = (patch: JsonObject): boolean => patch[PATCH] !== undefined;

export function badPatchType(patch: JsonObject): StatusError {
  return patchFault(`unknown patch type: ${formatGoString(patch[PATCH] ?? null)} in map: ${formatGoValue(patch)}`);
}

/**
 * A part of a patch that meets nothing to merge with: what has a `$patch` falls away. Other directives stay, to be refused or
 * dropped as unknown fields. Changes its argument.
 * @param nulls what becomes of fields that are null; in lists they stay
 * @returns undefined where nothing is to be there
 */
export function withoutDirectives(value: JsonValue, nulls: 'kept' | 'dropped'): JsonValue | undefined {
  if (Array.isArray(value)) {
    return value.map((item) => withoutDirectives(item, nulls)).filter((item) => item !== undefined);
  }
  if (!isJsonObject(value)) return value;
  if (hasDirective(value) && !(nulls === 'dropped' && value[PATCH] === null)) return undefined;
  for (const name of Object.keys(value)) {
    const inner = value[name];
    const drop = inner === undefined || (inner === null && nulls === 'dropped');
    const bare = drop ? undefined : withoutDirectives(inner, nulls);
    if (bare === undefined) delete value[name];
    else setOwn(value, name, bare);
  }
  return value;
}
