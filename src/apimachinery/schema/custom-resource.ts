import { validateRules } from '../cel/rules/rule-validator.js';
import type { JsonObject, JsonValue } from '../meta/json.js';
import type { KubeObject } from '../meta/object.js';
import { type FieldError, fieldInvalid, goQuote } from '../validation/field-error.js';
import { decodeBuiltin, normalizeBuiltin } from './decode-builtin.js';
import { dropNonNullableNulls } from './defaulting.js';
import { coerceEmbeddedResources, validateEmbeddedResources } from './embedded-resource.js';
import { validateListUniqueness } from './list-uniqueness.js';
import { pruneResource } from './prune.js';
import type { Schema } from './schema.js';
import { validateChange, validateValue } from './validate.js';

/** What turns the bodies of one custom resource version into objects; stateless. */
export interface CustomCodec {
  /** See {@link decodeCustom}. @throws DecodeError */
  decode(value: JsonObject, strict: string[]): KubeObject;
  normalize(object: KubeObject): KubeObject;
}

/** @param metaSchema schema of ObjectMeta, from the catalogue */
export function customCodec(schema: Schema, metaSchema: Schema): CustomCodec {
  return {
    decode: (value, strict) => decodeCustom(schema, value, metaSchema, strict),
    normalize: (object) => normalizeCustom(object, metaSchema),
  };
}

/**
 * Makes an object of a custom resource from a parsed body: metadata decoded as that of built-in kinds, unknown fields and nulls
 * that may not be dropped, embedded resources given their form. Defaults are not applied. Works in place.
 *
 * @param strict gains `unknown field "spec.list[1].c"`: metadata first, then by path
 * @throws DecodeError where metadata, also that of embedded resources, is of wrong types
 */
export function decodeCustom(schema: Schema, value: JsonObject, metaSchema: Schema, strict: string[]): KubeObject {
  const object = value as KubeObject;
  object.metadata = decodeBuiltin(metaSchema, (value.metadata ?? {}) as JsonValue, strict, 'metadata');
  for (const path of pruneResource(schema, value)) strict.push(`unknown field ${goQuote(path)}`);
  dropNonNullableNulls(schema, value);
  coerceEmbeddedResources(schema, value, metaSchema, strict);
  return object;
}

/** Only metadata has a normal form; what else a custom resource holds is kept as it is. */
function normalizeCustom(object: KubeObject, metaSchema: Schema): KubeObject {
  object.metadata = normalizeBuiltin(metaSchema, object.metadata);
  return object;
}

/**
 * Every fault of a custom resource that its schema tells without rules in CEL, in upstream's order.
 *
 * @param old what is stored, for an update: what did not change may be at fault
 * @param others faults found elsewhere (scale paths), told after those of the schema's keywords
 * @param warn told of the faults that rules forgive
 */
export function validateCustom(
  schema: Schema,
  object: JsonObject,
  old: JsonObject | undefined,
  others: readonly FieldError[],
  warn?: (text: string) => void,
): FieldError[] {
  const errors = old === undefined ? validateValue(schema, object) : validateChange(schema, object, old);
  errors.push(...others, ...validateEmbeddedResources(schema, object));
  const listFaults = validateListUniqueness(schema, object);
  if (listFaults.length > 0 && (old === undefined || validateListUniqueness(schema, old).length === 0)) {
    errors.push(...listFaults);
  }
  if (!hasRules(schema)) return errors;
  if (errors.some(({ reason }) => BLOCKING.has(reason))) errors.push(fieldInvalid('<nil>', null, RULES_NOT_CHECKED));
  else errors.push(...validateRules(schema, object, old, warn));
  return errors;
}

/** With these faults rules might see values of types they do not expect: they are not evaluated. */
const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const RULES_NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

const known = new WeakMap<Schema, boolean>();

/** Whether a schema (of a custom resource: a tree) has rules in CEL anywhere. */
export function hasRules(schema: Schema): boolean {
  let has = known.get(schema);
  if (has === undefined) {
    has =
      (schema.rules ?? []).length > 0 ||
      (schema.items !== undefined && hasRules(schema.items)) ||
      (typeof schema.additionalProperties === 'object' && hasRules(schema.additionalProperties)) ||
      [...(schema.properties?.values() ?? [])].some(hasRules);
    known.set(schema, has);
  }
  return has;
}
