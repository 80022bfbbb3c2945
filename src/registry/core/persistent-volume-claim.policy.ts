import { jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { compareQuantities } from '../../apimachinery/runtime/quantity.js';
import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { IMMUTABLE_TEXT, validateImmutable } from '../../apimachinery/validation/object-meta.js';
import { checkQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1PersistentVolumeClaim, CoreV1PersistentVolumeClaimSpec } from '../../apis/types.gen.js';
import { dropFields, gatedFields } from '../generic/gated-fields.js';
import { GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import { isNativeResource, validateResourceQuantity } from '../generic/resource-names.js';
import { jsonDiff } from '../generic/unified-diff.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { validateAmount } from './persistent-volume-validation.js';
import { podContext } from './pod.strategy.js';
import type { PodContext } from './pod-validation-options.js';
import { warnClaimAmounts } from './pod-warnings.js';
import { validateClaimSpec } from './volume-claim-validation.js';

const TRAITS: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'PersistentVolumeClaim' },
  namespaced: true,
  hasStatus: true,
  returnsDeletedObject: true,
};
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const STATUS_GATES = gatedFields({ CSIVolumeHealth: ['healthStatus'] });
const RESIZE_STATUSES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

type Claim = CoreV1PersistentVolumeClaim;
type ClaimSpec = CoreV1PersistentVolumeClaimSpec;

const specOf = (object: Readonly<KubeObject>): ClaimSpec => (object as Claim).spec ?? {};

function setDefaults(object: KubeObject): void {
  const claim = object as Claim;
  claim.spec ??= {};
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  claim.spec.volumeMode ??= 'Filesystem';
}

/** Sources of other namespaces are behind a gate that is off (CrossNamespaceVolumeDataSource). */
function dropDisabledClaimFields(spec: ClaimSpec, old: Readonly<ClaimSpec> | undefined): void {
  if (spec.dataSourceRef?.namespace && !old?.dataSourceRef) delete spec.dataSourceRef;
}

/** The older field never took other sources than these two; what else clients put there is passed over. @see KEP-1495 */
function dropForeignDataSource(spec: ClaimSpec, old: Readonly<ClaimSpec> | undefined): void {
  if (spec.dataSourceRef || old?.dataSource || old?.dataSourceRef) return;
  const { kind, apiGroup } = spec.dataSource ?? {};
  const known =
    (kind === 'PersistentVolumeClaim' && !apiGroup) ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');
  if (!known) delete spec.dataSource;
}

/** A data source of the old kind and one of the new tell the same unless the new one crosses namespaces. */
function alignDataSources(spec: ClaimSpec): void {
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    spec.dataSource = { kind, name, ...(apiGroup !== undefined && { apiGroup }) };
  }
}

/** @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims */
class PersistentVolumeClaimStrategy extends GenericStrategy {
  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    (object as Claim).status = { phase: 'Pending' };
    const spec = specOf(object);
    dropDisabledClaimFields(spec, undefined);
    dropForeignDataSource(spec, undefined);
    alignDataSources(spec);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    const spec = specOf(object);
    dropDisabledClaimFields(spec, specOf(old));
    dropForeignDataSource(spec, specOf(old));
    alignDataSources(spec);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateClaimSpec(specOf(object), SPEC, errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateCreate(ctx, object);
    const [now, before] = withoutMutable(object as Claim, old as Claim, errors);
    if (!jsonEqual(now, before)) {
      const show = (spec: ClaimSpec) => this.context.internal('core.v1.PersistentVolumeClaimSpec', spec);
      const text =
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n';
      errors.push(fieldForbidden(SPEC, text + jsonDiff(show(before), show(now))));
    }
    validateSize(object as Claim, old as Claim, errors);
    const mode = FieldPath.root('volumeMode');
    validateImmutable(specOf(object).volumeMode, specOf(old).volumeMode, mode, errors);
    validateAttributesClass(object as Claim, old as Claim, errors);
    return errors;
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const out = classAnnotationWarnings(object);
    warnClaimAmounts(specOf(object), SPEC, out);
    return out;
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return this.warningsOnCreate(ctx, object);
  }
}

/** Both specs with what may differ made equal; tells of the annotation that may not. */
function withoutMutable(claim: Claim, old: Claim, errors: FieldError[]): [ClaimSpec, ClaimSpec] {
  const now = jsonClone(claim.spec ?? {});
  const before = jsonClone(old.spec ?? {});
  alignDataSources(before);
  if (!before.volumeName && now.volumeName) before.volumeName = now.volumeName;
  const className = claim.metadata.annotations?.[CLASS_ANNOTATION];
  const oldClassName = old.metadata.annotations?.[CLASS_ANNOTATION];
  const named = before.storageClassName === undefined && now.storageClassName !== undefined;
  const moved = named && now.storageClassName === oldClassName && (className ?? oldClassName) === oldClassName;
  if (!moved && (className ?? '') !== (oldClassName ?? '')) {
    const at = FieldPath.root('metadata', 'annotations', CLASS_ANNOTATION);
    errors.push(fieldInvalid(at, className ?? '', IMMUTABLE_TEXT));
  }
  if (moved || (named && oldClassName === undefined)) delete now.storageClassName;
  if (claim.status?.phase !== 'Bound') return [now, before];
  const storage = before.resources?.requests?.['storage'];
  if (now.resources?.requests && storage !== undefined) now.resources.requests['storage'] = storage;
  if (before.volumeAttributesClassName === undefined) delete now.volumeAttributesClassName;
  else now.volumeAttributesClassName = before.volumeAttributesClassName;
  return [now, before];
}

/** After a failed expansion a claim may ask for less again, but never for less than it has. */
function validateSize(claim: Claim, old: Claim, errors: FieldError[]): void {
  const now = claim.spec?.resources?.requests?.['storage'] ?? '0';
  const was = old.spec?.resources?.requests?.['storage'] ?? '0';
  const capacity = old.status?.capacity?.['storage'] ?? '0';
  if (compareQuantities(now, was) >= 0 || compareQuantities(now, capacity) > 0) return;
  const at = SPEC.child('resources', 'requests', 'storage');
  errors.push(fieldForbidden(at, 'field can not be less than status.capacity'));
}

function validateAttributesClass(claim: Claim, old: Claim, errors: FieldError[]): void {
  const now = claim.spec?.volumeAttributesClassName;
  if (now === old.spec?.volumeAttributesClassName || old.status?.currentVolumeAttributesClassName === undefined) return;
  if (now !== undefined && now !== '') return;
  const what = now === undefined ? 'nil' : 'empty string';
  const text = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  errors.push(fieldForbidden(SPEC.child('volumeAttributesClassName'), text));
}

/** The class has a field of its own by now. */
export function classAnnotationWarnings({ metadata }: Readonly<KubeObject>): string[] {
  if (metadata.annotations?.[CLASS_ANNOTATION] === undefined) return [];
  const at = FieldPath.root('metadata', 'annotations').key(CLASS_ANNOTATION);
  return [`${at}: deprecated since v1.8; use "storageClassName" attribute instead`];
}

class ClaimStatusStrategy extends StatusStrategy {
  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    const { status } = object as Claim;
    if (status) dropFields(status, (old as Claim).status, STATUS_GATES);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { status = {} } = object as Claim;
    if ((specOf(object).accessModes ?? []).length === 0)
      errors.push(fieldRequired(FieldPath.root('Spec', 'accessModes')));
    for (const [name, amount] of Object.entries(status.capacity ?? {})) {
      validateAmount(amount, STATUS.child('capacity').key(name), errors);
    }
    for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
      const at = STATUS.child('allocatedResourceStatuses');
      errors.push(...resourceFaults(name, at));
      if (!RESIZE_STATUSES.includes(state)) errors.push(fieldNotSupported(at, name, RESIZE_STATUSES));
    }
    for (const [name, amount] of Object.entries(status.allocatedResources ?? {})) {
      const at = STATUS.child('allocatedResources');
      const faults = resourceFaults(name, at);
      const before = errors.push(...faults);
      if (faults.length > 0) continue;
      validateAmount(amount, at.key(name), errors);
      if (errors.length === before) validateResourceQuantity('storage', amount, at.key(name), errors);
    }
    return errors;
  }
}

/** Claims have storage, and what names have a domain. */
function resourceFaults(name: string, at: FieldPath): FieldError[] {
  const faults = checkQualifiedName(name).map((text) => fieldInvalid(at, name, text));
  if (faults.length > 0 || !isNativeResource(name) || name === 'storage') return faults;
  return [fieldNotSupported(at, name, ['storage'])];
}

export const persistentVolumeClaimPolicy: KindPolicy = {
  group: '',
  resource: 'persistentvolumeclaims',
  strategy: (environment) => new PersistentVolumeClaimStrategy(podContext(environment)),
  statusStrategy: (main) => new ClaimStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
};
