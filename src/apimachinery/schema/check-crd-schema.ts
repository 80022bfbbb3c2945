import { checkRules } from '../cel/rules/check-rules.js';
import { validateDefaultRules } from '../cel/rules/rule-validator.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonClone, jsonEqual } from '../meta/json.js';
import { type FieldError, type FieldPath, fieldForbidden, fieldInvalid } from '../validation/field-error.js';
import { compileCrdSchema } from './compile-crd.js';
import { checkKeywords, isSet, schemasOf } from './crd-keywords.js';
import { checkStructural } from './crd-structural.js';
import { validateEmbeddedResources } from './embedded-resource.js';
import { pruneResource, pruneValue } from './prune.js';
import type { Schema } from './schema.js';
import { validateValue } from './validate.js';

export interface CrdSchemaOptions {
  /** The version has the status subresource: the root may then hold only certain keywords. */
  readonly statusSubresource: boolean;
  /** The same version's schema before an update: an equal one is not judged again. */
  readonly oldSchema?: JsonObject;
}

/** Keywords that may stand at the root where status is validated on its own, under the names that upstream tells. */
const ROOT_KEYWORDS: Readonly<Record<string, string>> = {
  description: 'Description',
  type: 'Type',
  format: 'Format',
  title: 'Title',
  maximum: 'Maximum',
  exclusiveMaximum: 'ExclusiveMaximum',
  minimum: 'Minimum',
  exclusiveMinimum: 'ExclusiveMinimum',
  maxLength: 'MaxLength',
  minLength: 'MinLength',
  pattern: 'Pattern',
  maxItems: 'MaxItems',
  minItems: 'MinItems',
  uniqueItems: 'UniqueItems',
  multipleOf: 'MultipleOf',
  required: 'Required',
  items: 'Items',
  properties: 'Properties',
  externalDocs: 'ExternalDocs',
  example: 'Example',
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};

/**
 * Every fault of a CRD's `openAPIV3Schema`: keywords that CRDs do not support, what keeps it from being structural, then defaults
 * that do not fit it, and at last rules in CEL.
 */
export function checkCrdSchema(schema: JsonObject, at: FieldPath, options: CrdSchemaOptions): FieldError[] {
  if (options.oldSchema !== undefined && jsonEqual(schema, options.oldSchema)) return [];
  const errors: FieldError[] = [];
  if (options.statusSubresource) checkRootKeywords(schema, at, errors);
  if (schema.nullable === true)
    errors.push(fieldForbidden(at.child('nullable'), 'nullable cannot be true at the root'));
  errors.push(...checkKeywords(schema, at));
  const structural = checkStructural(schema, at);
  if (structural.length > 0) return errors.concat(structural);
  const faultsBefore = errors.length;
  checkDefaults(schema, at, false, errors);
  if (errors.length > faultsBefore) return errors;
  return errors.concat(checkRules(schema, at, (part) => errors.some(({ field }) => field.startsWith(part.toString()))));
}

function checkRootKeywords(schema: JsonObject, at: FieldPath, errors: FieldError[]): void {
  if (isSet(schema.type) && schema.type !== 'object') {
    const text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    errors.push(fieldInvalid(at.child('type'), schema.type, text));
    return;
  }
  const unfit = Object.keys(schema).some((keyword) => isSet(schema[keyword]) && ROOT_KEYWORDS[keyword] === undefined);
  if (!unfit) return;
  const allowed = `[${Object.values(ROOT_KEYWORDS).join(' ')}]`;
  const text = `only ${allowed} fields are allowed at the root of the schema if the status subresource is enabled`;
  errors.push(fieldInvalid(at, schema, text));
}

/** A default must be pruned and fit its schema. Defaults in metadata and below additionalProperties are judged elsewhere. */
function checkDefaults(schema: JsonObject, at: FieldPath, insideMeta: boolean, errors: FieldError[]): void {
  const value = schema.default;
  if (value !== undefined && value !== null && !insideMeta) {
    const path = at.child('default');
    const faults = checkDefault(compileCrdSchema(withoutIntOrString(schema)), value, path);
    errors.push(...(faults.length > 0 ? faults : validateDefaultRules(compileCrdSchema(schema), value, path)));
  }
  if (isJsonObject(schema.items)) checkDefaults(schema.items, at.child('items'), insideMeta, errors);
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, property] of schemasOf(schema.properties)) {
    const meta = insideMeta || (embedded && name === 'metadata');
    checkDefaults(property, at.child('properties').key(name), meta, errors);
  }
}

function checkDefault(schema: Schema, value: JsonValue, at: FieldPath): FieldError[] {
  const pruned = jsonClone(value);
  const dropped =
    schema.embeddedResource && isJsonObject(pruned) ? pruneResource(schema, pruned) : pruneValue(schema, pruned);
  const errors = dropped.length > 0 ? [fieldInvalid(at, value, 'must not have unknown fields')] : [];
  const faults = isJsonObject(value) ? validateEmbeddedResources(schema, value, at) : [];
  return errors.concat(faults.length > 0 ? faults : validateValue(schema, value, at));
}

/** Upstream does not look at the types of int-or-string fields in defaults. */
function withoutIntOrString(schema: JsonObject): JsonObject {
  const copy = { ...schema };
  if (copy['x-kubernetes-int-or-string'] === true) delete copy['x-kubernetes-int-or-string'];
  if (isJsonObject(copy.items)) copy.items = withoutIntOrString(copy.items);
  if (isJsonObject(copy.additionalProperties))
    copy.additionalProperties = withoutIntOrString(copy.additionalProperties);
  if (isJsonObject(copy.properties)) {
    copy.properties = Object.fromEntries(
      schemasOf(copy.properties).map(([name, property]) => [name, withoutIntOrString(property)]),
    );
  }
  return copy;
}
