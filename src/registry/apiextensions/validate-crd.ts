import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../apimachinery/meta/json.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1035Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateApiApproval } from './api-approval.js';
import { type CrdNames, type CrdSpec, type CrdVersion, type CustomResourceDefinition, isConditionTrue } from './crd.js';
import { type CrdHub, hasStatus, printVersions, subresourcesOf, toHub } from './crd-hub.js';
import type { CrdSchemaCheck } from './crd-schema-check.js';
import { validateConversion } from './validate-crd-conversion.js';
import { validateColumns, validateSelectableFields, validateSubresources } from './validate-crd-fields.js';
import { validateCaBundle } from './validate-webhook-client.js';

type Crd = Readonly<CustomResourceDefinition>;

const SCOPES = ['Cluster', 'Namespaced'];
const WARNING_CHARACTERS_MAX = 256;
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');

/**
 * Every fault of a new definition, in kube-apiserver's order (metadata beyond the name's form is the store's to check).
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function validateCrd(crd: Crd, checkSchema: CrdSchemaCheck): FieldError[] {
  const errors: FieldError[] = [];
  const required = `${crd.spec.names?.plural ?? ''}.${crd.spec.group ?? ''}`;
  for (const field of ['generateName', 'name'] as const) {
    const name = crd.metadata[field];
    if (name === required || !name) continue;
    errors.push(fieldInvalid(`metadata.${field}`, name, 'must be spec.names.plural+"."+spec.group'));
  }
  return errors.concat(
    validateSpec(crd.spec, undefined, checkSchema),
    validateStatus(crd),
    validateStoredVersions(crd),
    validateApiApproval(crd, undefined),
    validatePreserveUnknownFields(crd.spec, undefined),
  );
}

export function validateCrdUpdate(crd: Crd, old: Crd, checkSchema: CrdSchemaCheck): FieldError[] {
  return [
    ...validateSpec(crd.spec, old, checkSchema),
    ...validateImmutable(crd.spec, old.spec, isConditionTrue(old, 'Established')),
    ...validateStatus(crd),
    ...validateStoredVersions(crd),
    ...validateApiApproval(crd, old),
    ...validatePreserveUnknownFields(crd.spec, old.spec),
  ];
}

export function validateCrdStatusUpdate(crd: Crd): FieldError[] {
  return validateStatus(crd);
}

function validateImmutable(spec: CrdSpec, old: CrdSpec, established: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const fixed = (at: FieldPath, value: JsonValue | undefined, before: JsonValue | undefined): void => {
    if (!jsonEqual(value, before)) errors.push(fieldInvalid(at, value, 'field is immutable'));
  };
  if (established) {
    fixed(SPEC.child('scope'), spec.scope, old.scope);
    fixed(SPEC.child('names', 'kind'), spec.names.kind, old.names.kind);
  }
  fixed(SPEC.child('group'), spec.group, old.group);
  fixed(SPEC.child('names', 'plural'), spec.names.plural, old.names.plural);
  return errors;
}

function validateSpec(spec: CrdSpec, old: Crd | undefined, checkSchema: CrdSchemaCheck): FieldError[] {
  const hub = toHub(spec);
  const oldSchemas = new Map(old?.spec.versions.map((version) => [version.name, version.schema?.openAPIV3Schema]));
  const names = SPEC.child('names');
  const errors = [...validateGroupAndScope(spec), ...validateSchemasPresent(hub)];
  if (spec.preserveUnknownFields === true && hub.versions.some((_, i) => hasDefault(spec.versions[i]?.schema))) {
    const text = 'must be false in order to use defaults in the schema';
    errors.push(fieldInvalid(SPEC.child('preserveUnknownFields'), true, text));
  }
  hub.versions.forEach((version, i) => {
    errors.push(...validateVersion(version, hub, SPEC.child('versions').index(i), oldSchemas, checkSchema));
  });
  errors.push(...validateVersionSet(spec, hub), ...validateRequiredNames(spec.names, names));
  errors.push(...validateNames(spec.names, names), ...validateTop(spec, hub, oldSchemas, checkSchema));
  if (spec.preserveUnknownFields === true && spec.conversion !== undefined && spec.conversion.strategy !== 'None') {
    const text = 'must be None if spec.preserveUnknownFields is true';
    errors.push(fieldInvalid(SPEC.child('conversion', 'strategy'), spec.conversion.strategy, text));
  }
  return errors.concat(validateConversion(spec.conversion, SPEC.child('conversion'), checksBundle(old)));
}

/** A bundle may be bad until the definition is established, and stay bad afterwards. */
function checksBundle(old: Crd | undefined): boolean {
  if (old === undefined || !isConditionTrue(old, 'Established')) return false;
  const bundle = old.spec.conversion?.webhook?.clientConfig?.caBundle;
  return !bundle || validateCaBundle(SPEC, bundle).length === 0;
}

function validateGroupAndScope(spec: CrdSpec): FieldError[] {
  const errors: FieldError[] = [];
  const group = SPEC.child('group');
  if (!spec.group) errors.push(fieldRequired(group));
  else {
    const faults = checkDns1123Subdomain(spec.group);
    if (faults.length > 0) errors.push(fieldInvalid(group, spec.group, faults.join(',')));
    else if (!spec.group.includes('.')) {
      errors.push(fieldInvalid(group, spec.group, 'should be a domain with at least one dot'));
    }
  }
  const scope = SPEC.child('scope');
  if (!spec.scope) errors.push(fieldRequired(scope));
  else if (!SCOPES.includes(spec.scope)) errors.push(fieldNotSupported(scope, spec.scope, SCOPES));
  return errors;
}

function validateSchemasPresent(hub: CrdHub): FieldError[] {
  if (hub.top.schema?.openAPIV3Schema !== undefined) return [];
  return hub.versions.flatMap((version, i) =>
    version.schema?.openAPIV3Schema === undefined
      ? [fieldRequired(SPEC.child('versions').index(i).child('schema', 'openAPIV3Schema'))]
      : [],
  );
}

type OldSchemas = ReadonlyMap<string, JsonObject | undefined>;

function validateVersion(
  version: CrdHub['versions'][number],
  hub: CrdHub,
  at: FieldPath,
  old: OldSchemas,
  checkSchema: CrdSchemaCheck,
): FieldError[] {
  const errors: FieldError[] = [];
  const nameFaults = checkDns1035Label(version.name ?? '');
  if (nameFaults.length > 0) errors.push(fieldInvalid(at.child('name'), version.name ?? '', nameFaults.join(',')));
  for (const text of deprecationFaults(version)) {
    errors.push(fieldInvalid(at.child('deprecationWarning'), version.deprecationWarning, text));
  }
  const schema = version.schema?.openAPIV3Schema;
  if (schema !== undefined) {
    const options = schemaOptions(hasStatus(subresourcesOf(hub, version)), old.get(version.name));
    errors.push(...checkSchema(schema, at.child('schema', 'openAPIV3Schema'), options));
  }
  return errors.concat(
    validateSubresources(version.subresources, at.child('subresources')),
    validateColumns(version.additionalPrinterColumns, at.child('additionalPrinterColumns')),
    validateOwnSelectableFields(version, at.child('selectableFields')),
  );
}

function schemaOptions(statusSubresource: boolean, oldSchema: JsonObject | undefined) {
  return oldSchema === undefined ? { statusSubresource } : { statusSubresource, oldSchema };
}

function deprecationFaults({ deprecated, deprecationWarning }: Readonly<CrdVersion>): string[] {
  if (deprecationWarning === undefined || deprecationWarning === null) return [];
  if (deprecated !== true) return ['can only be set for deprecated versions'];
  if (deprecationWarning === '') return ['must not be an empty string'];
  const faults: string[] = [];
  if (Buffer.byteLength(deprecationWarning) > WARNING_CHARACTERS_MAX) {
    faults.push(`must be <= ${WARNING_CHARACTERS_MAX} characters long`);
  }
  const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u.exec(deprecationWarning);
  if (unprintable !== null) {
    const at = Buffer.byteLength(deprecationWarning.slice(0, unprintable.index));
    faults.push(`must only contain printable UTF-8 characters; non-printable character found at index ${at}`);
  }
  return faults;
}

/** Rules about the list of versions as a whole. */
function validateVersionSet(spec: CrdSpec, hub: CrdHub): FieldError[] {
  const errors: FieldError[] = [];
  const at = SPEC.child('versions');
  const shown = spec.versions ? printVersions(hub) : null;
  const names = new Set(hub.versions.map((version) => version.name));
  if (names.size !== hub.versions.length) {
    errors.push(fieldInvalid(at, shown, 'must contain unique version names'));
  }
  if (hub.versions.filter((version) => version.storage).length !== 1) {
    errors.push(fieldInvalid(at, shown, 'must have exactly one version marked as storage version'));
  }
  // The internal version repeats the first name as spec.version, and judges it there once more.
  const first = spec.versions?.[0]?.name;
  if (first) {
    const faults = checkDns1035Label(first);
    if (faults.length > 0) errors.push(fieldInvalid(SPEC.child('version'), first, faults.join(',')));
  }
  return errors;
}

function validateTop(spec: CrdSpec, hub: CrdHub, old: OldSchemas, checkSchema: CrdSchemaCheck): FieldError[] {
  const errors: FieldError[] = [];
  const schema = hub.top.schema?.openAPIV3Schema;
  if (schema !== undefined) {
    const anyStatus = hub.versions.some((version) => hasStatus(subresourcesOf(hub, version)));
    const options = schemaOptions(anyStatus, old.get(spec.versions[0]?.name ?? ''));
    errors.push(...checkSchema(schema, SPEC.child('validation', 'openAPIV3Schema'), options));
  }
  return errors.concat(
    validateSubresources(hub.top.subresources, SPEC.child('subresources')),
    validateColumns(hub.top.additionalPrinterColumns, SPEC.child('additionalPrinterColumns')),
    validateTopSelectableFields(hub),
  );
}

/** Fields that all versions have move up; a schema that they do not share does not. */
function validateTopSelectableFields(hub: CrdHub): FieldError[] {
  const at = SPEC.child('selectableFields');
  const { schema, selectableFields } = hub.top;
  if (selectableFields === undefined || selectableFields.length === 0) return [];
  if (!schema) return [fieldInvalid(at, '', 'may only be set when validations.schema is included')];
  return validateSelectableFields(selectableFields, schema.openAPIV3Schema, at);
}

function validateOwnSelectableFields(version: CrdHub['versions'][number], at: FieldPath): FieldError[] {
  const { schema, selectableFields } = version;
  if (selectableFields === undefined || selectableFields.length === 0) return [];
  if (schema?.openAPIV3Schema) return validateSelectableFields(selectableFields, schema.openAPIV3Schema, at);
  return [fieldInvalid(at, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')];
}

function validateRequiredNames(names: CrdNames, at: FieldPath): FieldError[] {
  return (['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) =>
    names[name] ? [] : [fieldRequired(at.child(name))],
  );
}

/** The form of names, for spec.names and status.acceptedNames alike. */
function validateNames(names: CrdNames | undefined, at: FieldPath): FieldError[] {
  if (names === undefined) return [];
  const errors: FieldError[] = [];
  const check = (where: FieldPath, value: string | undefined, judged = value, lead = ''): void => {
    const faults = value ? checkDns1035Label(judged ?? '') : [];
    if (faults.length > 0) errors.push(fieldInvalid(where, value, lead + faults.join(',')));
  };
  const mixed = 'may have mixed case, but should otherwise match: ';
  check(at.child('plural'), names.plural);
  check(at.child('singular'), names.singular);
  check(at.child('kind'), names.kind, names.kind?.toLowerCase(), mixed);
  check(at.child('listKind'), names.listKind, names.listKind?.toLowerCase(), mixed);
  validateEach(names.shortNames, at.child('shortNames'), errors);
  if (names.kind && names.kind === names.listKind) {
    errors.push(fieldInvalid(at.child('listKind'), names.listKind, 'kind and listKind may not be the same'));
  }
  validateEach(names.categories, at.child('categories'), errors);
  return errors;
}

function validateEach(values: readonly string[] | undefined, at: FieldPath, errors: FieldError[]): void {
  (values ?? []).forEach((value, i) => {
    const faults = checkDns1035Label(value);
    if (faults.length > 0) errors.push(fieldInvalid(at.index(i), value, faults.join(',')));
  });
}

function validateStatus(crd: Crd): FieldError[] {
  return validateNames(crd.status?.acceptedNames, STATUS.child('acceptedNames'));
}

function validateStoredVersions(crd: Crd): FieldError[] {
  const at = STATUS.child('storedVersions');
  const stored = crd.status?.storedVersions ?? [];
  if (stored.length === 0) return [fieldInvalid(at, null, 'must have at least one stored version')];
  const errors: FieldError[] = [];
  const missing = new Map(stored.map((name, i) => [name, i]));
  for (const version of crd.spec.versions ?? []) {
    const isStored = missing.delete(version.name);
    if (version.storage && !isStored) {
      errors.push(fieldInvalid(at, stored, `must have the storage version ${version.name}`));
    }
  }
  for (const [name, i] of missing) {
    const until = `until a storage migration ensures no data remains persisted in ${name}`;
    const text =
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions ` +
      `${until} and removes ${name} from status.storedVersions`;
    errors.push(fieldInvalid(at.index(i), name, text));
  }
  return errors;
}

function validatePreserveUnknownFields(spec: CrdSpec, old: CrdSpec | undefined): FieldError[] {
  if (spec.preserveUnknownFields !== true || old?.preserveUnknownFields === true) return [];
  const instead =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [fieldInvalid(SPEC.child('preserveUnknownFields'), true, instead)];
}

/** Whether a schema has a default anywhere; loops rather than recurses, since clients choose the depth. */
function hasDefault(validation: CrdVersion['schema']): boolean {
  const open: (JsonValue | undefined)[] = [validation?.openAPIV3Schema];
  while (open.length > 0) {
    const schema = open.pop();
    if (Array.isArray(schema)) open.push(...schema);
    if (!isJsonObject(schema)) continue;
    if (schema['default'] !== undefined && schema['default'] !== null) return true;
    for (const keyword of PARTS) open.push(schema[keyword]);
    for (const keyword of NAMED_PARTS) {
      const named = schema[keyword];
      if (isJsonObject(named)) open.push(...Object.values(named));
    }
  }
  return false;
}

/** Keywords that hold a schema or a list of schemas, and those that hold schemas by name. */
const PARTS = ['items', 'additionalProperties', 'additionalItems', 'not', 'allOf', 'anyOf', 'oneOf'] as const;
const NAMED_PARTS = ['properties', 'patternProperties', 'definitions', 'dependencies'] as const;
