import type { JsonObject } from '../../apimachinery/meta/json.js';
import { nanosOf } from '../../apimachinery/runtime/quantity.js';
import { type Errors, validateChecked, validateInRange } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type {
  CoreV1DownwardAPIVolumeFile,
  CoreV1KeyToPath,
  CoreV1ProjectedVolumeSource,
  CoreV1Volume,
  CoreV1VolumeProjection,
} from '../../apis/types.gen.js';
import { PULL_POLICIES } from './container-validation.js';
import {
  hasBacksteps,
  VOLUME_FIELDS,
  validateDescendingPath,
  validateFieldRef,
  validateNoBacksteps,
  validateResourceFieldRef,
} from './env-validation.js';
import { validateClaimTemplate } from './volume-claim-validation.js';

/** Volumes of pods. @see https://kubernetes.io/docs/concepts/storage/volumes/ */

const MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive';
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;
const HOST_PATH_TYPES = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
];

/** Every fault of the list; returns the sound volumes by name, which mounts may refer to. */
export function validateVolumes(
  volumes: readonly CoreV1Volume[] | undefined,
  at: FieldPath,
  errors: Errors,
): Map<string, CoreV1Volume> {
  const sound = new Map<string, CoreV1Volume>();
  for (const [i, volume] of (volumes ?? []).entries()) {
    const here = at.index(i);
    const before = errors.length;
    validateSource(volume, here, errors);
    const name = volume.name ?? '';
    if (name === '') errors.push(fieldRequired(here.child('name')));
    else validateChecked(name, checkDns1123Label, here.child('name'), errors);
    if (sound.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    if (errors.length === before) sound.set(name, volume);
  }
  return sound;
}

/** The fields that a volume's type names, without the index signature that lets it be any JSON object. */
type SourceName = Exclude<
  keyof { [Name in keyof CoreV1Volume as string extends Name ? never : Name]: 0 },
  'name' | number
>;
type SourceCheck<Name extends SourceName> = (
  source: NonNullable<CoreV1Volume[Name]>,
  at: FieldPath,
  errors: Errors,
) => void;

/** Checks that a source's fields are there. */
function required(...names: string[]): (source: JsonObject, at: FieldPath, errors: Errors) => void {
  return (source, at, errors) => {
    for (const name of names) {
      const value = source[name];
      const empty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
      if (empty) errors.push(fieldRequired(at.child(name)));
    }
  };
}

/** Checks by source, in the order in which a second source is found out. Shared with persistent volumes where the shape is. */
export const VOLUME_SOURCES: { readonly [Name in SourceName]: SourceCheck<Name> } = {
  emptyDir: ({ sizeLimit }, at, errors) => {
    if (sizeLimit !== undefined && nanosOf(sizeLimit) < 0n) {
      errors.push(fieldForbidden(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity'));
    }
  },
  hostPath: ({ path = '', type = '' }, at, errors) => {
    if (path === '') {
      errors.push(fieldRequired(at.child('path')));
      return;
    }
    validateNoBacksteps(path, at.child('path'), errors);
    if (!HOST_PATH_TYPES.includes(type)) errors.push(fieldNotSupported(at.child('type'), type, HOST_PATH_TYPES));
  },
  gitRepo: (source, at, errors) => {
    required('repository')(source, at, errors);
    if (source.directory) validateLocalPath(source.directory, at.child('directory'), errors);
  },
  gcePersistentDisk: (source, at, errors) => {
    required('pdName')(source, at, errors);
    validatePartition(source.partition, at, errors);
  },
  awsElasticBlockStore: (source, at, errors) => {
    required('volumeID')(source, at, errors);
    validatePartition(source.partition, at, errors);
  },
  secret: (source, at, errors) => {
    required('secretName')(source, at, errors);
    validateMode(source.defaultMode, at.child('defaultMode'), errors);
    validateItems(source.items, at.child('items'), errors);
  },
  nfs: (source, at, errors) => {
    required('server', 'path')(source, at, errors);
    if (!source.path?.startsWith('/')) {
      errors.push(fieldInvalid(at.child('path'), source.path ?? '', 'must be an absolute path'));
    }
  },
  iscsi: (source, at, errors) => {
    required('targetPortal', 'iqn')(source, at, errors);
    validateIqn(source.iqn, at, errors);
    validateInRange(source.lun ?? 0, 0, 255, at.child('lun'), errors);
    if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
      errors.push(fieldRequired(at.child('secretRef')));
    }
  },
  glusterfs: required('endpoints', 'path'),
  flocker: (source, at, errors) => {
    const { datasetName = '', datasetUUID = '' } = source;
    if (datasetName === '' && datasetUUID === '') {
      errors.push(fieldRequired(at, 'one of datasetName and datasetUUID is required'));
    }
    if (datasetName !== '' && datasetUUID !== '') {
      const text = 'datasetName and datasetUUID can not be specified simultaneously';
      errors.push(fieldInvalid(at, 'resource', text));
    }
    if (datasetName.includes('/')) {
      errors.push(fieldInvalid(at.child('datasetName'), datasetName, "must not contain '/'"));
    }
  },
  persistentVolumeClaim: required('claimName'),
  rbd: required('monitors', 'image'),
  cinder: (source, at, errors) => {
    required('volumeID')(source, at, errors);
    if (source.secretRef && !source.secretRef.name) errors.push(fieldRequired(at.child('secretRef', 'name')));
  },
  cephfs: required('monitors'),
  quobyte: (source, at, errors) => {
    const { registry = '', tenant = '' } = source;
    if (registry === '') {
      const text = 'must be a host:port pair or multiple pairs separated by commas';
      errors.push(fieldRequired(at.child('registry'), text));
    } else if (tenant.length >= 65) {
      errors.push(fieldRequired(at.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters'));
    }
    required('volume')(source, at, errors);
  },
  downwardAPI: (source, at, errors) => {
    validateMode(source.defaultMode, at.child('defaultMode'), errors);
    for (const item of source.items ?? []) validateDownwardItem(item, at, errors);
  },
  fc: validateFibreChannel,
  flexVolume: required('driver'),
  configMap: (source, at, errors) => {
    required('name')(source, at, errors);
    validateMode(source.defaultMode, at.child('defaultMode'), errors);
    validateItems(source.items, at.child('items'), errors);
  },
  azureFile: required('secretName', 'shareName'),
  vsphereVolume: required('volumePath'),
  photonPersistentDisk: required('pdID'),
  portworxVolume: required('volumeID'),
  azureDisk: required('diskName', 'diskURI'),
  storageos: (source, at, errors) => {
    if (!source.volumeName) errors.push(fieldRequired(at.child('volumeName')));
    else validateChecked(source.volumeName, checkDns1123Label, at.child('volumeName'), errors);
    if (source.volumeNamespace) {
      validateChecked(source.volumeNamespace, checkDns1123Label, at.child('volumeNamespace'), errors);
    }
    if (source.secretRef && !source.secretRef.name) errors.push(fieldRequired(at.child('secretRef', 'name')));
  },
  projected: validateProjected,
  scaleIO: required('gateway', 'system', 'volumeName'),
  csi: (source, at, errors) => {
    validateCsiDriverName(source.driver ?? '', at.child('driver'), errors);
    const secret = source.nodePublishSecretRef;
    if (!secret) return;
    const secretAt = at.child('nodePublishSecretRef', 'name');
    if (!secret.name) errors.push(fieldRequired(secretAt));
    else validateChecked(secret.name, checkDns1123Subdomain, secretAt, errors);
  },
  ephemeral: (source, at, errors) => {
    validateClaimTemplate(source.volumeClaimTemplate, at.child('volumeClaimTemplate'), errors);
  },
  image: (source, at, errors) => {
    required('reference')(source, at, errors);
    const policy = source.pullPolicy ?? '';
    if (policy === '') errors.push(fieldRequired(at.child('pullPolicy')));
    else if (!PULL_POLICIES.includes(policy)) {
      errors.push(fieldNotSupported(at.child('pullPolicy'), policy, PULL_POLICIES));
    }
  },
};

function validateSource(volume: CoreV1Volume, at: FieldPath, errors: Errors): void {
  let sources = 0;
  for (const name of Object.keys(VOLUME_SOURCES) as SourceName[]) {
    const source: JsonObject | undefined = volume[name];
    if (source === undefined) continue;
    if (sources++ > 0) {
      errors.push(fieldForbidden(at.child(name), 'may not specify more than 1 volume type'));
    } else {
      (VOLUME_SOURCES[name] as (source: JsonObject, at: FieldPath, errors: Errors) => void)(
        source,
        at.child(name),
        errors,
      );
    }
  }
  if (sources === 0) errors.push(fieldRequired(at, 'must specify a volume type'));
  const fromHost = volume.hostPath?.path;
  if (fromHost === undefined && volume.iscsi?.initiatorName !== undefined) {
    const parts = [volume.iscsi.targetPortal, volume.name].join(':');
    if (parts.length > 64) errors.push(fieldInvalid(at.child('name'), volume.name, TOTAL_TEXT));
  }
}

const TOTAL_TEXT =
  'Total length of <iscsi target portal>:<volume.name> must be under 64 characters if iscsi.initiatorName is specified.';

export function validatePartition(partition: number | undefined, at: FieldPath, errors: Errors): void {
  if (partition !== undefined) validateInRange(partition, 0, 255, at.child('partition'), errors);
}

export function validateIqn(iqn: string | undefined, at: FieldPath, errors: Errors): void {
  if (iqn && !/^(iqn|eui|naa)\./.test(iqn)) {
    errors.push(fieldInvalid(at.child('iqn'), iqn, 'must be valid format starting with iqn, eui, or naa'));
  }
}

interface FibreChannel {
  targetWWNs?: string[];
  lun?: number;
  wwids?: string[];
}

export function validateFibreChannel(
  { targetWWNs = [], wwids = [], lun }: FibreChannel,
  at: FieldPath,
  errors: Errors,
): void {
  const wwnsAt = at.child('targetWWNs');
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(fieldRequired(wwnsAt, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(fieldInvalid(wwnsAt, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (targetWWNs.length === 0) return;
  if (lun === undefined) errors.push(fieldRequired(at.child('lun'), 'lun is required if targetWWNs is specified'));
  else validateInRange(lun, 0, 255, at.child('lun'), errors);
}

const CSI_DRIVER_LENGTH_MAX = 63;

export function validateCsiDriverName(driver: string, at: FieldPath, errors: Errors): void {
  if (driver === '') errors.push(fieldRequired(at));
  if (driver.length > CSI_DRIVER_LENGTH_MAX) errors.push(fieldTooLong(at, CSI_DRIVER_LENGTH_MAX));
  if (driver === '') return;
  for (const text of checkDns1123Subdomain(driver.toLowerCase())) errors.push(fieldInvalid(at, driver, text));
}

function validateMode(mode: number | undefined, at: FieldPath, errors: Errors): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(fieldInvalid(at, mode, MODE_TEXT));
}

function validateItems(items: readonly CoreV1KeyToPath[] | undefined, at: FieldPath, errors: Errors): void {
  for (const [i, item] of (items ?? []).entries()) validateKeyToPath(item, at.index(i), errors);
}

function validateKeyToPath({ key = '', path = '', mode }: CoreV1KeyToPath, at: FieldPath, errors: Errors): void {
  if (key === '') errors.push(fieldRequired(at.child('key')));
  if (path === '') errors.push(fieldRequired(at.child('path')));
  validateLocalPath(path, at.child('path'), errors);
  validateMode(mode, at.child('mode'), errors);
}

/** Relative, never up, and not starting like the directories that the kubelet keeps for itself. */
function validateLocalPath(path: string, at: FieldPath, errors: Errors): void {
  validateDescendingPath(path, at, errors);
  if (path.startsWith('..') && !hasBacksteps(path)) errors.push(fieldInvalid(at, path, "must not start with '..'"));
}

function validateDownwardItem(item: CoreV1DownwardAPIVolumeFile, at: FieldPath, errors: Errors): void {
  const path = item.path ?? '';
  if (path === '') errors.push(fieldRequired(at.child('path')));
  validateLocalPath(path, at.child('path'), errors);
  if (item.fieldRef) {
    validateFieldRef(item.fieldRef, VOLUME_FIELDS, at.child('fieldRef'), errors);
    if (item.resourceFieldRef) {
      const text = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(fieldInvalid(at, 'resource', text));
    }
  } else if (item.resourceFieldRef) {
    validateResourceFieldRef(item.resourceFieldRef, true, at.child('resourceFieldRef'), errors);
  } else {
    errors.push(fieldRequired(at, 'one of fieldRef and resourceFieldRef is required'));
  }
  validateMode(item.mode, at.child('mode'), errors);
}

const PROJECTIONS = [
  'secret',
  'configMap',
  'downwardAPI',
  'serviceAccountToken',
  'clusterTrustBundle',
  'podCertificate',
] as const;

function validateProjected(projected: CoreV1ProjectedVolumeSource, at: FieldPath, errors: Errors): void {
  validateMode(projected.defaultMode, at.child('defaultMode'), errors);
  const paths = new Set<string>();
  const claim = (path: string | undefined, shown: string): void => {
    if (!path) return;
    if (paths.has(path)) errors.push(fieldInvalid(at, shown, 'conflicting duplicate paths'));
    paths.add(path);
  };
  for (const [i, source] of (projected.sources ?? []).entries()) {
    const here = at.child('sources').index(i);
    const given = PROJECTIONS.filter((name) => source[name] !== undefined);
    for (const name of given.slice(1)) {
      errors.push(fieldForbidden(here.child(name), 'may not specify more than 1 volume type'));
    }
    if (given[0] !== undefined) validateProjection(given[0], source, { at, here: here.child(given[0]) }, claim, errors);
  }
}

function validateProjection(
  name: (typeof PROJECTIONS)[number],
  source: CoreV1VolumeProjection,
  { at, here }: { at: FieldPath; here: FieldPath },
  claim: (path: string | undefined, shown: string) => void,
  errors: Errors,
): void {
  switch (name) {
    case 'secret':
    case 'configMap': {
      const { name: of = '', items } = source[name]!;
      if (of === '') errors.push(fieldRequired(here.child('name')));
      for (const [i, item] of (items ?? []).entries()) {
        validateKeyToPath(item, here.child('items').index(i), errors);
        claim(item.path, of);
      }
      break;
    }
    case 'downwardAPI':
      for (const item of source.downwardAPI?.items ?? []) {
        validateDownwardItem(item, here, errors);
        claim(item.path, item.path);
      }
      break;
    case 'serviceAccountToken': {
      const { expirationSeconds = 0, path = '' } = source.serviceAccountToken!;
      const secondsAt = here.child('expirationSeconds');
      if (expirationSeconds < TOKEN_SECONDS_MIN) {
        errors.push(fieldInvalid(secondsAt, expirationSeconds, 'may not specify a duration less than 10 minutes'));
      }
      if (expirationSeconds > TOKEN_SECONDS_MAX) {
        errors.push(fieldInvalid(secondsAt, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
      }
      if (path === '') errors.push(fieldRequired(at.child('path')));
      else validateLocalPath(path, at.child('path'), errors);
      break;
    }
    case 'clusterTrustBundle':
      validateTrustBundle(source, here, claim, errors);
      break;
    case 'podCertificate':
      required('signerName', 'keyType')(source.podCertificate!, here, errors);
  }
}

function validateTrustBundle(
  source: CoreV1VolumeProjection,
  at: FieldPath,
  claim: (path: string | undefined, shown: string) => void,
  errors: Errors,
): void {
  const { name, signerName, path = '' } = source.clusterTrustBundle!;
  if (name !== undefined && signerName !== undefined) {
    errors.push(fieldInvalid(at, {}, 'only one of name and signerName may be used'));
  } else if (name === undefined && signerName === undefined) {
    errors.push(fieldRequired(at, 'one of name and signerName must be specified'));
  }
  if (path === '') errors.push(fieldRequired(at.child('path')));
  else validateLocalPath(path, at.child('path'), errors);
  claim(path, path);
}
