import { isJsonObject, type JsonObject, type JsonValue, sortFields } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import { type FieldError, FieldPath, fieldDuplicate, fieldInvalid } from '../validation/field-error.js';
import type { Schema } from './schema.js';

/**
 * What x-kubernetes-list-type promises: a `set` holds no value twice, a `map` no keys twice. Each repeated value is told once.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function validateListUniqueness(schema: Schema, value: JsonValue): FieldError[] {
  const errors: FieldError[] = [];
  if (hasUniqueLists(schema)) walk(schema, value, FieldPath.root(), errors);
  return errors;
}

function walk(schema: Schema, value: JsonValue, at: FieldPath, errors: FieldError[]): void {
  if (!hasUniqueLists(schema)) return;
  if (Array.isArray(value)) {
    if (schema.listType === 'set') reportRepeats(value, (item) => item, at, errors);
    if (schema.listType === 'map') {
      reportNonObjects(value, at, errors);
      reportRepeats(value, (item) => keysOf(schema, item), at, errors);
    }
    const { items } = schema;
    if (items === undefined || !hasUniqueLists(items)) return;
    for (let i = 0; i < value.length; i++) walk(items, value[i]!, at.index(i), errors);
  } else if (isJsonObject(value)) {
    for (const name of Object.keys(value)) {
      const inner = value[name];
      if (inner === undefined) continue;
      const property = schema.properties?.get(name);
      if (property !== undefined) walk(property, inner, at.child(name), errors);
      else if (typeof schema.additionalProperties === 'object') {
        walk(schema.additionalProperties, inner, at.key(name), errors);
      }
    }
  }
}

function reportNonObjects(list: JsonValue[], at: FieldPath, errors: FieldError[]): void {
  list.forEach((item, i) => {
    if (item === null || isJsonObject(item)) return;
    errors.push(fieldInvalid(at.index(i), sortFields(item), 'must be an object for an array of list-type map'));
  });
}

function reportRepeats(
  list: JsonValue[],
  identity: (item: JsonValue) => JsonValue | undefined,
  at: FieldPath,
  errors: FieldError[],
): void {
  const seen = new Map<string, 'once' | 'told'>();
  list.forEach((item, i) => {
    const key = identity(item);
    if (key === undefined) return;
    const text = identityText(key);
    const before = seen.get(text);
    seen.set(text, before === undefined ? 'once' : 'told');
    if (before === 'once') errors.push(fieldDuplicate(at.index(i), sortFields(key)));
  });
}

/** The keys of an item of a map list; undefined for what is no object. */
function keysOf(schema: Schema, item: JsonValue): JsonValue | undefined {
  if (!isJsonObject(item)) return undefined;
  const keys: JsonObject = {};
  for (const name of [...(schema.listMapKeys ?? [])].sort()) {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value !== undefined) keys[name] = value;
  }
  return keys;
}

/** Equal for equal values, whatever the order of their fields. */
function identityText(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return `${typeof value} ${encodeJson(value)}`;
  if (Array.isArray(value)) return `[${value.map(identityText).join(',')}]`;
  const fields = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort();
  return `{${fields.map((name) => `${JSON.stringify(name)}:${identityText(value[name]!)}`).join(',')}}`;
}

const known = new WeakMap<Schema, boolean>();

function hasUniqueLists(schema: Schema): boolean {
  let has = known.get(schema);
  if (has === undefined) {
    has =
      schema.listType === 'set' ||
      schema.listType === 'map' ||
      (schema.items !== undefined && hasUniqueLists(schema.items)) ||
      (typeof schema.additionalProperties === 'object' && hasUniqueLists(schema.additionalProperties)) ||
      [...(schema.properties?.values() ?? [])].some(hasUniqueLists);
    known.set(schema, has);
  }
  return has;
}
