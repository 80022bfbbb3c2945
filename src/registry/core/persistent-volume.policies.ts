import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { compareQuantities } from '../../apimachinery/runtime/quantity.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { type FieldError, FieldPath, fieldForbidden } from '../../apimachinery/validation/field-error.js';
import type { CoreV1PersistentVolume, CoreV1PersistentVolumeClaim } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits } from '../generic/generic-strategy.js';
import { jsonDiff } from '../generic/unified-diff.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { podContext } from './pod.strategy.js';
import type { PodContext } from './pod-validation-options.js';
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
    const now = claim.spec?.resources?.requests?.['storage'];
    const was = before.spec?.resources?.requests?.['storage'];
    const capacity = before.status?.capacity?.['storage'];
    if (now !== undefined && was !== undefined && compareQuantities(now, was) < 0) {
      const at = SPEC.child('resources', 'requests', 'storage');
      if (capacity === undefined) errors.push(fieldForbidden(at, 'field can not be less than previous value'));
      else if (compareQuantities(now, capacity) <= 0) {
        errors.push(fieldForbidden(at, 'field can not be less than status.capacity'));
      }
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

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    if ((object as CoreV1PersistentVolume).spec?.persistentVolumeReclaimPolicy !== 'Recycle') return [];
    const text =
      'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
    return [`spec.persistentVolumeReclaimPolicy: ${text}`];
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return this.warningsOnCreate(ctx, object);
  }
}

export const persistentVolumePolicies: readonly KindPolicy[] = [
  {
    group: '',
    resource: 'persistentvolumeclaims',
    strategy: (environment) => new PersistentVolumeClaimStrategy(podContext(environment)),
    defaults: { v1: claimDefaults },
  },
  {
    group: '',
    resource: 'persistentvolumes',
    strategy: (environment) => new PersistentVolumeStrategy(environment),
    defaults: { v1: volumeDefaults },
  },
];
