import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { compareQuantities, isInteger } from '../../apimachinery/runtime/quantity.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { type FieldError, FieldPath, fieldForbidden } from '../../apimachinery/validation/field-error.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type { CoreV1PersistentVolume, CoreV1PersistentVolumeClaim } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import { jsonDiff } from '../generic/unified-diff.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import type { Strategy } from '../rest/strategy.js';
import {
  validateAmount,
  validatePersistentVolume,
  validatePersistentVolumeUpdate,
} from './persistent-volume-validation.js';
import { podContext } from './pod.strategy.js';
import type { PodContext } from './pod-validation-options.js';
import { DEPRECATED_VOLUMES, warnNodeTerms } from './pod-warnings.js';
import { validateClaimSpec } from './volume-claim-validation.js';

const CLAIM: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'PersistentVolumeClaim' },
  namespaced: true,
  hasStatus: true,
  returnsDeletedObject: true,
};
const VOLUME: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'PersistentVolume' },
  namespaced: false,
  hasStatus: true,
  returnsDeletedObject: true,
};
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');

function claimDefaults(object: KubeObject): void {
  const claim = object as CoreV1PersistentVolumeClaim;
  claim.spec ??= {};
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  claim.spec.volumeMode ??= 'Filesystem';
}

/** A data source of the old kind and one of the new tell the same unless the new one crosses namespaces. */
function alignDataSources(claim: CoreV1PersistentVolumeClaim): void {
  const { spec } = claim;
  if (!spec || spec.dataSourceRef?.namespace) return;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    spec.dataSource = { kind, name, ...(apiGroup !== undefined && { apiGroup }) };
  }
}

/** @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims */
class PersistentVolumeClaimStrategy extends GenericStrategy {
  constructor(private readonly context: PodContext) {
    super(CLAIM);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const claim = object as CoreV1PersistentVolumeClaim;
    claim.status = { phase: 'Pending' };
    alignDataSources(claim);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateClaimSpec((object as CoreV1PersistentVolumeClaim).spec ?? {}, SPEC, errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateCreate(ctx, object);
    const claim = object as CoreV1PersistentVolumeClaim;
    const before = old as CoreV1PersistentVolumeClaim;
    const spec = { ...claim.spec };
    const oldSpec = { ...before.spec };
    if (!oldSpec.volumeName && spec.volumeName) delete spec.volumeName;
    if (oldSpec.storageClassName === undefined) delete spec.storageClassName;
    delete spec.volumeAttributesClassName;
    if (oldSpec.volumeAttributesClassName !== undefined) {
      spec.volumeAttributesClassName = oldSpec.volumeAttributesClassName;
    }
    const bound = before.status?.phase === 'Bound';
    if (bound && spec.resources?.requests && oldSpec.resources?.requests?.['storage'] !== undefined) {
      const kept = { ...spec.resources.requests, storage: oldSpec.resources.requests['storage'] };
      spec.resources = { ...spec.resources, requests: kept };
    }
    if (!jsonEqual(spec, oldSpec)) {
      const show = (value: typeof spec) => this.context.internal('core.v1.PersistentVolumeClaimSpec', value);
      const text =
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n';
      errors.push(fieldForbidden(SPEC, text + jsonDiff(show(oldSpec), show(spec))));
    }
    const now = claim.spec?.resources?.requests?.['storage'] ?? '0';
    const was = before.spec?.resources?.requests?.['storage'] ?? '0';
    const capacity = before.status?.capacity?.['storage'] ?? '0';
    // After a failed expansion a claim may ask for less again, but never for less than it has.
    if (compareQuantities(now, was) < 0 && compareQuantities(now, capacity) <= 0) {
      const at = SPEC.child('resources', 'requests', 'storage');
      errors.push(fieldForbidden(at, 'field can not be less than status.capacity'));
    }
    validateImmutable(claim.spec?.volumeMode, before.spec?.volumeMode, FieldPath.root('volumeMode'), errors);
    validateAttributesClass(claim.spec?.volumeAttributesClassName, before.spec?.volumeAttributesClassName, errors);
    return errors;
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const claim = object as CoreV1PersistentVolumeClaim;
    const out = classAnnotationWarnings(claim);
    for (const list of ['requests', 'limits'] as const) {
      const storage = claim.spec?.resources?.[list]?.['storage'];
      if (storage !== undefined && !isInteger(storage)) {
        const text = `fractional byte value ${JSON.stringify(storage)} is invalid, must be an integer`;
        out.push(`${SPEC.child('resources', list).key('storage')}: ${text}`);
      }
    }
    return out;
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return this.warningsOnCreate(ctx, object);
  }
}

function validateAttributesClass(now: string | undefined, was: string | undefined, errors: FieldError[]): void {
  if (was === undefined || (now !== undefined && now !== '')) return;
  const what = now === undefined ? 'nil' : 'an empty string';
  if (now === was) return;
  errors.push(
    fieldForbidden(SPEC.child('volumeAttributesClassName'), `update from non-nil value to ${what} is forbidden`),
  );
}

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The class has a field of its own by now. */
function classAnnotationWarnings({ metadata }: Readonly<KubeObject>): string[] {
  if (metadata.annotations?.[CLASS_ANNOTATION] === undefined) return [];
  const at = FieldPath.root('metadata', 'annotations').key(CLASS_ANNOTATION);
  return [`${at}: deprecated since v1.8; use "storageClassName" attribute instead`];
}

class ClaimStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { status = {} } = object as CoreV1PersistentVolumeClaim;
    for (const [name, amount] of Object.entries(status.capacity ?? {})) {
      validateAmount(amount, STATUS.child('capacity').key(name), errors);
    }
    for (const [name, amount] of Object.entries(status.allocatedResources ?? {})) {
      validateAmount(amount, STATUS.child('allocatedResources').key(name), errors);
    }
    return errors;
  }
}

function volumeDefaults(object: KubeObject): void {
  const volume = object as CoreV1PersistentVolume;
  volume.spec ??= {};
  volume.status ??= {};
  volume.status.phase ||= 'Pending';
  volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
  volume.spec.volumeMode ??= 'Filesystem';
  if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
  if (volume.spec.azureDisk) volume.spec.azureDisk.readOnly ??= false;
}

/** @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */
class PersistentVolumeStrategy extends GenericStrategy {
  constructor(private readonly environment: PolicyEnvironment) {
    super(VOLUME);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const now = formatTime(Math.floor(this.environment.now() / 1000));
    (object as CoreV1PersistentVolume).status = { phase: 'Pending', lastPhaseTransitionTime: now };
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validatePersistentVolume(object as CoreV1PersistentVolume, errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const context = podContext(this.environment);
    validatePersistentVolumeUpdate(object as CoreV1PersistentVolume, old as CoreV1PersistentVolume, context, errors);
    return errors;
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return persistentVolumeWarnings(object as CoreV1PersistentVolume);
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return persistentVolumeWarnings(object as CoreV1PersistentVolume);
  }
}

const MOUNT_OPTIONS_ANNOTATION = 'volume.beta.kubernetes.io/mount-options';
const RECYCLE_WARNING =
  'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';

function persistentVolumeWarnings(volume: Readonly<CoreV1PersistentVolume>): string[] {
  const { spec = {}, metadata } = volume;
  const out = classAnnotationWarnings(volume);
  if (metadata.annotations?.[MOUNT_OPTIONS_ANNOTATION] !== undefined) {
    const at = FieldPath.root('metadata', 'annotations').key(MOUNT_OPTIONS_ANNOTATION);
    out.push(`${at}: deprecated since v1.31; use "mountOptions" attribute instead`);
  }
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    out.push(`${SPEC.child('persistentVolumeReclaimPolicy')}: ${RECYCLE_WARNING}`);
  }
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  warnNodeTerms(terms, SPEC.child('nodeAffinity', 'required', 'nodeSelectorTerms'), out);
  for (const [source, text] of Object.entries(DEPRECATED_VOLUMES)) {
    if (spec[source] !== undefined) out.push(`${SPEC.child(source)}: ${text}`);
  }
  return out;
}

/** The time of a change of phase is the server's to tell where the client does not. */
class VolumeStatusStrategy extends StatusStrategy {
  constructor(
    main: Strategy,
    private readonly now: () => number,
  ) {
    super(main, VOLUME);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    const { status } = object as CoreV1PersistentVolume;
    const before = (old as CoreV1PersistentVolume).status;
    if (status === undefined || status.phase === before?.phase) return;
    const { lastPhaseTransitionTime: time } = status;
    if (time !== undefined && time !== before?.lastPhaseTransitionTime) return;
    status.lastPhaseTransitionTime = formatTime(Math.floor(this.now() / 1000));
  }
}

export const persistentVolumePolicies: readonly KindPolicy[] = [
  {
    group: '',
    resource: 'persistentvolumeclaims',
    strategy: (environment) => new PersistentVolumeClaimStrategy(podContext(environment)),
    statusStrategy: (main) => new ClaimStatusStrategy(main, CLAIM),
    defaults: { v1: claimDefaults },
  },
  {
    group: '',
    resource: 'persistentvolumes',
    strategy: (environment) => new PersistentVolumeStrategy(environment),
    statusStrategy: (main, { now }) => new VolumeStatusStrategy(main, now),
    defaults: { v1: volumeDefaults },
  },
];
