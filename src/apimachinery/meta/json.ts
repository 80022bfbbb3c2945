/**
 * JSON as the API server sees it. `bigint` stands for an integer that a double cannot hold exactly; it appears only in
 * objects whose text had such a number (see `runtime/json.ts`), so ordinary code meets it at schema leaves alone.
 */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonObject;

export interface JsonObject {
  [field: string]: JsonValue | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets an own property whatever its name: `object['__proto__'] = v` would set the prototype instead. */
export function setOwn(object: JsonObject, field: string, value: JsonValue): void {
  if (field === '__proto__') {
    Object.defineProperty(object, field, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[field] = value;
  }
}

/** Deep structural equality of JSON values; the order of object fields does not matter, `undefined` fields count as absent. */
export function jsonEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  let fields = 0;
  for (const field of Object.keys(a)) {
    if (a[field] === undefined) continue;
    if (!Object.hasOwn(b, field) || !jsonEqual(a[field], b[field])) return false;
    fields++;
  }
  for (const field of Object.keys(b)) if (b[field] !== undefined) fields--;
  return fields === 0;
}

/** A deep copy that shares nothing mutable with its source. */
export function jsonClone<T extends JsonValue | undefined>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => jsonClone(item)) as T;
  const copy: JsonObject = {};
  for (const field of Object.keys(value)) {
    const inner = value[field];
    if (inner !== undefined) setOwn(copy, field, jsonClone(inner));
  }
  return copy as T;
}

/** A copy with the fields of every object in order of their names, as Go's encoder writes maps. */
export function sortFields(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortFields);
  if (typeof value !== 'object' || value === null) return value;
  const sorted: JsonObject = {};
  for (const field of Object.keys(value).sort()) {
    const inner = value[field];
    if (inner !== undefined) setOwn(sorted, field, sortFields(inner));
  }
  return sorted;
}
