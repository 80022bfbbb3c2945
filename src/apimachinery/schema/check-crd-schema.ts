import { checkRules } from '../cel/rules/check-rules.js';
import { validateDefaultRules } from '../cel/rules/rule-validator.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonClone, jsonEqual } from '../meta/json.js';
import { type FieldError, type FieldPath, fieldForbidden, fieldInvalid } from '../validation/field-error.js';
import { compileCrdSchema } from './compile-crd.js';
import { checkKeywords } from './crd-keywords.js';
import { checkStructural } from './crd-structural.js';
import { validateEmbeddedResources } from './embedded-resource.js';
import { printGoSchema } from './print-go-schema.js';
import { pruneResource, pruneValue, TYPE_AND_OBJECT_META } from './prune.js';
import type { Schema } from './schema.js';
import { isGiven, schemasOf } from './schema-source.js';
import { findUnsupported } from './unsupported-keywords.js';
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
 * Every fault of a CRD's `openAPIV3Schema`: what keeps it from being structural, or else defaults that do not fit it; keywords that CRDs do
 * not support; and, where all of it is structural, rules in CEL.
 */
export function checkCrdSchema(schema: JsonObject, at: FieldPath, options: CrdSchemaOptions): FieldError[] {
  const errors: FieldError[] = [];
  if (options.statusSubresource) checkRootKeywords(schema, at, errors);
  if (options.oldSchema !== undefined && jsonEqual(schema, options.oldSchema)) return errors;
  if (schema.nullable === true)
    errors.push(fieldForbidden(at.child('nullable'), 'nullable cannot be true at the root'));
  const unsupported = findUnsupported(schema);
  let sound = false;
  if (unsupported === undefined) {
    const faults = checkStructural(schema, at);
    if (faults.length === 0) checkDefaults(schema, at, { isResource: true, insideMeta: false }, faults);
    sound = faults.length === 0;
    errors.push(...faults);
  }
  const keywords = checkKeywords(schema, at);
  errors.push(...keywords.errors);
  if (sound) {
    errors.push(...checkRules(schema, at, (part) => keywords.within(part)));
  } else if (unsupported !== undefined && errors.length === 0) {
    errors.push(fieldInvalid(at, '', `OpenAPIV3Schema '${unsupported}' is not supported`));
  }
  return errors;
}

function checkRootKeywords(schema: JsonObject, at: FieldPath, errors: FieldError[]): void {
  if (isGiven(schema, 'type') && schema.type !== 'object') {
    const text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    errors.push(fieldInvalid(at.child('type'), schema.type, text));
    return;
  }
  const unfit = Object.keys(schema).some((keyword) => isGiven(schema, keyword) && ROOT_KEYWORDS[keyword] === undefined);
  if (!unfit) return;
  const allowed = `[${Object.values(ROOT_KEYWORDS).join(' ')}]`;
  const text = `only ${allowed} fields are allowed at the root of the schema if the status subresource is enabled`;
  errors.push(fieldInvalid(at, printGoSchema(schema), text));
}

interface DefaultPlace {
  /** The root, or an embedded resource. */
  readonly isResource: boolean;
  readonly insideMeta: boolean;
}

/**
 * A default must be pruned and fit its schema; inside metadata it is pruned in any case. Those below additionalProperties are judged
 * elsewhere.
 */
function checkDefaults(schema: JsonObject, at: FieldPath, place: DefaultPlace, errors: FieldError[]): void {
  const isResource = place.isResource || schema['x-kubernetes-embedded-resource'] === true;
  const insideMeta = place.insideMeta && !isResource;
  const value = schema.default;
  if (value !== undefined && value !== null) {
    const path = at.child('default');
    const source = isResource ? { ...schema, 'x-kubernetes-embedded-resource': true } : schema;
    const compiled = compileCrdSchema(withoutIntOrString(source));
    if (!insideMeta) errors.push(...checkPruned(compiled, value, path));
    const faults = insideMeta ? validateValue(compiled, value, path) : checkDefault(compiled, value, path);
    errors.push(...(faults.length > 0 ? faults : validateDefaultRules(compileCrdSchema(source), value, path)));
  }
  if (isJsonObject(schema.items)) {
    checkDefaults(schema.items, at.child('items'), { isResource: false, insideMeta }, errors);
  }
  for (const [name, property] of schemasOf(schema.properties)) {
    const inner = { isResource: false, insideMeta: insideMeta || (isResource && TYPE_AND_OBJECT_META.has(name)) };
    checkDefaults(property, at.child('properties').key(name), inner, errors);
  }
}

function checkPruned(schema: Schema, value: JsonValue, at: FieldPath): FieldError[] {
  const pruned = jsonClone(value);
  const dropped =
    schema.embeddedResource && isJsonObject(pruned) ? pruneResource(schema, pruned) : pruneValue(schema, pruned);
  return dropped.length > 0 ? [fieldInvalid(at, value, 'must not have unknown fields')] : [];
}

function checkDefault(schema: Schema, value: JsonValue, at: FieldPath): FieldError[] {
  const faults = isJsonObject(value) ? validateEmbeddedResources(schema, value, at) : [];
  return faults.length > 0 ? faults : validateValue(schema, value, at);
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
