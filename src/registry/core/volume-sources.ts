import type { JsonObject } from '../../apimachinery/meta/json.js';
import { nanosOf } from '../../apimachinery/runtime/quantity.js';
import { type Errors, validateChecked, validateInRange } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain, rangeText } from '../../apimachinery/validation/names.js';
import { validateDescendingPath, validateNoBacksteps } from './env-validation.js';
import { validateDownwardItem, validateItems, validateMode } from './volume-files.js';

/**
 * Where the content of a volume comes from: the checks that pods' volumes share with each other, many also with persistent
 * volumes. @see https://kubernetes.io/docs/concepts/storage/volumes/
 */

export type SourceCheck = (source: JsonObject, at: FieldPath, errors: Errors) => void;

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
const PARTITION_MAX = 255;
const LUN_MAX = 255;
const QUOBYTE_TENANT_LENGTH_MAX = 64;
const CSI_DRIVER_LENGTH_MAX = 63;

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Checks that a source's fields are there. */
function required(...names: string[]): SourceCheck {
  return (source, at, errors) => {
    for (const name of names) if (isEmpty(source[name])) errors.push(fieldRequired(at.child(name)));
  };
}

/** One check after the other. */
function all(...checks: SourceCheck[]): SourceCheck {
  return (source, at, errors) => {
    for (const check of checks) check(source, at, errors);
  };
}

/** A secret that the source names needs these fields. */
export function secretWith(...names: string[]): SourceCheck {
  return ({ secretRef }, at, errors) => {
    if (secretRef !== undefined) required(...names)(secretRef as JsonObject, at.child('secretRef'), errors);
  };
}

const partition: SourceCheck = ({ partition: number }, at, errors) => {
  if (typeof number === 'number' && (number < 0 || number > PARTITION_MAX)) {
    errors.push(fieldInvalid(at.child('partition'), number, rangeText(1, PARTITION_MAX)));
  }
};

const defaultMode: SourceCheck = ({ defaultMode: mode }, at, errors) =>
  validateMode(mode as number | undefined, at.child('defaultMode'), errors);
const items: SourceCheck = ({ items: files }, at, errors) => validateItems(files as never, at.child('items'), errors);

/** Names of initiators and targets by their three schemes. @see https://www.rfc-editor.org/rfc/rfc3720#section-3.2.6 */
const ISCSI_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.[0-9]{4}-[0-9]{2}\.([a-zA-Z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};

/** `schemeText` is what a name of another scheme is told: it differs between pods' and persistent volumes. */
function validateIscsiName(name: string, schemeText: string, at: FieldPath, errors: Errors): void {
  const format = ISCSI_NAMES[name.slice(0, 3)];
  if (format === undefined) errors.push(fieldInvalid(at, name, schemeText));
  else if (!format.test(name)) errors.push(fieldInvalid(at, name, 'must be valid format'));
}

export const ISCSI_LENGTH_MAX = 64;
export const ISCSI_LENGTH_TEXT =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

/** What an iSCSI source is checked for in both kinds of volume; `more` comes before its initiator's name is judged. */
export function iscsiSource(schemeText: string, more: SourceCheck): SourceCheck {
  return (source, at, errors) => {
    const { iqn, lun, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName } = source;
    if (isEmpty(iqn)) errors.push(fieldRequired(at.child('iqn')));
    else validateIscsiName(textOf(iqn), schemeText, at.child('iqn'), errors);
    validateInRange(Number(lun ?? 0), 0, LUN_MAX, at.child('lun'), errors);
    if ((chapAuthDiscovery || chapAuthSession) && !secretRef) errors.push(fieldRequired(at.child('secretRef')));
    more(source, at, errors);
    if (initiatorName !== undefined) {
      validateIscsiName(textOf(initiatorName), schemeText, at.child('initiatorname'), errors);
    }
  };
}

const fibreChannel: SourceCheck = (source, at, errors) => {
  const { targetWWNs, wwids, lun } = source;
  const wwnsAt = at.child('targetWWNs');
  if (isEmpty(targetWWNs) && isEmpty(wwids)) {
    errors.push(fieldRequired(wwnsAt, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (isEmpty(targetWWNs)) return;
  if (!isEmpty(wwids)) {
    errors.push(fieldInvalid(wwnsAt, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (lun === undefined) errors.push(fieldRequired(at.child('lun'), 'lun is required if targetWWNs is specified'));
  else validateInRange(Number(lun), 0, LUN_MAX, at.child('lun'), errors);
};

const flocker: SourceCheck = (source, at, errors) => {
  const name = textOf(source['datasetName']);
  const uuid = textOf(source['datasetUUID']);
  if (name === '' && uuid === '') errors.push(fieldRequired(at, 'one of datasetName and datasetUUID is required'));
  if (name !== '' && uuid !== '') {
    errors.push(fieldInvalid(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  }
  if (name.includes('/')) errors.push(fieldInvalid(at.child('datasetName'), name, "must not contain '/'"));
};

/** What Go's net.SplitHostPort takes. */
const HOST_AND_PORT = /^(?:\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/;

const quobyte: SourceCheck = (source, at, errors) => {
  const registry = textOf(source['registry']);
  const text = 'must be a host:port pair or multiple pairs separated by commas';
  if (registry === '') {
    errors.push(fieldRequired(at.child('registry'), text));
  } else if (textOf(source['tenant']).length > QUOBYTE_TENANT_LENGTH_MAX) {
    const most = `must be a UUID and may not exceed a length of ${QUOBYTE_TENANT_LENGTH_MAX} characters`;
    errors.push(fieldRequired(at.child('tenant'), most));
  } else {
    for (const pair of registry.split(',')) {
      if (!HOST_AND_PORT.test(pair)) errors.push(fieldInvalid(at.child('registry'), registry, text));
    }
  }
};

/** Options for a driver; those of the project's own domains are the kubelet's to give. */
const flexOptions: SourceCheck = ({ options }, at, errors) => {
  for (const name of Object.keys((options as JsonObject | undefined) ?? {})) {
    const domain = `.${name.split('/', 1)[0]!.toLowerCase()}`;
    if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io')) {
      const text = 'kubernetes.io and k8s.io namespaces are reserved';
      errors.push(fieldInvalid(at.child('options').key(name), name, text));
    }
  }
};

const CACHING_MODES = ['None', 'ReadOnly', 'ReadWrite'];
const DISK_KINDS = ['Dedicated', 'Managed', 'Shared'];
const MANAGED_DISK = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB_DISK = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

const azureDisk: SourceCheck = ({ cachingMode, kind, diskURI }, at, errors) => {
  const uri = textOf(diskURI);
  if (cachingMode !== undefined && !CACHING_MODES.includes(textOf(cachingMode))) {
    errors.push(fieldNotSupported(at.child('cachingMode'), cachingMode, CACHING_MODES));
  }
  if (kind === undefined) return;
  if (!DISK_KINDS.includes(textOf(kind))) errors.push(fieldNotSupported(at.child('kind'), kind, DISK_KINDS));
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', MANAGED_DISK] : ['https://', BLOB_DISK];
  if (!uri.startsWith(start)) errors.push(fieldNotSupported(at.child('diskURI'), uri, [form]));
};

const storageos: SourceCheck = ({ volumeName, volumeNamespace }, at, errors) => {
  if (isEmpty(volumeName)) errors.push(fieldRequired(at.child('volumeName')));
  else validateChecked(textOf(volumeName), checkDns1123Label, at.child('volumeName'), errors);
  if (!isEmpty(volumeNamespace)) {
    validateChecked(textOf(volumeNamespace), checkDns1123Label, at.child('volumeNamespace'), errors);
  }
};

export function validateCsiDriverName(driver: string, at: FieldPath, errors: Errors): void {
  if (driver === '') {
    errors.push(fieldRequired(at));
    return;
  }
  if (driver.length > CSI_DRIVER_LENGTH_MAX) errors.push(fieldTooLong(at, CSI_DRIVER_LENGTH_MAX));
  for (const text of checkDns1123Subdomain(driver.toLowerCase())) errors.push(fieldInvalid(at, driver, text));
}

const inlineCsi: SourceCheck = ({ driver, nodePublishSecretRef }, at, errors) => {
  validateCsiDriverName(textOf(driver), at.child('driver'), errors);
  if (nodePublishSecretRef === undefined) return;
  const name = textOf((nodePublishSecretRef as JsonObject)['name']);
  // Two paths for one field, as upstream has them.
  if (name === '') errors.push(fieldRequired(at.child('nodePublishSecretRef', 'name')));
  else validateChecked(name, checkDns1123Subdomain, at.child('name'), errors);
};

const hostPath: SourceCheck = ({ path, type }, at, errors) => {
  if (isEmpty(path)) {
    errors.push(fieldRequired(at.child('path')));
    return;
  }
  validateNoBacksteps(textOf(path), at.child('path'), errors);
  if (type !== undefined && !HOST_PATH_TYPES.includes(textOf(type))) {
    errors.push(fieldNotSupported(at.child('type'), type, HOST_PATH_TYPES));
  }
};

/** What kinds of volume that exist in pods and as persistent volumes are checked for in both. */
export const SHARED_SOURCES = {
  hostPath,
  gcePersistentDisk: all(required('pdName'), partition),
  awsElasticBlockStore: all(required('volumeID'), partition),
  nfs: all(required('server', 'path'), ({ path }, at, errors) => {
    if (textOf(path).startsWith('/')) return;
    errors.push(fieldInvalid(at.child('path'), textOf(path), 'must be an absolute path'));
  }),
  glusterfs: required('endpoints', 'path'),
  flocker,
  rbd: required('monitors', 'image'),
  cephfs: required('monitors'),
  quobyte: all(quobyte, required('volume')),
  fc: fibreChannel,
  flexVolume: all(required('driver'), flexOptions),
  azureFile: required('secretName', 'shareName'),
  vsphereVolume: required('volumePath'),
  photonPersistentDisk: required('pdID'),
  portworxVolume: required('volumeID'),
  azureDisk: all(required('diskName', 'diskURI'), azureDisk),
  scaleIO: required('gateway', 'system', 'volumeName'),
  storageos,
} satisfies Readonly<Record<string, SourceCheck>>;

/** Checks of pods' volumes that need to know nothing but the source. */
export const POD_SOURCES = {
  ...SHARED_SOURCES,
  emptyDir: ({ sizeLimit }, at, errors) => {
    if (sizeLimit === undefined || nanosOf(String(sizeLimit)) >= 0n) return;
    errors.push(fieldForbidden(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity'));
  },
  gitRepo: all(required('repository'), ({ directory }, at, errors) =>
    validateDescendingPath(textOf(directory), at.child('directory'), errors),
  ),
  secret: all(required('secretName'), defaultMode, items),
  configMap: all(required('name'), defaultMode, items),
  iscsi: all(
    required('targetPortal'),
    iscsiSource('must be valid format starting with iqn, eui, or naa', () => {}),
  ),
  persistentVolumeClaim: required('claimName'),
  cinder: all(required('volumeID'), secretWith('name')),
  downwardAPI: all(defaultMode, ({ items: files }, at, errors) => {
    for (const item of (files ?? []) as JsonObject[]) validateDownwardItem(item as never, at, errors);
  }),
  storageos: all(storageos, secretWith('name')),
  csi: inlineCsi,
} satisfies Readonly<Record<string, SourceCheck>>;
