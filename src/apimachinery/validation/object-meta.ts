import { type JsonValue, jsonEqual } from '../meta/json.js';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../meta/object.js';
import { entriesOf } from './entries-of.js';
import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
} from './field-error.js';
import { byteLength, dns1123Label, type NameRule } from './names.js';
import { validateAnnotations, validateLabels, validateQualifiedName } from './qualified-name.js';

/** What differs between kinds in the rules for metadata. */
export interface MetadataRules {
  readonly namespaced: boolean;
  readonly validateName: NameRule;
  /** Where the metadata stands; default `metadata`. */
  readonly path?: FieldPath;
  /** Built-in kinds know three finalizers without a domain and refuse others; custom resources take any. */
  readonly custom?: boolean;
}

const METADATA = FieldPath.root('metadata');
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
const MANAGER_BYTES_MAX = 128;
export const IMMUTABLE_TEXT = 'field is immutable';
const NON_NEGATIVE_TEXT = 'must be greater than or equal to 0';

/**
 * Every fault of an object's metadata on create, in upstream's order.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */
export function validateObjectMeta(meta: Readonly<ObjectMeta>, rules: MetadataRules): FieldError[] {
  const errors: FieldError[] = [];
  const at = rules.path ?? METADATA;
  validateNames(meta, rules, at, errors);
  validateNamespace(meta.namespace ?? '', rules.namespaced, at, errors);
  if (Number(meta.generation ?? 0) < 0) {
    errors.push(fieldInvalid(at.child('generation'), meta.generation, NON_NEGATIVE_TEXT));
  }
  validateLabels(meta.labels, at.child('labels'), errors);
  validateAnnotations(meta.annotations, at.child('annotations'), errors);
  validateOwnerReferences(meta.ownerReferences, at.child('ownerReferences'), errors);
  validateFinalizers(meta.finalizers, at.child('finalizers'), errors);
  validateManagedFields(meta.managedFields, at.child('managedFields'), errors);
  if (!rules.custom) validateStandardFinalizers(meta.finalizers, at.child('finalizers'), errors);
  return errors;
}

const IMMUTABLE_FIELDS = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** Every fault of changed metadata: what may not change, and the rules of what may. Order as upstream's. */
export function validateObjectMetaUpdate(
  meta: Readonly<ObjectMeta>,
  old: Readonly<ObjectMeta>,
  rules: Pick<MetadataRules, 'path' | 'custom'> = {},
): FieldError[] {
  const errors: FieldError[] = [];
  const at = rules.path ?? METADATA;
  if (old.deletionTimestamp !== undefined) validateNoNewFinalizers(meta, old, at.child('finalizers'), errors);
  if (Number(meta.generation ?? 0) < Number(old.generation ?? 0)) {
    errors.push(fieldInvalid(at.child('generation'), meta.generation ?? 0, 'must not be decremented'));
  }
  for (const name of IMMUTABLE_FIELDS) {
    if (!jsonEqual(meta[name], old[name]))
      errors.push(fieldInvalid(at.child(name), meta[name] ?? zeroOf(name), IMMUTABLE_TEXT));
  }
  if (!jsonEqual(meta.labels, old.labels)) validateLabels(meta.labels, at.child('labels'), errors);
  if (!jsonEqual(meta.annotations, old.annotations)) {
    validateAnnotations(meta.annotations, at.child('annotations'), errors);
  }
  validateOwnerReferences(meta.ownerReferences, at.child('ownerReferences'), errors);
  validateManagedFields(meta.managedFields, at.child('managedFields'), errors);
  if (!rules.custom) validateStandardFinalizers(meta.finalizers, at.child('finalizers'), errors);
  return errors;
}

function zeroOf(name: string): JsonValue {
  return name === 'name' || name === 'namespace' || name === 'uid' ? '' : null;
}

function validateNames(meta: Readonly<ObjectMeta>, rules: MetadataRules, at: FieldPath, errors: FieldError[]): void {
  const { generateName = '', name = '' } = meta;
  if (generateName !== '') {
    for (const text of rules.validateName(generateName, true)) {
      errors.push(fieldInvalid(at.child('generateName'), generateName, text));
    }
  }
  if (name === '') {
    errors.push(fieldRequired(at.child('name'), 'name or generateName is required'));
    return;
  }
  for (const text of rules.validateName(name, false)) errors.push(fieldInvalid(at.child('name'), name, text));
}

function validateNamespace(namespace: string, namespaced: boolean, at: FieldPath, errors: FieldError[]): void {
  if (!namespaced) {
    if (namespace !== '') errors.push(fieldForbidden(at.child('namespace'), 'not allowed on this type'));
  } else if (namespace === '') {
    errors.push(fieldRequired(at.child('namespace')));
  } else {
    for (const text of dns1123Label(namespace, false))
      errors.push(fieldInvalid(at.child('namespace'), namespace, text));
  }
}

function validateOwnerReferences(
  owners: readonly OwnerReference[] | undefined,
  at: FieldPath,
  errors: FieldError[],
): void {
  let controller: string | undefined;
  for (const [i, owner] of entriesOf(owners)) {
    validateOwnerReference(owner, at.index(i), errors);
    if (!owner.controller) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === undefined) {
      controller = name;
    } else {
      const text = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(fieldInvalid(at, owners as OwnerReference[], text));
    }
  }
}

function validateOwnerReference(owner: OwnerReference, at: FieldPath, errors: FieldError[]): void {
  const slashes = owner.apiVersion?.split('/') ?? [''];
  const version = slashes.length > 2 ? '' : slashes[slashes.length - 1];
  if (!owner.apiVersion) errors.push(fieldRequired(at.child('apiVersion'), 'must not be empty'));
  else if (!version) {
    errors.push(fieldInvalid(at.child('apiVersion'), owner.apiVersion, 'must be <group>/<version> or <version>'));
  }
  if (!owner.kind) errors.push(fieldRequired(at.child('kind'), 'must not be empty'));
  if (!owner.name) errors.push(fieldRequired(at.child('name'), 'must not be empty'));
  if (!owner.uid) errors.push(fieldRequired(at.child('uid'), 'must not be empty'));
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    errors.push(fieldInvalid(at, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
}

function validateFinalizers(finalizers: readonly string[] | undefined, at: FieldPath, errors: FieldError[]): void {
  if (finalizers === undefined) return;
  for (const finalizer of finalizers) validateQualifiedName(finalizer, at, errors);
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(fieldInvalid(at, finalizers as string[], 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
}

function validateStandardFinalizers(
  finalizers: readonly string[] | undefined,
  at: FieldPath,
  errors: FieldError[],
): void {
  for (const [i, finalizer] of entriesOf(finalizers)) validateFinalizerDomain(finalizer, at.index(i), errors);
}

/** A finalizer of a built-in kind has a domain or is one of the three that the system itself uses. */
export function validateFinalizerDomain(finalizer: string, at: FieldPath, errors: FieldError[]): void {
  if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer)) {
    errors.push(fieldInvalid(at, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
  }
}

function validateNoNewFinalizers(meta: ObjectMeta, old: ObjectMeta, at: FieldPath, errors: FieldError[]): void {
  const kept = new Set(old.finalizers ?? []);
  const added = [...new Set((meta.finalizers ?? []).filter((finalizer) => !kept.has(finalizer)))].sort();
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const text = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  errors.push(fieldForbidden(at, text));
}

function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  at: FieldPath,
  errors: FieldError[],
): void {
  for (const [i, entry] of entriesOf(entries)) {
    const here = at.index(i);
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(fieldInvalid(here.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`'));
    }
    if ((entry.fieldsType ?? '') !== '' && entry.fieldsType !== 'FieldsV1') {
      errors.push(fieldInvalid(here.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`'));
    }
    validateFieldManager(entry.manager ?? '', here.child('manager'), errors);
    if (byteLength(entry.subresource ?? '') > 256) errors.push(fieldTooLong(here.child('subresource'), 256));
  }
}

/** The name of a field manager: at most 128 bytes of printable characters. Also the `fieldManager` query parameter's rule. */
export function validateFieldManager(manager: string, at: FieldPath, errors: FieldError[]): void {
  if (byteLength(manager) > MANAGER_BYTES_MAX) errors.push(fieldTooLong(at, MANAGER_BYTES_MAX));
  let i = 0;
  for (const character of manager) {
    if (!PRINTABLE.test(character)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      errors.push(fieldInvalid(at, manager, `invalid character U+${code} (at position ${i})`));
    }
    i += byteLength(character);
  }
}

/** Letters, marks, numbers, punctuation, symbols and the plain space: what Go's unicode.IsPrint takes. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** A fault where a field differs from what it was; `value` is what the message shows. */
export function validateImmutable(
  value: JsonValue | undefined,
  old: JsonValue | undefined,
  at: FieldPath,
  errors: FieldError[],
): void {
  if (!jsonEqual(value, old)) errors.push(fieldInvalid(at, value ?? null, IMMUTABLE_TEXT));
}
