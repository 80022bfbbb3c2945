import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';

/**
 * A patched document as kube-apiserver has it before it decodes it, which shows in what it says of it: fields are sorted in every object
 * that the patch went through or brought, and stand as they were elsewhere.
 * @param through the merge patch itself, or {@link pathsOf} a JSON patch
 */
export function inPatchedOrder(document: JsonValue, through: JsonValue): JsonValue {
  return sortAlong(document, isJsonObject(through) ? through : {});
}

/** An object of a built-in type with its fields as Go encodes them: in the order of the type, those of maps sorted. */
export function inEncodedOrder(value: JsonValue, schema: Schema): JsonValue {
  const { items, additionalProperties, properties } = schema;
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => inEncodedOrder(item, items));
  if (!isJsonObject(value)) return value;
  if (properties === undefined) {
    if (typeof additionalProperties !== 'object') return value;
    return mapFields(value, (inner) => inEncodedOrder(inner, additionalProperties));
  }
  const out: JsonObject = {};
  for (const name of [...properties.keys(), ...Object.keys(value)]) {
    const inner = Object.hasOwn(value, name) && !Object.hasOwn(out, name) ? value[name] : undefined;
    const field = properties.get(name);
    if (inner !== undefined) setOwn(out, name, field === undefined ? inner : inEncodedOrder(inner, field));
  }
  return out;
}

/** The containers that the operations of a JSON patch went through, as a tree of objects. */
export function pathsOf(operations: readonly JsonValue[]): JsonObject {
  const tree: JsonObject = {};
  for (const operation of operations) {
    if (!isJsonObject(operation)) continue;
    for (const pointer of [operation.path, operation.from]) {
      let at = tree;
      for (const token of typeof pointer === 'string' ? pointer.split('/').slice(1, -1) : []) {
        const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
        const next: JsonObject = isJsonObject(at[key]) && Object.hasOwn(at, key) ? (at[key] as JsonObject) : {};
        setOwn(at, key, next);
        at = next;
      }
    }
  }
  return tree;
}

function sortAlong(value: JsonValue, through: JsonObject): JsonValue {
  const inner = (given: JsonValue, name: string): JsonValue => {
    const next = Object.hasOwn(through, name) ? through[name] : undefined;
    if (next === undefined) return given;
    return isJsonObject(next) ? sortAlong(given, next) : sortDeeply(given);
  };
  if (Array.isArray(value)) return value.map((item, i) => inner(item, String(i)));
  return isJsonObject(value) ? mapFields(value, inner) : value;
}

/** The value with the fields of every object in it sorted. */
export function sortDeeply(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortDeeply);
  return isJsonObject(value) ? mapFields(value, sortDeeply) : value;
}

/** Own fields by name. */
function mapFields(value: JsonObject, change: (inner: JsonValue, name: string) => JsonValue): JsonObject {
  const out: JsonObject = {};
  for (const name of Object.keys(value).sort()) {
    const inner = value[name];
    if (inner !== undefined) setOwn(out, name, change(inner, name));
  }
  return out;
}
