import { isJsonObject, type JsonObject } from '../meta/json.js';
import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
} from '../validation/field-error.js';
import { patternFault } from './pattern.js';
import { isGiven, listOf, schemasOf } from './schema-source.js';

type Level = 'root' | 'field' | 'item';

const NO_TYPE_TEXTS: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  field: 'must not be empty for specified object fields',
  item: 'must not be empty for specified array items',
};

/** Keywords that a logical branch may not have, with what is said of them. */
const FORBIDDEN_IN_BRANCHES: readonly [keyword: string, text: string][] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

/**
 * Whether a schema is structural: types everywhere outside of logical branches, which may only restrict what stands outside
 * of them. Faults in order of their texts, as upstream has them.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function checkStructural(schema: JsonObject, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  checkInvariants(schema, 'root', at, errors);
  // What a branch restricts has to be specified outside of it. Upstream looks at the branches of the root alone.
  compareBranches(schema, at, schema, at, errors);
  const text = (error: FieldError) => `${error.field}: ${error.message}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function checkInvariants(schema: JsonObject, level: Level, at: FieldPath, errors: FieldError[]): void {
  for (const [name, property] of schemasOf(schema.properties)) {
    checkInvariants(property, 'field', at.child('properties').key(name), errors);
  }
  if (isJsonObject(schema.items)) checkInvariants(schema.items, 'item', at.child('items'), errors);
  if (isJsonObject(schema.additionalProperties)) {
    checkInvariants(schema.additionalProperties, 'field', at.child('additionalProperties'), errors);
  }
  checkTypes(schema, level, at, errors);
  checkPattern(schema, at, errors);
  checkExtensions(schema, level, at, errors);
  checkBranches(schema, at, errors, isIntOrStringPattern(schema.anyOf));
  if (level === 'root' || schema['x-kubernetes-embedded-resource'] === true) checkResource(schema, level, at, errors);
}

function checkTypes(schema: JsonObject, level: Level, at: FieldPath, errors: FieldError[]): void {
  const type = typeof schema.type === 'string' ? schema.type : '';
  const path = at.child('type');
  const free = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? fieldRequired(path, text) : fieldInvalid(path, type, text));
  } else if (type === '' && !free) {
    errors.push(fieldRequired(path, NO_TYPE_TEXTS[level]));
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(fieldInvalid(path, type, 'must be object at the root'));
  }
  if (type === 'array' && !isGiven(schema, 'items')) errors.push(fieldRequired(at.child('items'), 'must be specified'));
}

function checkPattern({ pattern }: JsonObject, at: FieldPath, errors: FieldError[]): void {
  const fault = typeof pattern === 'string' && pattern !== '' ? patternFault(pattern) : undefined;
  if (fault === undefined) return;
  errors.push(fieldInvalid(at.child('pattern'), pattern, `must be a valid regular expression, but isn't: ${fault}`));
}

function checkExtensions(schema: JsonObject, level: Level, at: FieldPath, errors: FieldError[]): void {
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['x-kubernetes-int-or-string'] === true) {
    const text = 'must be false if x-kubernetes-int-or-string is true';
    if (preserve) errors.push(fieldInvalid(at.child('x-kubernetes-preserve-unknown-fields'), true, text));
    if (embedded) errors.push(fieldInvalid(at.child('x-kubernetes-embedded-resource'), true, text));
  }
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== null) {
    const path = at.child('additionalProperties');
    if (level === 'root') errors.push(fieldForbidden(path, 'must not be used at the root'));
    if (embedded) errors.push(fieldForbidden(path, 'must not be used if x-kubernetes-embedded-resource is set'));
  }
  if (embedded && !preserve && !isGiven(schema, 'properties')) {
    const text =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(fieldRequired(at.child('properties'), text));
  }
}

/** Of a resource (root or embedded) the schema may say little about type and object metadata. */
function checkResource(schema: JsonObject, level: Level, at: FieldPath, errors: FieldError[]): void {
  if (!isJsonObject(schema.properties)) return;
  const expected = { metadata: 'object', apiVersion: 'string', kind: 'string' };
  for (const [name, type] of Object.entries(expected)) {
    const property = schema.properties[name];
    if (!isJsonObject(property) || property.type === type) continue;
    const path = at.child('properties').key(name).child('type');
    errors.push(fieldInvalid(path, property.type ?? '', `must be ${type}`));
  }
  const { metadata } = schema.properties;
  if (level === 'root' && isJsonObject(metadata) && restrictsTooMuch(metadata)) {
    const text = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(fieldForbidden(at.child('properties').key('metadata'), text));
  }
}

function restrictsTooMuch(metadata: JsonObject): boolean {
  const { type: _type, default: _default, properties, ...rest } = metadata;
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  return (
    Object.keys(rest).some((keyword) => isGiven(rest, keyword)) ||
    names.some((name) => name !== 'name' && name !== 'generateName')
  );
}

function checkBranches(schema: JsonObject, at: FieldPath, errors: FieldError[], skipAnyOf: boolean): void {
  if (!skipAnyOf) {
    listOf(schema.anyOf).forEach((branch, i) => {
      checkBranch(branch, at.child('anyOf').index(i), errors, false);
    });
  }
  listOf(schema.allOf).forEach((branch, i) => {
    const skip = i === 0 && isIntOrStringPattern(branch.anyOf);
    checkBranch(branch, at.child('allOf').index(i), errors, skip);
  });
  listOf(schema.oneOf).forEach((branch, i) => {
    checkBranch(branch, at.child('oneOf').index(i), errors, false);
  });
  if (isJsonObject(schema.not)) checkBranch(schema.not, at.child('not'), errors, false);
}

function checkBranch(branch: JsonObject, at: FieldPath, errors: FieldError[], skipAnyOf: boolean): void {
  checkPattern(branch, at, errors);
  checkBranches(branch, at, errors, skipAnyOf);
  if (isJsonObject(branch.items)) checkBranch(branch.items, at.child('items'), errors, false);
  for (const [name, property] of schemasOf(branch.properties)) {
    checkBranch(property, at.child('properties').key(name), errors, false);
  }
  for (const [keyword, text] of FORBIDDEN_IN_BRANCHES) {
    const noValues = keyword === 'additionalProperties' && branch[keyword] === false;
    if (isGiven(branch, keyword) && !noValues) errors.push(fieldForbidden(at.child(keyword), text));
  }
  if (isJsonObject(branch.properties) && branch.properties.metadata !== undefined) {
    const path = at.child('properties').key('metadata');
    errors.push(fieldForbidden(path, 'must not be specified in a nested context'));
  }
}

/** `anyOf: [{type: integer}, {type: string}]`, which fields may spell out, be they int-or-string or not. */
function isIntOrStringPattern(anyOf: JsonObject[string]): boolean {
  const branches = listOf(anyOf);
  return (
    branches.length === 2 &&
    branches[0]!.type === 'integer' &&
    branches[1]!.type === 'string' &&
    branches.every((branch) => Object.keys(branch).length === 1)
  );
}

function compareBranches(
  schema: JsonObject,
  at: FieldPath,
  source: JsonObject,
  sourceAt: FieldPath,
  errors: FieldError[],
): void {
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    listOf(source[keyword]).forEach((branch, i) => {
      compareBranch(schema, at, branch, sourceAt.child(keyword).index(i), errors);
    });
  }
  if (isJsonObject(source.not)) compareBranch(schema, at, source.not, sourceAt.child('not'), errors);
}

function compareBranch(
  schema: JsonObject,
  at: FieldPath,
  branch: JsonObject,
  branchAt: FieldPath,
  errors: FieldError[],
): void {
  compareBranches(schema, at, branch, branchAt, errors);
  if (isJsonObject(branch.items)) {
    const inner = branchAt.child('items');
    if (isJsonObject(schema.items)) compareBranch(schema.items, at.child('items'), branch.items, inner, errors);
    else errors.push(fieldRequired(at.child('items'), `because it is defined in ${inner}`));
  }
  for (const [name, property] of schemasOf(branch.properties)) {
    const inner = branchAt.child('properties').key(name);
    const own = isJsonObject(schema.properties) ? schema.properties[name] : undefined;
    const path = at.child('properties').key(name);
    if (isJsonObject(own)) compareBranch(own, path, property, inner, errors);
    else errors.push(fieldRequired(path, `because it is defined in ${inner}`));
  }
}
