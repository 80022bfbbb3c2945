import { type JsonValue, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked, validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import { byteLength, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT, validateImmutable } from '../../apimachinery/validation/object-meta.js';
import { checkQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  StorageV1CSIDriver,
  StorageV1CSINode,
  StorageV1CSINodeDriver,
  StorageV1CSIStorageCapacity,
  StorageV1TokenRequest,
} from '../../apis/types.gen.js';
import { validateCsiDriverName } from '../core/volume-sources.js';
import { gatedFields } from '../generic/gated-fields.js';
import type { KindTraits } from '../generic/generic-strategy.js';
import { nodeSelectorWarnings } from '../generic/node-labels.js';
import { validateNonNegativeQuantity } from '../generic/resource-names.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

/** What drivers of volumes tell of themselves. @see https://kubernetes-csi.github.io/docs/ */

const SPEC = FieldPath.root('spec');
const FS_GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const LIFECYCLE_MODES = ['Persistent', 'Ephemeral'];
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;
const UPDATE_PERIOD_SECONDS_MIN = 10;
const NODE_ID_BYTES_MAX = 256;

const traits = (kind: string, more: Partial<KindTraits>): KindTraits => ({
  kind: { group: 'storage.k8s.io', version: 'v1', kind },
  namespaced: false,
  allowUnconditionalUpdate: false,
  ...more,
});

function driverDefaults(object: KubeObject): void {
  const driver = object as StorageV1CSIDriver;
  driver.spec ??= {};
  const { spec } = driver;
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
  spec.preventPodSchedulingIfMissing ??= false;
}

export const csiDriverPolicy = ruledPolicy<StorageV1CSIDriver>({
  resource: 'csidrivers',
  traits: traits('CSIDriver', { returnsDeletedObject: true }),
  defaults: { v1: driverDefaults },
  // The first change of a spec makes generation 1: none is given on create.
  changed: (driver, old) => !jsonEqual(driver.spec, old.spec),
  validate: validateDriver,
  validateUpdate: (driver, old, errors) => {
    validateDriver(driver, errors);
    const { attachRequired, volumeLifecycleModes } = driver.spec ?? {};
    validateImmutable(attachRequired, old.spec?.attachRequired, SPEC.child('attachedRequired'), errors);
    const modesAt = SPEC.child('volumeLifecycleModes');
    validateImmutable(volumeLifecycleModes, old.spec?.volumeLifecycleModes, modesAt, errors);
  },
  warnings: ({ spec }, old) =>
    (spec?.tokenRequests ?? []).length > 0 &&
    spec?.serviceAccountTokenInSecrets === undefined &&
    !(old !== undefined && jsonEqual(spec.tokenRequests as JsonValue, old.spec?.tokenRequests as JsonValue))
      ? [
          'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
        ]
      : [],
});

function validateDriver(driver: Readonly<StorageV1CSIDriver>, errors: Errors): void {
  const { fsGroupPolicy = '', volumeLifecycleModes = [] } = driver.spec ?? {};
  if (!FS_GROUP_POLICIES.includes(fsGroupPolicy)) {
    errors.push(fieldNotSupported(SPEC.child('fsGroupPolicy'), fsGroupPolicy, FS_GROUP_POLICIES));
  }
  validateTokenRequests(driver.spec?.tokenRequests ?? [], errors);
  const modesAt = SPEC.child('volumeLifecycleModes');
  for (const mode of volumeLifecycleModes) {
    if (!LIFECYCLE_MODES.includes(mode)) errors.push(fieldNotSupportedAsListed(modesAt, mode, LIFECYCLE_MODES));
  }
  validateUpdatePeriod(driver, errors);
  const { serviceAccountTokenInSecrets: inSecrets, tokenRequests = [] } = driver.spec ?? {};
  if (inSecrets !== undefined && tokenRequests.length === 0) {
    const text = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(fieldInvalid(SPEC.child('serviceAccountTokenInSecrets'), inSecrets, text));
  }
}

function validateTokenRequests(requests: readonly StorageV1TokenRequest[], errors: Errors): void {
  const audiences = new Set<string>();
  for (const [i, { audience = '', expirationSeconds: seconds }] of requests.entries()) {
    const at = SPEC.child('tokenRequests').index(i);
    if (audiences.has(audience)) {
      errors.push(fieldDuplicate(at.child('audience'), audience));
      continue;
    }
    audiences.add(audience);
    if (seconds !== undefined && seconds < TOKEN_SECONDS_MIN) {
      const text = 'may not specify a duration less than 10 minutes';
      errors.push(fieldInvalid(at.child('expirationSeconds'), seconds, text));
    }
    if (seconds !== undefined && seconds > TOKEN_SECONDS_MAX) {
      const text = 'may not specify a duration larger than 2^32 seconds';
      errors.push(fieldInvalid(at.child('expirationSeconds'), seconds, text));
    }
  }
}

function validateUpdatePeriod({ spec }: Readonly<StorageV1CSIDriver>, errors: Errors): void {
  const seconds = spec?.nodeAllocatableUpdatePeriodSeconds;
  if (seconds !== undefined && seconds < UPDATE_PERIOD_SECONDS_MIN) {
    const text = `must be greater than or equal to ${UPDATE_PERIOD_SECONDS_MIN} seconds`;
    errors.push(fieldInvalid(SPEC.child('nodeAllocatableUpdatePeriodSeconds'), seconds, text));
  }
}

export const csiNodePolicy = ruledPolicy<StorageV1CSINode>({
  resource: 'csinodes',
  traits: traits('CSINode', { hasStatus: true, returnsDeletedObject: true }),
  disabled: gatedFields({ CSIVolumeHealth: ['status.storageHealth'] }),
  validate: validateNode,
  validateUpdate: (node, old, errors) => {
    validateNode(node, errors);
    for (const before of old.spec?.drivers ?? []) {
      for (const now of node.spec?.drivers ?? []) {
        if (now.name !== before.name || jsonEqual(fixedPart(now), fixedPart(before))) continue;
        errors.push(fieldInvalid(SPEC.child('drivers'), shownDriver(now), IMMUTABLE_TEXT));
      }
    }
  },
});

/** How many volumes a node takes may be counted anew. */
const fixedPart = ({ allocatable: _, ...rest }: StorageV1CSINodeDriver) => rest;

const shownDriver = ({ name, nodeID, topologyKeys }: StorageV1CSINodeDriver) => ({
  Name: name ?? '',
  NodeID: nodeID ?? '',
  TopologyKeys: topologyKeys ?? null,
  Allocatable: null,
});

function validateNode({ spec }: Readonly<StorageV1CSINode>, errors: Errors): void {
  const names = new Set<string>();
  for (const [i, driver] of entriesOf(spec?.drivers)) {
    validateNodeDriver(driver, names, SPEC.child('drivers').index(i), errors);
  }
}

function validateNodeDriver(driver: StorageV1CSINodeDriver, names: Set<string>, at: FieldPath, errors: Errors): void {
  const { name = '', nodeID = '', allocatable, topologyKeys } = driver;
  validateCsiDriverName(name, at.child('name'), errors);
  if (nodeID === '') errors.push(fieldRequired(at.child('nodeID')));
  if (byteLength(nodeID) > NODE_ID_BYTES_MAX) {
    errors.push(fieldInvalid(at.child('nodeID'), nodeID, `must be ${NODE_ID_BYTES_MAX} characters or less`));
  }
  validateNonNegative(allocatable?.count, at.child('allocatable', 'count'), errors);
  if (names.has(name)) errors.push(fieldDuplicate(at.child('name'), name));
  names.add(name);
  const keys = new Set<string>();
  for (const key of topologyKeys ?? []) {
    if (key === '') errors.push(fieldRequired(at));
    if (keys.has(key)) errors.push(fieldDuplicate(at, key));
    keys.add(key);
    validateChecked(key, checkQualifiedName, at, errors);
  }
}

const CLASS_NAME = FieldPath.root('storageClassName');
const TOPOLOGY = FieldPath.root('nodeTopology');

export const csiStorageCapacityPolicy = ruledPolicy<StorageV1CSIStorageCapacity>({
  resource: 'csistoragecapacities',
  traits: traits('CSIStorageCapacity', { namespaced: true }),
  validate: validateCapacity,
  validateUpdate: (capacity, old, errors) => {
    validateCapacity(capacity, errors);
    validateImmutable(capacity.nodeTopology, old.nodeTopology, TOPOLOGY, errors);
    validateImmutable(capacity.storageClassName, old.storageClassName, CLASS_NAME, errors);
  },
  warnings: ({ nodeTopology }) => nodeSelectorWarnings(nodeTopology, TOPOLOGY),
});

function validateCapacity(object: Readonly<StorageV1CSIStorageCapacity>, errors: Errors): void {
  const { nodeTopology, storageClassName = '', capacity } = object;
  validateLabelSelector(nodeTopology, TOPOLOGY, errors);
  validateChecked(storageClassName, checkDns1123Subdomain, CLASS_NAME, errors);
  if (capacity !== undefined) validateNonNegativeQuantity(capacity, FieldPath.root('capacity'), errors);
}
