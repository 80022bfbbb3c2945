import type { JsonObject } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked, validateEnum } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type { CoreV1EphemeralVolumeSource, CoreV1ImageVolumeSource, CoreV1Volume } from '../../apis/types.gen.js';
import type { PodContext } from './pod-validation-options.js';
import { validateProjected } from './projected-volume-validation.js';
import { validateClaimTemplate } from './volume-claim-validation.js';
import { ISCSI_LENGTH_MAX, ISCSI_LENGTH_TEXT, POD_SOURCES, type SourceCheck } from './volume-sources.js';

/** The volumes of a pod. @see https://kubernetes.io/docs/concepts/storage/volumes/ */

export const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** Every fault of the list; returns the sound volumes by name, which mounts may refer to. */
export function validateVolumes(
  volumes: readonly CoreV1Volume[] | undefined,
  context: PodContext,
  at: FieldPath,
  errors: Errors,
): Map<string, CoreV1Volume> {
  const sound = new Map<string, CoreV1Volume>();
  if (!volumes) return sound;
  const podName = context.pod?.name ?? '';
  const made = new Set(volumes.filter((v) => v.ephemeral && podName !== '').map((v) => `${podName}-${v.name}`));
  for (const [i, volume] of volumes.entries()) {
    const here = at.index(i);
    const before = errors.length;
    validateSource(volume, context, here, errors);
    const name = volume.name ?? '';
    if (name === '') errors.push(fieldRequired(here.child('name')));
    else validateChecked(name, checkDns1123Label, here.child('name'), errors);
    if (sound.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    if (errors.length === before) sound.set(name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && made.has(claim)) {
      const text = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(fieldInvalid(here.child('persistentVolumeClaim', 'claimName'), claim, text));
    }
  }
  return sound;
}

/** Sources in the order in which a second one is found out. */
const ORDER = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const;

/** How upstream's messages call a source where that is not its field: as the only one, and as one too many. */
export const CHECKED_NAMES: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };
export const SURPLUS_NAMES: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

function validateSource(volume: CoreV1Volume, context: PodContext, at: FieldPath, errors: Errors): void {
  let sources = 0;
  for (const name of ORDER) {
    const source = volume[name] as JsonObject | undefined;
    if (source === undefined) continue;
    if (sources > 0) {
      errors.push(fieldForbidden(at.child(SURPLUS_NAMES[name] ?? name), 'may not specify more than 1 volume type'));
    } else {
      sources++;
      const here = at.child(CHECKED_NAMES[name] ?? name);
      if (name === 'projected') validateProjected(source as never, context, here, errors);
      else if (name === 'ephemeral') validateEphemeral(source as never, volume, context, at, errors);
      else if (name === 'image') validateImage(source as never, here, errors);
      else (POD_SOURCES[name] as SourceCheck)(source, here, errors);
    }
    if (name === 'iscsi') validateIscsiLength(volume, at, errors);
  }
  if (sources === 0) errors.push(fieldRequired(at, 'must specify a volume type'));
}

function validateIscsiLength({ name = '', iscsi }: CoreV1Volume, at: FieldPath, errors: Errors): void {
  if (iscsi?.initiatorName === undefined) return;
  if (`${name}:${iscsi.targetPortal ?? ''}`.length > ISCSI_LENGTH_MAX) {
    errors.push(fieldInvalid(at.child('name'), name, ISCSI_LENGTH_TEXT));
  }
}

/** The claim that is made for the volume is named after pod and volume. */
function validateEphemeral(
  source: CoreV1EphemeralVolumeSource,
  volume: CoreV1Volume,
  context: PodContext,
  at: FieldPath,
  errors: Errors,
): void {
  validateClaimTemplate(source.volumeClaimTemplate, at.child('ephemeral', 'volumeClaimTemplate'), errors);
  if (!context.pod?.name || !volume.name) return;
  const claim = `${context.pod.name}-${volume.name}`;
  for (const text of checkDns1123Subdomain(claim)) {
    errors.push(fieldInvalid(at.child('name'), volume.name, `PVC name ${JSON.stringify(claim)}: ${text}`));
  }
}

function validateImage(source: CoreV1ImageVolumeSource, at: FieldPath, errors: Errors): void {
  if (!source.reference) errors.push(fieldRequired(at.child('reference')));
  validateEnum(source.pullPolicy, PULL_POLICIES, at.child('pullPolicy'), errors);
}
