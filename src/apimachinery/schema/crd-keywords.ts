import { checkRuleTexts } from '../cel/rules/check-rules.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../validation/field-error.js';
import { checkListKeywords } from './crd-list-keywords.js';
import { TYPE_AND_OBJECT_META } from './prune.js';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Keywords of OpenAPI that CRDs refuse wherever they stand. */
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

/** What holds where a schema stands. */
interface Context {
  readonly isRoot: boolean;
  /** Inside metadata of a resource. */
  readonly insideMeta: boolean;
  /** Why defaults may not be set here: `in top-level metadata`. */
  readonly noDefaults?: string;
}

/** Faults of keywords, schema by schema: what CRDs do not support or only together with others. */
export function checkKeywords(schema: JsonObject, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  check(schema, at, { isRoot: true, insideMeta: false }, errors);
  return errors;
}

function check(schema: JsonObject, at: FieldPath, context: Context, errors: FieldError[]): void {
  checkOwn(schema, at, context, errors);
  const inner = { ...context, isRoot: false };
  checkAdditionalProperties(schema, at, inner, errors);
  checkProperties(schema, at, context, errors);
  if (isJsonObject(schema.not)) check(schema.not, at.child('not'), inner, errors);
  for (const branch of ['allOf', 'oneOf', 'anyOf'] as const) {
    listOf(schema[branch]).forEach((one, i) => {
      check(one, at.child(branch).index(i), inner, errors);
    });
  }
  if (isJsonObject(schema.items)) check(schema.items, at.child('items'), inner, errors);
  listOf(schema.items).forEach((one, i) => {
    check(one, at.child('items').index(i), inner, errors);
  });
  checkPreserve(schema, at, errors);
  checkMapType(schema, at, errors);
  checkListKeywords(schema, at, errors);
  errors.push(...checkRuleTexts(schema, at));
}

function checkOwn(schema: JsonObject, at: FieldPath, { insideMeta, noDefaults }: Context, errors: FieldError[]): void {
  const { type } = schema;
  if (noDefaults !== undefined && isSet(schema.default)) {
    errors.push(fieldForbidden(at.child('default'), `must not be set ${noDefaults}`));
  }
  for (const keyword of UNSUPPORTED) {
    if (isSet(schema[keyword])) errors.push(fieldForbidden(at.child(keyword), `${keyword} is not supported`));
  }
  if (type === 'null') {
    errors.push(fieldForbidden(at.child('type'), 'type cannot be set to null, use nullable as an alternative'));
  }
  if (typeof type === 'string' && type !== '' && !TYPES.includes(type)) {
    errors.push(fieldNotSupported(at.child('type'), type, TYPES));
  }
  if (listOf(schema.items).length > 0) {
    errors.push(fieldForbidden(at.child('items'), 'items must be a schema object and not an array'));
  }
  if (insideMeta && schema['x-kubernetes-embedded-resource'] === true) {
    const embedded = at.child('x-kubernetes-embedded-resource');
    errors.push(fieldForbidden(embedded, 'must not be used inside of resource meta'));
  }
  if (schema.uniqueItems === true) {
    const text = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(fieldForbidden(at.child('uniqueItems'), text));
  }
}

function checkAdditionalProperties(schema: JsonObject, at: FieldPath, context: Context, errors: FieldError[]): void {
  const values = schema.additionalProperties;
  if (values === undefined || values === null) return;
  const path = at.child('additionalProperties');
  if (isJsonObject(schema.properties) && Object.keys(schema.properties).length > 0 && values !== true) {
    errors.push(fieldForbidden(path, 'additionalProperties and properties are mutual exclusive'));
  }
  if (!isJsonObject(values)) return;
  const noDefaults = context.insideMeta
    ? 'inside additionalProperties applying to object metadata'
    : context.noDefaults;
  check(values, path, { ...context, noDefaults }, errors);
}

function checkProperties(schema: JsonObject, at: FieldPath, context: Context, errors: FieldError[]): void {
  const isResource = context.isRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, property] of schemasOf(schema.properties)) {
    let inner: Context = { ...context, isRoot: false };
    if (isResource && TYPE_AND_OBJECT_META.has(name)) {
      inner = { ...inner, insideMeta: true };
      if (context.isRoot) inner = { ...inner, noDefaults: `in top-level ${name}` };
    }
    check(property, at.child('properties').key(name), inner, errors);
  }
}

function checkPreserve(schema: JsonObject, at: FieldPath, errors: FieldError[]): void {
  if (schema['x-kubernetes-preserve-unknown-fields'] !== false) return;
  const path = at.child('x-kubernetes-preserve-unknown-fields');
  errors.push(fieldInvalid(path, false, 'must be true or undefined'));
}

function checkMapType(schema: JsonObject, at: FieldPath, errors: FieldError[]): void {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined || mapType === null) return;
  requireType(schema, 'object', 'x-kubernetes-map-type', at, errors);
  if (mapType !== 'atomic' && mapType !== 'granular') {
    const path = at.child('x-kubernetes-map-type');
    errors.push(fieldNotSupportedAsListed(path, mapType, ['atomic', 'granular']));
  }
}

/** `must be array if x-kubernetes-list-type is specified`. */
export function requireType(
  schema: JsonObject,
  type: string,
  keyword: string,
  at: FieldPath,
  errors: FieldError[],
): void {
  if (schema.type === type) return;
  const text = `must be ${type} if ${keyword} is specified`;
  const path = at.child('type');
  errors.push(isSet(schema.type) ? fieldInvalid(path, schema.type, text) : fieldRequired(path, text));
}

/** Whether Go's decoder would see more than a zero value. */
export function isSet(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
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
