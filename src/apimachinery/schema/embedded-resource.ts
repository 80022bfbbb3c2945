import { parseGroupVersion } from '../meta/group-version.js';
import { isJsonObject, type JsonObject, sortFields } from '../meta/json.js';
import type { ObjectMeta } from '../meta/object.js';
import { type FieldError, FieldPath, fieldInvalid, fieldRequired } from '../validation/field-error.js';
import { checkDns1035Label, pathSegment } from '../validation/names.js';
import { validateObjectMeta } from '../validation/object-meta.js';
import { DecodeError, decodeBuiltin } from './decode-builtin.js';
import { eachEmbeddedResource } from './prune.js';
import type { Schema } from './schema.js';

/** Stands in where an embedded resource has no name: it need not have one. */
const PLACEHOLDER_NAME = 'fakename';

/**
 * Gives the type and object metadata of embedded resources their form, in place.
 *
 * @param metaSchema schema of ObjectMeta
 * @param strict gains the unknown fields of their metadata
 * @throws DecodeError where they are of wrong types
 */
export function coerceEmbeddedResources(
  schema: Schema,
  object: JsonObject,
  metaSchema: Schema,
  strict: string[],
): void {
  const errors: FieldError[] = [];
  eachEmbeddedResource(schema, object, '', (resource, path) => coerce(resource, path, metaSchema, strict, errors));
  if (errors.length === 0) return;
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  throw new DecodeError(texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
}

function coerce(resource: JsonObject, path: string, metaSchema: Schema, strict: string[], errors: FieldError[]): void {
  const at = FieldPath.root(path);
  for (const name of ['apiVersion', 'kind']) {
    const value = resource[name];
    if (value !== undefined && typeof value !== 'string') {
      errors.push(fieldInvalid(at.child(name), sortFields(value), 'must be a string'));
    }
  }
  const { metadata } = resource;
  if (metadata === undefined) return;
  try {
    resource.metadata = decodeBuiltin(metaSchema, metadata, strict, `${path}.metadata`);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    errors.push(fieldInvalid(at.child('metadata'), sortFields(metadata), error.message));
  }
}

/** Faults of embedded resources: apiVersion and kind are required and well-formed, their metadata is valid. */
export function validateEmbeddedResources(schema: Schema, object: JsonObject, root?: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  eachEmbeddedResource(schema, object, root?.toString() ?? '', (resource, path) => {
    validateEmbedded(resource, FieldPath.root(path), errors);
  });
  return errors;
}

function validateEmbedded(resource: JsonObject, at: FieldPath, errors: FieldError[]): void {
  const { apiVersion, kind, metadata } = resource;
  if (apiVersion === undefined) errors.push(fieldRequired(at.child('apiVersion')));
  if (kind === undefined) errors.push(fieldRequired(at.child('kind')));
  if (typeof apiVersion === 'string') {
    const fault = apiVersion === '' ? 'must not be empty' : groupVersionFault(apiVersion);
    if (fault !== undefined) errors.push(fieldInvalid(at.child('apiVersion'), apiVersion, fault));
  }
  if (typeof kind === 'string') {
    const faults = kind === '' ? [] : checkDns1035Label(kind.toLowerCase());
    if (kind === '') errors.push(fieldInvalid(at.child('kind'), kind, 'must not be empty'));
    else if (faults.length > 0) {
      const text = `may have mixed case, but should otherwise match: ${faults.join(',')}`;
      errors.push(fieldInvalid(at.child('kind'), kind, text));
    }
  }
  if (isJsonObject(metadata)) {
    const meta: ObjectMeta = { ...metadata };
    meta.name ||= PLACEHOLDER_NAME;
    const namespaced = meta.namespace !== undefined && meta.namespace !== '';
    const rules = { namespaced, validateName: pathSegment, path: at.child('metadata') };
    errors.push(...validateObjectMeta(meta, rules));
  }
}

function groupVersionFault(apiVersion: string): string | undefined {
  return parseGroupVersion(apiVersion) === undefined ? `unexpected GroupVersion string: ${apiVersion}` : undefined;
}
