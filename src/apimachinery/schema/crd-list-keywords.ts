import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../validation/field-error.js';

const LIST_TYPE = 'x-kubernetes-list-type';
const LIST_MAP_KEYS = 'x-kubernetes-list-map-keys';
const LIST_TYPES = ['atomic', 'set', 'map'];

/**
 * Faults of x-kubernetes-list-type and x-kubernetes-list-map-keys.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function checkListKeywords(schema: JsonObject, at: FieldPath, errors: FieldError[]): void {
  const listType = schema[LIST_TYPE] ?? undefined;
  const keys = Array.isArray(schema[LIST_MAP_KEYS]) ? schema[LIST_MAP_KEYS] : [];
  if (listType !== undefined) checkListType(schema, listType, at, errors);
  if (keys.length > 0 && listType !== 'map') {
    const text = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const path = at.child(LIST_TYPE);
    errors.push(listType === undefined ? fieldRequired(path, text) : fieldInvalid(path, listType, text));
  }
  if (listType === 'map') checkMap(schema, keys, at, errors);
  if (listType === 'map' || listType === 'set') checkIdentity(schema, listType, keys, at, errors);
}

function checkListType(schema: JsonObject, listType: JsonValue, at: FieldPath, errors: FieldError[]): void {
  if (schema.type !== 'array') {
    const text = 'must be array if x-kubernetes-list-type is specified';
    const path = at.child('type');
    errors.push(schema.type ? fieldInvalid(path, schema.type, text) : fieldRequired(path, text));
  } else if (listType === 'set' && isJsonObject(schema.items)) {
    checkSetItems(schema.items, at.child('items'), errors);
  }
  if (!LIST_TYPES.includes(String(listType))) {
    errors.push(fieldNotSupportedAsListed(at.child(LIST_TYPE), listType, LIST_TYPES));
  }
}

/** The items of a set are compared whole. */
function checkSetItems(items: JsonObject, at: FieldPath, errors: FieldError[]): void {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const mapType = items['x-kubernetes-map-type'];
  const listType = items[LIST_TYPE];
  if (items.type === 'object' && mapType !== 'atomic') {
    // Upstream shows the list type.
    errors.push(fieldInvalid(at.child('x-kubernetes-map-type'), listType, text));
  }
  if (items.type === 'array' && listType !== undefined && listType !== null && listType !== 'atomic') {
    errors.push(fieldInvalid(at.child(LIST_TYPE), listType, text));
  }
}

function checkMap(schema: JsonObject, keys: JsonValue[], at: FieldPath, errors: FieldError[]): void {
  const { items } = schema;
  if (keys.length === 0) {
    errors.push(fieldRequired(at.child(LIST_MAP_KEYS), 'must not be empty if x-kubernetes-list-type is map'));
  }
  if (items === undefined || items === null) {
    errors.push(fieldRequired(at.child('items'), 'must have a schema if x-kubernetes-list-type is map'));
  } else if (!isJsonObject(items)) {
    const text = 'must only have a single schema if x-kubernetes-list-type is map';
    errors.push(fieldInvalid(at.child('items'), items, text));
  } else if (items.type !== 'object') {
    const text = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(fieldInvalid(at.child('items', 'type'), items.type ?? '', text));
  } else {
    checkKeys(items, keys, at, errors);
  }
}

function checkKeys(items: JsonObject, keys: JsonValue[], at: FieldPath, errors: FieldError[]): void {
  const properties = isJsonObject(items.properties) ? items.properties : {};
  const seen = new Set<JsonValue>();
  for (const key of keys) {
    const property = Object.hasOwn(properties, String(key)) ? properties[String(key)] : undefined;
    if (!isJsonObject(property)) {
      errors.push(fieldInvalid(at.child(LIST_MAP_KEYS), keys, 'entries must all be names of item properties'));
    } else if (property.type === 'array' || property.type === 'object') {
      const path = at.child('items', 'properties').key(String(key)).child('type');
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(fieldInvalid(path, items.type, text));
    }
    if (seen.has(key)) errors.push(fieldInvalid(at.child(LIST_MAP_KEYS), keys, 'must not contain duplicate entries'));
    seen.add(key);
  }
}

/** What tells items apart may neither be null nor be missing. */
function checkIdentity(
  schema: JsonObject,
  listType: string,
  keys: JsonValue[],
  at: FieldPath,
  errors: FieldError[],
): void {
  const { items } = schema;
  if (!isJsonObject(items)) return;
  if (items.nullable === true) {
    const text = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(fieldForbidden(at.child('items', 'nullable'), text));
  }
  if (listType !== 'map' || !isJsonObject(items.properties)) return;
  const required = Array.isArray(items.required) ? items.required : [];
  for (const key of keys) {
    const property = items.properties[String(key)];
    if (!isJsonObject(property)) continue;
    const path = at.child('items', 'properties').key(String(key));
    const lead = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!required.includes(key) && (property.default === undefined || property.default === null)) {
      errors.push(fieldRequired(path.child('default'), `${lead} must have a default or be a required property`));
    }
    if (property.nullable === true) errors.push(fieldForbidden(path.child('nullable'), `${lead} cannot be nullable`));
  }
}
