import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import type { CoreV1PersistentVolumeSpec } from '../../apis/types.gen.js';
import { validatePersistentVolume } from '../core/persistent-volume-validation.js';

/** What only a volume with a name of its own has, in the order in which its faults are told. */
const BEFORE_SOURCES = ['persistentVolumeReclaimPolicy', 'nodeAffinity'] as const;
const AFTER_SOURCES = ['storageClassName', 'volumeMode'] as const;

/**
 * A volume that stands in a pod and was moved to its driver: told to the attacher without a PersistentVolume.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/625-csi-migration
 */
export function validateInlineVolume(spec: CoreV1PersistentVolumeSpec, at: FieldPath, errors: Errors): void {
  const forbid = (name: string) =>
    errors.push(fieldForbidden(at.child(name), 'may not be specified in the context of inline volumes'));
  if (spec.claimRef !== undefined) forbid('claimRef');
  if (Object.keys(spec.capacity ?? {}).length > 0) forbid('capacity');
  if (spec.csi === undefined) {
    errors.push(fieldRequired(at.child('csi'), 'has to be specified in the context of inline volumes'));
  }
  const faults = faultsOfSources(spec, at);
  errors.push(...faults.filter(({ field }) => isAccessMode(field, at)));
  for (const name of BEFORE_SOURCES) if (spec[name]) forbid(name);
  errors.push(...faults.filter(({ field }) => !isAccessMode(field, at)));
  for (const name of AFTER_SOURCES) if (spec[name]) forbid(name);
}

const isAccessMode = (field: string, at: FieldPath): boolean => field.startsWith(at.child('accessModes').toString());

/** What is wrong with it as with any volume, told where it stands. */
function faultsOfSources(spec: CoreV1PersistentVolumeSpec, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { claimRef: _c, persistentVolumeReclaimPolicy: _r, nodeAffinity: _n, storageClassName: _s, ...rest } = spec;
  const { volumeMode: _m, ...alone } = rest;
  validatePersistentVolume({ metadata: {}, spec: { ...alone, capacity: { storage: '1' } } }, errors);
  return errors.map((error) => ({ ...error, field: error.field.replace(/^spec(?=\.|\[|$)/, at.toString()) }));
}
