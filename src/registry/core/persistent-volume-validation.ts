import { posix } from 'node:path';
import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import { nanosOf, wholeValue } from '../../apimachinery/runtime/quantity.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT, validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type {
  CoreV1CSIPersistentVolumeSource,
  CoreV1PersistentVolume,
  CoreV1PersistentVolumeSpec,
  CoreV1SecretReference,
  CoreV1VolumeNodeAffinity,
} from '../../apis/types.gen.js';
import { goName, sortedMap } from '../generic/internal-form.js';
import { validatePositiveQuantity } from '../generic/resource-names.js';
import { jsonDiff } from '../generic/unified-diff.js';
import { validateNodeSelector } from './affinity-validation.js';
import { validateNoBacksteps } from './env-validation.js';
import type { PodContext } from './pod-validation-options.js';
import { VOLUME_MODES, validateAccessModes } from './volume-claim-validation.js';
import {
  ISCSI_LENGTH_MAX,
  ISCSI_LENGTH_TEXT,
  iscsiSource,
  SHARED_SOURCES,
  type SourceCheck,
  secretWith,
  validateCsiDriverName,
} from './volume-sources.js';
import { CHECKED_NAMES, SURPLUS_NAMES } from './volume-validation.js';

/** Persistent volumes. @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */

const SPEC = FieldPath.root('spec');
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

function requireIn(source: unknown, names: readonly string[], at: FieldPath, errors: Errors): void {
  if (source === undefined || source === null) return;
  for (const name of names) if (!(source as JsonObject)[name]) errors.push(fieldRequired(at.child(name)));
}

/** One check after the other. */
const both =
  (first: SourceCheck, more: SourceCheck): SourceCheck =>
  (source, at, errors) => {
    first(source, at, errors);
    more(source, at, errors);
  };

/** Checks by source, in the order in which a second source is found out. */
const SOURCES: Readonly<Record<string, SourceCheck>> = {
  hostPath: SHARED_SOURCES.hostPath,
  gcePersistentDisk: SHARED_SOURCES.gcePersistentDisk,
  awsElasticBlockStore: SHARED_SOURCES.awsElasticBlockStore,
  glusterfs: both(SHARED_SOURCES.glusterfs, ({ endpointsNamespace: namespace }, at, errors) => {
    if (typeof namespace !== 'string') return;
    const here = at.child('endpointsNamespace');
    const text = 'if the endpointnamespace is set, it must be a valid namespace name';
    if (namespace === '') errors.push(fieldInvalid(here, namespace, text));
    else validateChecked(namespace, checkDns1123Label, here, errors);
  }),
  flocker: SHARED_SOURCES.flocker,
  nfs: SHARED_SOURCES.nfs,
  rbd: SHARED_SOURCES.rbd,
  quobyte: SHARED_SOURCES.quobyte,
  cephfs: SHARED_SOURCES.cephfs,
  iscsi: iscsiSource('must be valid format', secretWith('name')),
  cinder: ({ volumeID, secretRef }, at, errors) => {
    if (!volumeID) errors.push(fieldRequired(at.child('volumeID')));
    requireIn(secretRef, ['name', 'namespace'], at.child('secretRef'), errors);
  },
  fc: SHARED_SOURCES.fc,
  flexVolume: SHARED_SOURCES.flexVolume,
  azureFile: both(SHARED_SOURCES.azureFile, ({ secretNamespace }, at, errors) => {
    if (secretNamespace === '') errors.push(fieldRequired(at.child('secretNamespace')));
  }),
  vsphereVolume: SHARED_SOURCES.vsphereVolume,
  photonPersistentDisk: SHARED_SOURCES.photonPersistentDisk,
  portworxVolume: SHARED_SOURCES.portworxVolume,
  azureDisk: SHARED_SOURCES.azureDisk,
  scaleIO: SHARED_SOURCES.scaleIO,
  local: ({ path }, at, errors) => {
    if (!path) errors.push(fieldRequired(at.child('path')));
    else validateNoBacksteps(String(path), at.child('path'), errors);
  },
  storageos: both(SHARED_SOURCES.storageos, secretWith('name', 'namespace')),
  csi: (source, at, errors) => validateCsi(source as CoreV1CSIPersistentVolumeSource, at, errors),
};

function validateCsi(source: CoreV1CSIPersistentVolumeSource, at: FieldPath, errors: Errors): void {
  validateCsiDriverName(source.driver ?? '', at.child('driver'), errors);
  if (!source.volumeHandle) errors.push(fieldRequired(at.child('volumeHandle')));
  for (const name of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const) {
    const secret = source[name];
    if (secret !== undefined) validateSecret(secret, at.child(name), errors);
  }
}

function validateSecret({ name = '', namespace = '' }: CoreV1SecretReference, at: FieldPath, errors: Errors): void {
  if (name === '') errors.push(fieldRequired(at.child('name')));
  else validateChecked(name, checkDns1123Subdomain, at.child('name'), errors);
  if (namespace === '') errors.push(fieldRequired(at.child('namespace')));
  else validateChecked(namespace, checkDns1123Label, at.child('namespace'), errors);
}

export function validatePersistentVolume({ spec = {}, metadata }: CoreV1PersistentVolume, errors: Errors): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(fieldRequired(SPEC.child('accessModes')));
  validateAccessModes(modes, SPEC.child('accessModes'), errors);
  validateCapacity(spec, errors);
  const reclaim = spec.persistentVolumeReclaimPolicy ?? '';
  const reclaimAt = SPEC.child('persistentVolumeReclaimPolicy');
  if (reclaim !== '' && !RECLAIM_POLICIES.includes(reclaim)) {
    errors.push(fieldNotSupported(reclaimAt, reclaim, RECLAIM_POLICIES));
  }
  if (spec.nodeAffinity) validateNodeAffinity(spec.nodeAffinity, errors);
  validateSource(spec, metadata.name ?? '', errors);
  if (spec.hostPath && posix.normalize(spec.hostPath.path ?? '') === '/' && reclaim === 'Recycle') {
    errors.push(fieldForbidden(reclaimAt, "may not be 'recycle' for a hostPath mount of '/'"));
  }
  validateClass(spec.storageClassName, SPEC.child('storageClassName'), errors);
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) {
    errors.push(fieldNotSupported(SPEC.child('volumeMode'), spec.volumeMode, VOLUME_MODES));
  }
  if (spec.volumeAttributesClassName === undefined) return;
  const classAt = SPEC.child('volumeAttributesClassName');
  if (spec.volumeAttributesClassName === '') errors.push(fieldRequired(classAt, 'an empty string is disallowed'));
  else validateClass(spec.volumeAttributesClassName, classAt, errors);
  if (!spec.csi) {
    errors.push(fieldRequired(SPEC.child('csi'), 'has to be specified when using volumeAttributesClassName'));
  }
}

function validateClass(name: string | undefined, at: FieldPath, errors: Errors): void {
  if (name) validateChecked(name, checkDns1123Subdomain, at, errors);
}

function validateCapacity({ capacity }: CoreV1PersistentVolumeSpec, errors: Errors): void {
  const at = SPEC.child('capacity');
  const names = Object.keys(capacity ?? {});
  if (names.length === 0) errors.push(fieldRequired(at));
  if (names.length !== 1 || names[0] !== 'storage') {
    errors.push(fieldNotSupported(at, sortedMap(capacity), ['storage']));
  }
  for (const [name, amount] of Object.entries(capacity ?? {})) {
    validateAmount(amount, at.key(name), errors);
    validatePositiveQuantity(amount, at.key(name), errors);
  }
}

/** An amount that is not below zero; the message shows it in whole units. */
export function validateAmount(amount: string, at: FieldPath, errors: Errors): void {
  if (nanosOf(amount) < 0n) errors.push(fieldInvalid(at, wholeValue(amount), 'must be a valid resource quantity'));
}

function validateNodeAffinity({ required }: CoreV1VolumeNodeAffinity, errors: Errors): void {
  const at = SPEC.child('nodeAffinity', 'required');
  if (required) validateNodeSelector(required, at, errors);
  else errors.push(fieldRequired(at, 'must specify required node constraints'));
}

function validateSource(spec: CoreV1PersistentVolumeSpec, name: string, errors: Errors): void {
  let sources = 0;
  for (const [source, check] of Object.entries(SOURCES)) {
    const value = spec[source] as JsonObject | undefined;
    if (value === undefined) continue;
    // Upstream overlooks this one as a surplus.
    if (sources > 0 && source !== 'flexVolume') {
      const here = SPEC.child(SURPLUS_NAMES[source] ?? source);
      errors.push(fieldForbidden(here, 'may not specify more than 1 volume type'));
      continue;
    }
    sources++;
    const at = SPEC.child(CHECKED_NAMES[source] ?? source);
    if (source === 'iscsi') validateIscsiTarget(value, name, at, errors);
    check(value, at, errors);
    if (source === 'local' && !spec.nodeAffinity) {
      errors.push(fieldRequired(SPEC.child('nodeAffinity'), 'Local volume requires node affinity'));
    }
  }
  if (sources === 0) errors.push(fieldRequired(SPEC, 'must specify a volume type'));
}

function validateIscsiTarget(iscsi: JsonObject, name: string, at: FieldPath, errors: Errors): void {
  const portal = String(iscsi['targetPortal'] ?? '');
  if (portal === '') errors.push(fieldRequired(at.child('targetPortal')));
  if (iscsi['initiatorName'] !== undefined && `${name}:${portal}`.length > ISCSI_LENGTH_MAX) {
    errors.push(fieldInvalid(at.child('targetportal'), portal, ISCSI_LENGTH_TEXT));
  }
}

/** The sources in the order in which Go's type has them: how a difference is written out. */
const SOURCE_ORDER = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'hostPath',
  'glusterfs',
  'nfs',
  'rbd',
  'iscsi',
  'cinder',
  'cephfs',
  'fc',
  'flocker',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'local',
  'storageos',
  'csi',
];

export function validatePersistentVolumeUpdate(
  volume: CoreV1PersistentVolume,
  old: CoreV1PersistentVolume,
  context: PodContext,
  errors: Errors,
): void {
  validatePersistentVolume(volume, errors);
  const spec = volume.spec ?? {};
  const before = old.spec ?? {};
  const source = sourceOf(expandable(spec, before), context);
  const oldSource = sourceOf(before, context);
  if (!jsonEqual(source, oldSource)) {
    const text = `spec.persistentvolumesource is immutable after creation\n${jsonDiff(oldSource, source)}`;
    errors.push(fieldForbidden(SPEC.child('persistentvolumesource'), text));
  }
  validateImmutable(spec.volumeMode, before.volumeMode, FieldPath.root('volumeMode'), errors);
  if (before.nodeAffinity && !jsonEqual(spec.nodeAffinity, relabelled(before.nodeAffinity, spec.nodeAffinity))) {
    const shown = spec.nodeAffinity ? context.internal('core.v1.VolumeNodeAffinity', spec.nodeAffinity) : null;
    const text = `${IMMUTABLE_TEXT}, except for updating from beta label to GA`;
    errors.push(fieldInvalid(FieldPath.root('nodeAffinity'), shown, text));
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const text = 'update from non-nil value to nil is forbidden';
    errors.push(fieldForbidden(SPEC.child('volumeAttributesClassName'), text));
  }
}

/** The secret for expansion may be added to a volume that had none. */
function expandable(spec: CoreV1PersistentVolumeSpec, before: CoreV1PersistentVolumeSpec): CoreV1PersistentVolumeSpec {
  if (!spec.csi?.controllerExpandSecretRef || !before.csi || before.csi.controllerExpandSecretRef) return spec;
  const { controllerExpandSecretRef: _, ...csi } = spec.csi;
  return { ...spec, csi: csi as CoreV1CSIPersistentVolumeSource };
}

function sourceOf(spec: CoreV1PersistentVolumeSpec, context: PodContext): JsonObject {
  const shown = context.internal('core.v1.PersistentVolumeSpec', spec) as JsonObject;
  return Object.fromEntries(SOURCE_ORDER.map((name) => [goName(name), shown[goName(name)] ?? null]));
}

const GA_LABELS: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

/** The old affinity with those beta labels renamed that the new one has renamed. */
function relabelled(
  old: CoreV1VolumeNodeAffinity,
  now: CoreV1VolumeNodeAffinity | undefined,
): CoreV1VolumeNodeAffinity {
  const newTerms = now?.required?.nodeSelectorTerms ?? [];
  const terms = (old.required?.nodeSelectorTerms ?? []).map((term, i) => {
    const expressions = (term.matchExpressions ?? []).map((expression, j) => {
      const key = newTerms[i]?.matchExpressions?.[j]?.key;
      return key !== undefined && key === (GA_LABELS[expression.key] ?? '') ? { ...expression, key } : expression;
    });
    return term.matchExpressions === undefined ? term : { ...term, matchExpressions: expressions };
  });
  return old.required === undefined ? old : { ...old, required: { ...old.required, nodeSelectorTerms: terms } };
}
