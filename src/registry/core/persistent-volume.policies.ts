import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { type FieldError, FieldPath } from '../../apimachinery/validation/field-error.js';
import type { CoreV1PersistentVolume } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import type { Strategy } from '../rest/strategy.js';
import { classAnnotationWarnings, persistentVolumeClaimPolicy } from './persistent-volume-claim.policy.js';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './persistent-volume-validation.js';
import { podContext } from './pod.strategy.js';
import { DEPRECATED_VOLUMES, warnNodeTerms } from './pod-warnings.js';

const VOLUME: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'PersistentVolume' },
  namespaced: false,
  hasStatus: true,
  returnsDeletedObject: true,
};
const SPEC = FieldPath.root('spec');

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
    if (status === undefined) return;
    const { lastPhaseTransitionTime: time } = status;
    if (status.phase === before?.phase) {
      if (time === undefined && before?.lastPhaseTransitionTime !== undefined) {
        status.lastPhaseTransitionTime = before.lastPhaseTransitionTime;
      }
      return;
    }
    if (time !== undefined && time !== before?.lastPhaseTransitionTime) return;
    status.lastPhaseTransitionTime = formatTime(Math.floor(this.now() / 1000));
  }
}

export const persistentVolumePolicies: readonly KindPolicy[] = [
  persistentVolumeClaimPolicy,
  {
    group: '',
    resource: 'persistentvolumes',
    strategy: (environment) => new PersistentVolumeStrategy(environment),
    statusStrategy: (main, { now }) => new VolumeStatusStrategy(main, now),
    defaults: { v1: volumeDefaults },
  },
];
