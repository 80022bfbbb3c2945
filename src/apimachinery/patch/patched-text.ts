import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';

const BEFORE_VERSION = ['name', 'generateName', 'namespace', 'selfLink', 'uid'];

/**
 * The JSON text of a patched document as kube-apiserver quotes it in its refusals: fields are sorted in every object that the patch
 * went through, and stand as they were elsewhere.
 * @param through the merge patch itself, or {@link pathsOf} a JSON patch
 */
export function patchedText(document: JsonValue, through: JsonValue): string {
  return escapeHtml(encodeJson(sortAlong(document, isJsonObject(through) ? through : {})));
}

/** Go's encoder writes what HTML could misread as escapes. */
function escapeHtml(text: string): string {
  return text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** An object whose metadata has its resourceVersion in its place, as its type has it. */
export function inMetadataOrder(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata) || metadata['resourceVersion'] === undefined) return object;
  const ordered: JsonObject = {};
  for (const name of BEFORE_VERSION) if (metadata[name] !== undefined) ordered[name] = metadata[name];
  return { ...object, metadata: { ...ordered, resourceVersion: metadata['resourceVersion'], ...metadata } };
}

/** The containers that the operations of a JSON patch went through, as a tree of objects. */
export function pathsOf(operations: readonly { readonly path?: string }[]): JsonObject {
  const tree: JsonObject = {};
  for (const { path } of operations) {
    let at = tree;
    for (const token of (path ?? '').split('/').slice(1, -1)) {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
      const next: JsonObject = isJsonObject(at[key]) && Object.hasOwn(at, key) ? (at[key] as JsonObject) : {};
      Object.defineProperty(at, key, { value: next, enumerable: true, configurable: true, writable: true });
      at = next;
    }
  }
  return tree;
}

function sortAlong(value: JsonValue, through: JsonObject): JsonValue {
  if (!isJsonObject(value)) return value;
  return mapFields(value, (inner, name) => {
    const next = Object.hasOwn(through, name) ? through[name] : undefined;
    return isJsonObject(next) ? sortAlong(inner, next) : inner;
  });
}

/** The value with the fields of every object in it sorted. */
export function sortDeeply(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortDeeply);
  return isJsonObject(value) ? mapFields(value, sortDeeply) : value;
}

/** Own fields by name; `Object.fromEntries` keeps `__proto__` a field. */
function mapFields(value: JsonObject, change: (inner: JsonValue, name: string) => JsonValue): JsonObject {
  const names = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort();
  return Object.fromEntries(names.map((name) => [name, change(value[name]!, name)]));
}
