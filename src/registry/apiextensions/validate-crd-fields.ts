import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import {
  type FieldError,
  type FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import type { CrdColumn, CrdSelectableField, CrdSubresources } from './crd.js';

/** Named limit: selectable fields of one version. */
export const SELECTABLE_FIELDS_MAX = 8;

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

export function validateColumns(columns: readonly CrdColumn[] | undefined, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  (columns ?? []).forEach((column, i) => {
    const here = at.index(i);
    if (!column.name) errors.push(fieldRequired(here.child('name')));
    const types = `must be one of ${COLUMN_TYPES.join(',')}`;
    if (!column.type) errors.push(fieldRequired(here.child('type'), types));
    else if (!COLUMN_TYPES.includes(column.type)) errors.push(fieldInvalid(here.child('type'), column.type, types));
    if (column.format && !COLUMN_FORMATS.includes(column.format)) {
      errors.push(fieldInvalid(here.child('format'), column.format, `must be one of ${COLUMN_FORMATS.join(',')}`));
    }
    if (!column.jsonPath) errors.push(fieldRequired(here.child('JSONPath')));
    else errors.push(...validateSimplePath(column.jsonPath, here.child('JSONPath')));
  });
  return errors;
}

export function validateSubresources(subresources: CrdSubresources | undefined, at: FieldPath): FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined || scale === null) return [];
  return [
    ...validateReplicasPath(scale.specReplicasPath, at.child('scale.specReplicasPath'), '.spec'),
    ...validateReplicasPath(scale.statusReplicasPath, at.child('scale.statusReplicasPath'), '.status'),
    ...validateSelectorPath(scale.labelSelectorPath, at.child('scale.labelSelectorPath')),
  ];
}

function validateReplicasPath(path: string | undefined, at: FieldPath, under: string): FieldError[] {
  if (!path) return [fieldRequired(at)];
  const faults = validateSimplePath(path, at);
  if (faults.length > 0 || path.startsWith(`${under}.`)) return faults;
  return [fieldInvalid(at, path, `should be a json path under ${under}`)];
}

function validateSelectorPath(path: string | undefined, at: FieldPath): FieldError[] {
  if (!path) return [];
  const faults = validateSimplePath(path, at);
  if (faults.length > 0 || path.startsWith('.spec.') || path.startsWith('.status.')) return faults;
  return [fieldInvalid(at, path, 'should be a json path under either .spec or .status')];
}

function validateSimplePath(path: string, at: FieldPath): FieldError[] {
  return path.startsWith('.') ? [] : [fieldInvalid(at, path, 'must be a simple json path starting with .')];
}

/** @param schema the version's OpenAPI v3 schema */
export function validateSelectableFields(
  fields: readonly CrdSelectableField[] | undefined,
  schema: JsonObject | undefined,
  at: FieldPath,
): FieldError[] {
  if (fields === undefined || fields.length === 0) return [];
  const errors: FieldError[] = [];
  const unique = new Set<string>();
  fields.forEach(({ jsonPath }, i) => {
    const here = at.index(i).child('jsonPath');
    if (!jsonPath) {
      errors.push(fieldRequired(here));
      return;
    }
    const found = resolvePath(jsonPath, schema);
    if (typeof found === 'string') {
      errors.push(fieldInvalid(here, jsonPath, `is an invalid path: ${found}`));
      return;
    }
    if (found.names[0] === 'metadata')
      errors.push(fieldInvalid(here, jsonPath, 'must not point to fields in metadata'));
    if (!isSelectable(found.schema)) {
      const text =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.push(fieldInvalid(here, jsonPath, text));
    }
    const path = found.names.join('.');
    if (unique.has(path)) errors.push(fieldDuplicate(here, jsonPath));
    unique.add(path);
  });
  if (unique.size > SELECTABLE_FIELDS_MAX) errors.push(fieldTooMany(at, unique.size, SELECTABLE_FIELDS_MAX));
  return errors;
}

function isSelectable(schema: JsonObject | undefined): boolean {
  return schema !== undefined && ['string', 'boolean', 'integer'].includes(String(schema['type']));
}

const TOKEN = /\[|\]|\.|'(?:[^'\\]|\\.)*'|[^[\].]+/g;

/** Follows a field path through a schema: its names and where it ends, or the text of its fault. */
function resolvePath(
  path: string,
  root: JsonObject | undefined,
): { names: string[]; schema: JsonObject | undefined } | string {
  const tokens = path.match(TOKEN) ?? [];
  const names: string[] = [];
  let schema = root;
  for (let i = 0; i < tokens.length; i += 2) {
    const opening = tokens[i]!;
    const name = tokens[i + 1];
    if (opening === '[') return 'array notation is not allowed';
    if (opening !== '.') return `expected [ or . but got: ${opening}`;
    if (name === undefined) return 'unexpected end of JSON path';
    schema = step(schema, name);
    if (schema === undefined) return 'does not refer to a valid field';
    names.push(name);
  }
  return { names, schema };
}

function step(schema: JsonObject | undefined, name: string): JsonObject | undefined {
  const properties = schema?.['properties'];
  const inner = isJsonObject(properties)
    ? Object.hasOwn(properties, name)
      ? properties[name]
      : undefined
    : schema?.['additionalProperties'];
  return isJsonObject(inner) ? inner : undefined;
}
