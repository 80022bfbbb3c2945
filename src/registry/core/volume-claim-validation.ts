import type { JsonValue } from '../../apimachinery/meta/json.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateAnnotations, validateLabels } from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1PersistentVolumeClaimSpec,
  CoreV1PersistentVolumeClaimTemplate,
  CoreV1TypedObjectReference,
} from '../../apis/types.gen.js';
import { validatePositiveQuantity } from '../generic/resource-names.js';

/** What claims ask for, on their own and in templates. @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */

export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const VOLUME_MODES = ['Block', 'Filesystem'];

export function validateAccessModes(modes: readonly string[], at: FieldPath, errors: Errors): void {
  for (const mode of modes) if (!ACCESS_MODES.includes(mode)) errors.push(fieldNotSupported(at, mode, ACCESS_MODES));
  const shared = modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  if (modes.includes('ReadWriteOncePod') && shared) {
    errors.push(fieldForbidden(at, 'may not use ReadWriteOncePod with other access modes'));
  }
}

export function validateClaimSpec(spec: CoreV1PersistentVolumeClaimSpec, at: FieldPath, errors: Errors): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(fieldRequired(at.child('accessModes'), 'at least 1 access mode is required'));
  validateLabelSelector(spec.selector, at.child('selector'), errors);
  validateAccessModes(modes, at.child('accessModes'), errors);
  const storage = spec.resources?.requests?.['storage'];
  const storageAt = at.child('resources').key('storage');
  if (storage === undefined) errors.push(fieldRequired(storageAt));
  else validatePositiveQuantity(storage, storageAt, errors);
  if (spec.storageClassName) {
    validateChecked(spec.storageClassName, checkDns1123Subdomain, at.child('storageClassName'), errors);
  }
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) {
    errors.push(fieldNotSupported(at.child('volumeMode'), spec.volumeMode, VOLUME_MODES));
  }
  validateDataSources(spec, at, errors);
  if (spec.volumeAttributesClassName) {
    const here = at.child('volumeAttributesClassName');
    validateChecked(spec.volumeAttributesClassName, checkDns1123Subdomain, here, errors);
  }
}

function validateDataSources(spec: CoreV1PersistentVolumeClaimSpec, at: FieldPath, errors: Errors): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource) validateDataSource(dataSource, at.child('dataSource'), errors);
  if (dataSourceRef) validateDataSource(dataSourceRef, at.child('dataSourceRef'), errors);
  if (!dataSourceRef?.namespace) {
    if (dataSource && dataSourceRef && !sameSource(dataSource, dataSourceRef)) {
      errors.push(fieldInvalid(at, {}, 'must match dataSourceRef'));
    }
  } else if (dataSource) {
    errors.push(fieldInvalid(at, {}, 'may not be specified when dataSourceRef.namespace is specified'));
  }
}

function sameSource(a: CoreV1TypedObjectReference, b: CoreV1TypedObjectReference): boolean {
  return jsonEqual([a.apiGroup ?? '', a.kind, a.name], [b.apiGroup ?? '', b.kind, b.name]);
}

function validateDataSource(source: CoreV1TypedObjectReference, at: FieldPath, errors: Errors): void {
  const { apiGroup = '', kind = '', name = '', namespace } = source;
  if (name === '') errors.push(fieldRequired(at.child('name')));
  if (kind === '') errors.push(fieldRequired(at.child('kind')));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    errors.push(fieldInvalid(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  if (apiGroup) validateChecked(apiGroup, checkDns1123Subdomain, at.child('apiGroup'), errors);
  if (namespace) validateChecked(namespace, checkDns1123Label, at.child('namespace'), errors);
}

/** Metadata that a template of an object may give; everything else is refused. */
const TEMPLATE_METADATA = new Set(['annotations', 'labels']);

export function validateTemplateMetadata(
  metadata: Readonly<Record<string, JsonValue | undefined>>,
  at: FieldPath,
  errors: Errors,
): void {
  validateAnnotations(metadata['annotations'] as never, at.child('annotations'), errors);
  validateLabels(metadata['labels'] as never, at.child('labels'), errors);
  for (const name of Object.keys(metadata)) {
    const value = metadata[name];
    const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (TEMPLATE_METADATA.has(name) || empty) continue;
    // Upstream writes Go's name with a small first letter.
    errors.push(fieldForbidden(at.child(name === 'uid' ? 'uID' : name), 'cannot be set'));
  }
}

export function validateClaimTemplate(
  template: CoreV1PersistentVolumeClaimTemplate | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (!template) {
    errors.push(fieldRequired(at));
    return;
  }
  validateTemplateMetadata(template.metadata ?? {}, at.child('metadata'), errors);
  validateClaimSpec(template.spec ?? {}, at.child('spec'), errors);
}
