import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import type { Schema } from './schema.js';

/** Fields that every resource has, whatever its schema says. */
export const TYPE_AND_OBJECT_META: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Drops, in place, the fields of a custom resource that its schema does not name. The type and object metadata of the root and
 * of embedded resources stay.
 *
 * @returns the paths of what was dropped, in order of text: `spec.list[1].c`
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
export function pruneResource(schema: Schema, object: JsonObject): string[] {
  const dropped: string[] = [];
  pruneObject(schema, object, '', dropped, true);
  return dropped.length < 2 ? dropped : dropped.sort();
}

/** {@link pruneResource} for any value of a schema, a default for instance. */
export function pruneValue(schema: Schema, value: JsonValue): string[] {
  const dropped: string[] = [];
  prune(schema, value, '', dropped);
  return dropped.sort();
}

function prune(schema: Schema | undefined, value: JsonValue, path: string, dropped: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (schema?.preserveUnknownFields && schema.items === undefined) return;
    for (let i = 0; i < value.length; i++) prune(schema?.items, value[i]!, `${path}[${i}]`, dropped);
  } else {
    pruneObject(schema, value, path, dropped, schema?.embeddedResource === true);
  }
}

function pruneObject(
  schema: Schema | undefined,
  object: JsonObject,
  path: string,
  dropped: string[],
  isResource: boolean,
): void {
  const values = schema?.additionalProperties;
  for (const name of Object.keys(object)) {
    if (isResource && TYPE_AND_OBJECT_META.has(name)) continue;
    const inner = object[name];
    if (inner === undefined) continue;
    const property = schema?.properties?.get(name);
    const at = path === '' ? name : `${path}.${name}`;
    if (property !== undefined) prune(property, inner, at, dropped);
    else if (typeof values === 'object') prune(values, inner, at, dropped);
    else if (values !== true && !schema?.preserveUnknownFields) {
      delete object[name];
      dropped.push(at);
    }
  }
}

/** Calls back for each embedded resource of a value, outermost first. */
export function eachEmbeddedResource(
  schema: Schema,
  value: JsonValue,
  path: string,
  visit: (object: JsonObject, path: string) => void,
): void {
  if (!hasEmbedded(schema)) return;
  if (Array.isArray(value)) {
    if (schema.items === undefined) return;
    for (let i = 0; i < value.length; i++) eachEmbeddedResource(schema.items, value[i]!, `${path}[${i}]`, visit);
  } else if (isJsonObject(value)) {
    if (schema.embeddedResource) visit(value, path);
    for (const name of Object.keys(value)) {
      const property = schema.properties?.get(name);
      const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
      const inner = property ?? values;
      if (inner === undefined || value[name] === undefined) continue;
      const at = property === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      eachEmbeddedResource(inner, value[name], at, visit);
    }
  }
}

const embedded = new WeakMap<Schema, boolean>();

/** Whether a schema (of a custom resource: a tree) has an embedded resource anywhere. */
function hasEmbedded(schema: Schema): boolean {
  let known = embedded.get(schema);
  if (known === undefined) {
    known =
      schema.embeddedResource === true ||
      (schema.items !== undefined && hasEmbedded(schema.items)) ||
      (typeof schema.additionalProperties === 'object' && hasEmbedded(schema.additionalProperties)) ||
      [...(schema.properties?.values() ?? [])].some(hasEmbedded);
    embedded.set(schema, known);
  }
  return known;
}
