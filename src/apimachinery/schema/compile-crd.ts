import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import type { Schema, ValidationRule, ValueValidation } from './schema.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const TYPES: ReadonlySet<JsonValue | undefined> = new Set([
  'object',
  'array',
  'string',
  'integer',
  'number',
  'boolean',
]);

/** Keywords that a schema's node keeps under the same name. */
const VALUE_KEYWORDS = [
  'enum',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'multipleOf',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxProperties',
  'minProperties',
] as const;

/**
 * The structural schema of a CRD's `openAPIV3Schema` (JSONSchemaProps as JSON). Says nothing about mistakes in it:
 * see `checkCrdSchema`. Properties keep the order in which they stand.
 */
export function compileCrdSchema(source: JsonObject): Schema {
  const schema: Mutable<Schema> = {};
  if (TYPES.has(source.type)) schema.type = source.type as NonNullable<Schema['type']>;
  copyTexts(source, schema);
  copyExtensions(source, schema);
  if (isJsonObject(source.properties)) schema.properties = compileMap(source.properties);
  const values = source.additionalProperties;
  if (isJsonObject(values)) schema.additionalProperties = compileCrdSchema(values);
  else if (values === true) schema.additionalProperties = true;
  if (isJsonObject(source.items)) schema.items = compileCrdSchema(source.items);
  if (source.nullable === true) schema.nullable = true;
  if (source.default !== undefined && source.default !== null) schema.default = source.default;
  if (Array.isArray(source.required)) schema.required = source.required as string[];
  const validation = compileValidation(source);
  if (validation !== undefined) schema.validation = validation;
  return schema;
}

function copyTexts(source: JsonObject, schema: Mutable<Schema>): void {
  if (typeof source.format === 'string' && source.format !== '') schema.format = source.format;
  if (typeof source.title === 'string') schema.title = source.title;
  if (typeof source.description === 'string') schema.description = source.description;
}

function copyExtensions(source: JsonObject, schema: Mutable<Schema>): void {
  const listType = source['x-kubernetes-list-type'];
  const mapType = source['x-kubernetes-map-type'];
  const keys = source['x-kubernetes-list-map-keys'];
  const rules = source['x-kubernetes-validations'];
  if (typeof listType === 'string') schema.listType = listType as NonNullable<Schema['listType']>;
  if (typeof mapType === 'string') schema.mapType = mapType as NonNullable<Schema['mapType']>;
  if (Array.isArray(keys)) schema.listMapKeys = keys as string[];
  if (source['x-kubernetes-preserve-unknown-fields'] === true) schema.preserveUnknownFields = true;
  if (source['x-kubernetes-embedded-resource'] === true) schema.embeddedResource = true;
  if (source['x-kubernetes-int-or-string'] === true) schema.intOrString = true;
  if (Array.isArray(rules) && rules.length > 0) schema.rules = rules.filter(isJsonObject).map(compileRule);
}

function compileRule(source: JsonObject): ValidationRule {
  return { ...source, rule: String(source.rule ?? '') };
}

function compileMap(source: JsonObject): ReadonlyMap<string, Schema> {
  const properties = new Map<string, Schema>();
  for (const [name, inner] of Object.entries(source)) {
    if (isJsonObject(inner)) properties.set(name, compileCrdSchema(inner));
  }
  return properties;
}

function compileValidation(source: JsonObject): ValueValidation | undefined {
  const validation: Record<string, JsonValue | Schema | readonly Schema[]> = {};
  for (const keyword of VALUE_KEYWORDS) {
    const value = source[keyword];
    // Limits are doubles, however many digits they are written with.
    if (typeof value === 'bigint') validation[keyword] = Number(value);
    else if (value !== undefined && value !== null) validation[keyword] = value;
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const branches = source[keyword];
    if (Array.isArray(branches)) validation[keyword] = branches.filter(isJsonObject).map(compileCrdSchema);
  }
  if (isJsonObject(source.not)) validation.not = compileCrdSchema(source.not);
  return Object.keys(validation).length === 0 ? undefined : (validation as ValueValidation);
}
