import { isJsonObject, type JsonObject } from '../meta/json.js';
import { isGiven, listOf, schemasOf } from './schema-source.js';

/** Keywords that leave no structural schema to judge, and the names that upstream tells. */
const UNSUPPORTED: readonly (readonly [keyword: string, name: string])[] = [
  ['id', 'id'],
  ['$schema', 'schema'],
  ['$ref', '$ref'],
  ['patternProperties', 'patternProperties'],
  ['dependencies', 'dependencies'],
  ['additionalItems', 'additionalItems'],
  ['definitions', 'definitions'],
];

/** The first such keyword, wherever it stands, as upstream names it. */
export function findUnsupported(schema: JsonObject): string | undefined {
  for (const [keyword, name] of UNSUPPORTED) if (isGiven(schema, keyword)) return name;
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) return 'x-kubernetes-preserve-unknown-fields';
  if (Array.isArray(schema.items) && schema.items.length > 0) return 'items';
  const inner = [schema.not, schema.items, schema.additionalProperties].filter(isJsonObject);
  for (const branch of ['allOf', 'anyOf', 'oneOf']) inner.push(...listOf(schema[branch]));
  for (const [, property] of schemasOf(schema.properties)) inner.push(property);
  for (const part of inner) {
    const found = findUnsupported(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
