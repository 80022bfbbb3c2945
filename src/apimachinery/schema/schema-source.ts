import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';

/** Keywords that Go holds behind pointers: their zero values count. */
const POINTERS: ReadonlySet<string> = new Set([
  '$ref',
  'default',
  'maximum',
  'minimum',
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'multipleOf',
  'maxProperties',
  'minProperties',
  'items',
  'not',
  'additionalProperties',
  'additionalItems',
  'externalDocs',
  'example',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
]);

/** Whether Go's decoder sees more than a zero value of a keyword. */
export function isGiven(schema: JsonObject, keyword: string): boolean {
  const value = schema[keyword];
  if (value === undefined || value === null) return false;
  if (POINTERS.has(keyword)) return true;
  if (value === '' || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}

/** Schemas of a `properties`, in order of their names. */
export function schemasOf(properties: JsonValue | undefined): [string, JsonObject][] {
  if (!isJsonObject(properties)) return [];
  return Object.keys(properties)
    .sort()
    .map((name): [string, JsonObject] => [name, isJsonObject(properties[name]) ? properties[name] : {}]);
}

/** Schemas of an `allOf`, `anyOf`, `oneOf` or of tuple items. */
export function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
