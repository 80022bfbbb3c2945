import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { isKnownFormat } from '../../apimachinery/schema/formats.js';
import { goQuote } from '../../apimachinery/validation/field-error.js';
import type { CrdSpec } from './crd.js';

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const SINGLE = ['items', 'additionalProperties', 'not'];
const LISTED = ['allOf', 'anyOf', 'oneOf'];
const NAMED = ['properties', 'patternProperties', 'definitions'];

/**
 * What is accepted in the schemas of a definition but does not do what its author may think. On an update only what is new is
 * told.
 */
export function crdWarnings(spec: Readonly<CrdSpec>, old: Readonly<CrdSpec> | undefined): string[] {
  const warnings = collect(spec);
  if (old === undefined || warnings.size === 0) return [...warnings];
  const known = collect(old);
  return [...warnings].filter((warning) => !known.has(warning));
}

function collect(spec: Readonly<CrdSpec>): Set<string> {
  const warnings = new Set<string>();
  for (const { schema } of spec.versions) visit(schema?.openAPIV3Schema, warnings);
  return warnings;
}

function visit(schema: JsonValue | undefined, warnings: Set<string>): void {
  if (!isJsonObject(schema)) return;
  check(schema, warnings);
  for (const keyword of SINGLE) visit(schema[keyword], warnings);
  for (const keyword of LISTED) {
    const inner = schema[keyword];
    if (Array.isArray(inner)) for (const each of inner) visit(each, warnings);
  }
  for (const keyword of NAMED) {
    const inner = schema[keyword];
    if (isJsonObject(inner)) for (const name of Object.keys(inner)) visit(inner[name], warnings);
  }
}

function check(schema: JsonObject, warnings: Set<string>): void {
  const { format, items } = schema;
  const typeName = typeof schema.type === 'string' ? schema.type : undefined;
  if (typeof format === 'string' && format !== '' && !isKnownFormat(format, typeName)) {
    warnings.add(`unrecognized format ${goQuote(format)}`);
  }
  if (schema['x-kubernetes-list-type'] !== 'set' || !isJsonObject(items)) return;
  const { type } = items;
  if (type === 'array' || type === 'object') {
    const what = `x-kubernetes-list-type: set for items of type ${goQuote(type)}`;
    warnings.add(`${what} is not supported by server-side apply or CEL validation rules`);
  }
}
