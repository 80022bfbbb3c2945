import { checkRuleTexts } from '../cel/rules/check-rules.js';
import { isJsonObject, type JsonObject } from '../meta/json.js';
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
import { isGiven, listOf, schemasOf } from './schema-source.js';

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

export interface KeywordFaults {
  readonly errors: readonly FieldError[];
  /** Whether the schema at a path, or one below it, is at fault. */
  within(at: FieldPath): boolean;
}

/** Faults of keywords, schema by schema: what CRDs do not support or only together with others. */
export function checkKeywords(schema: JsonObject, at: FieldPath): KeywordFaults {
  const checker = new KeywordChecker();
  checker.check(schema, at, { isRoot: true, insideMeta: false });
  return checker;
}

class KeywordChecker implements KeywordFaults {
  readonly errors: FieldError[] = [];
  /** Of each error: the path of the schema that is at fault, which the error's field may go beyond. */
  private readonly origins: string[] = [];

  within(at: FieldPath): boolean {
    const path = at.toString();
    return this.origins.some((origin) => origin.startsWith(path) && /^(?:$|[.[])/.test(origin.slice(path.length)));
  }

  check(schema: JsonObject, at: FieldPath, context: Context): void {
    const { errors } = this;
    checkOwn(schema, at, context, errors);
    checkMapOrStruct(schema, at, errors);
    this.noteOrigins(at);
    this.checkParts(schema, at, context);
    checkPreserve(schema, at, errors);
    checkMapType(schema, at, errors);
    checkListKeywords(schema, at, errors);
    errors.push(...checkRuleTexts(schema, at));
    this.noteOrigins(at);
  }

  private noteOrigins(at: FieldPath): void {
    while (this.origins.length < this.errors.length) this.origins.push(at.toString());
  }

  private checkParts(schema: JsonObject, at: FieldPath, context: Context): void {
    const inner = { ...context, isRoot: false };
    this.checkValues(schema, at, inner);
    this.checkProperties(schema, at, context);
    if (isJsonObject(schema.not)) this.check(schema.not, at.child('not'), inner);
    for (const branch of ['allOf', 'oneOf', 'anyOf'] as const) {
      listOf(schema[branch]).forEach((one, i) => {
        this.check(one, at.child(branch).index(i), inner);
      });
    }
    for (const [name, one] of schemasOf(schema.definitions)) {
      this.check(one, at.child('definitions').key(name), inner);
    }
    if (isJsonObject(schema.items)) this.check(schema.items, at.child('items'), inner);
    listOf(schema.items).forEach((one, i) => {
      this.check(one, at.child('items').index(i), inner);
    });
    if (!isJsonObject(schema.dependencies)) return;
    for (const name of Object.keys(schema.dependencies).sort()) {
      const one = schema.dependencies[name];
      if (isJsonObject(one)) this.check(one, at.child('dependencies').key(name), inner);
    }
  }

  private checkValues(schema: JsonObject, at: FieldPath, context: Context): void {
    const values = schema.additionalProperties;
    if (!isJsonObject(values)) return;
    const noDefaults = context.insideMeta
      ? 'inside additionalProperties applying to object metadata'
      : context.noDefaults;
    this.check(values, at.child('additionalProperties'), { ...context, noDefaults });
  }

  private checkProperties(schema: JsonObject, at: FieldPath, context: Context): void {
    const isResource = context.isRoot || schema['x-kubernetes-embedded-resource'] === true;
    for (const [name, property] of schemasOf(schema.properties)) {
      let inner: Context = { ...context, isRoot: false };
      if (isResource && TYPE_AND_OBJECT_META.has(name)) {
        inner = { ...inner, insideMeta: true };
        if (context.isRoot) inner = { ...inner, noDefaults: `in top-level ${name}` };
      }
      this.check(property, at.child('properties').key(name), inner);
    }
  }
}

function checkOwn(schema: JsonObject, at: FieldPath, { insideMeta, noDefaults }: Context, errors: FieldError[]): void {
  const { type } = schema;
  if (typeof type === 'string' && type !== '' && !TYPES.includes(type)) {
    errors.push(fieldNotSupported(at.child('type'), type, TYPES));
  }
  if (noDefaults !== undefined && isGiven(schema, 'default')) {
    errors.push(fieldForbidden(at.child('default'), `must not be set ${noDefaults}`));
  }
  for (const keyword of UNSUPPORTED) {
    if (isGiven(schema, keyword)) errors.push(fieldForbidden(at.child(keyword), `${keyword} is not supported`));
  }
  if (type === 'null') {
    errors.push(fieldForbidden(at.child('type'), 'type cannot be set to null, use nullable as an alternative'));
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

function checkMapOrStruct(schema: JsonObject, at: FieldPath, errors: FieldError[]): void {
  const values = schema.additionalProperties;
  if (values === undefined || values === null || values === true) return;
  if (!isJsonObject(schema.properties) || Object.keys(schema.properties).length === 0) return;
  const text = 'additionalProperties and properties are mutual exclusive';
  errors.push(fieldForbidden(at.child('additionalProperties'), text));
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
  errors.push(isGiven(schema, 'type') ? fieldInvalid(path, schema.type, text) : fieldRequired(path, text));
}
