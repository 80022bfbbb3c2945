import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldForbidden, fieldInvalid, fieldTooMany } from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, dns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import type {
  ResourceV1DeviceClaim,
  ResourceV1DeviceClass,
  ResourceV1DeviceTaint,
  ResourceV1DeviceTaintRule,
  ResourceV1ResourceClaim,
  ResourceV1ResourceClaimTemplate,
  ResourceV1ResourceSlice,
} from '../../apis/types.gen.js';
import { validateTemplateMetadata } from '../core/volume-claim-validation.js';
import { validateCsiDriverName } from '../core/volume-sources.js';
import { validateConditions } from '../generic/condition-checks.js';
import { gatedFields } from '../generic/gated-fields.js';
import type { KindTraits } from '../generic/generic-strategy.js';
import { internalForm } from '../generic/internal-form.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import { validateClaimStatus } from './claim-status-validation.js';
import { validateConfiguration, validateDeviceClaim, validateEach, validateSelectors } from './claim-validation.js';
import {
  declaredClaim,
  declaredClaimTemplate,
  declaredClass,
  declaredSlice,
  declaredTaintRule,
  LIST_MAX,
} from './declared.js';
import { validatePoolName } from './device-names.js';
import { validateSlice, validateTaint } from './slice-validation.js';

/** @see https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */

const SPEC = FieldPath.root('spec');
const TAINT_RULE_CONDITIONS_MAX = 8;
const DERIVED = ['exactly', 'firstAvailable.*'].map((request) => `devices.requests.*.${request}.derivedAttributes`);
/** A namespace with this label may claim devices that are in use. */
const ADMIN_LABEL = 'resource.kubernetes.io/admin-access';

interface DeviceName {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string;
}

const traits = (kind: string, more: Partial<KindTraits>): KindTraits => ({
  kind: { group: 'resource.k8s.io', version: 'v1', kind },
  namespaced: false,
  returnsDeletedObject: true,
  ...more,
});

function defaultRequests(claim: ResourceV1DeviceClaim | undefined): void {
  for (const { exactly, firstAvailable = [] } of claim?.requests ?? []) {
    for (const request of exactly ? [exactly, ...firstAvailable] : firstAvailable) {
      request.allocationMode ||= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ||= 1;
    }
  }
}

/** Access to devices that others use is for namespaces that an administrator has marked. */
function validateAdminAccess(
  claim: ResourceV1DeviceClaim | undefined,
  namespace: string,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const i = (claim?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  if (i < 0) return;
  const at = SPEC.child('devices', 'requests').index(i).child('adminAccess');
  validateAdminNamespace(namespace, at, errors, environment);
}

/** What was granted before stays so. */
function validateAdminStatus(
  claim: Readonly<ResourceV1ResourceClaim>,
  old: Readonly<ResourceV1ResourceClaim>,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const granted = ({ status }: Readonly<ResourceV1ResourceClaim>) =>
    (status?.allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess === true);
  const i = granted(claim);
  if (i < 0 || granted(old) >= 0) return;
  const at = FieldPath.root('status', 'allocation', 'devices', 'results').index(i).child('adminAccess');
  validateAdminNamespace(claim.metadata.namespace ?? '', at, errors, environment);
}

function validateAdminNamespace(
  namespace: string,
  at: FieldPath,
  errors: Errors,
  { registry }: PolicyEnvironment,
): void {
  const labels = field(registry.find('', 'namespaces')?.store?.find(namespace)?.decode(), 'metadata', 'labels');
  if ((labels as JsonObject | undefined)?.[ADMIN_LABEL] === 'true') return;
  const text = `admin access to devices requires the \`${ADMIN_LABEL}: true\` label on the containing namespace`;
  errors.push(fieldForbidden(at, text));
}

const deviceKey = ({ driver, pool, device, shareID }: DeviceName): string =>
  JSON.stringify([driver, pool, device, shareID ?? '']);

/** What drivers tell of a device goes when the device is no longer the claim's. */
function dropDeallocated(claim: ResourceV1ResourceClaim, old: Readonly<ResourceV1ResourceClaim>): void {
  const { status } = claim;
  if (!status?.devices) return;
  const gone = new Set((old.status?.allocation?.devices?.results ?? []).map(deviceKey));
  for (const result of status.allocation?.devices?.results ?? []) gone.delete(deviceKey(result));
  const kept = status.devices.filter((device) => !gone.has(deviceKey(device)));
  const { devices: _, ...rest } = status;
  claim.status = kept.length > 0 ? { ...rest, devices: kept } : rest;
}

const resourceClaimPolicy = ruledPolicy<ResourceV1ResourceClaim>({
  resource: 'resourceclaims',
  traits: traits('ResourceClaim', { namespaced: true, hasStatus: true, statusKeepsMetadata: true }),
  defaults: { v1: (object: KubeObject) => defaultRequests((object as ResourceV1ResourceClaim).spec?.devices) },
  validate: ({ metadata, spec }, errors, environment) => {
    validateAdminAccess(spec?.devices, metadata.namespace ?? '', errors, environment);
    validateDeviceClaim(spec?.devices ?? {}, SPEC.child('devices'), errors, environment);
  },
  validateUpdate: () => {},
  validateStatus: (claim, old, errors, environment) => {
    validateAdminStatus(claim, old, errors, environment);
    validateClaimStatus(claim, old, errors);
  },
  prepareForStatus: dropDeallocated,
  declared: declaredClaim,
  disabled: gatedFields({
    DRADerivedAttributes: DERIVED.map((path) => `spec.${path}`),
    DRAOptionalNodeOperations: ['status.allocation.devices.results.*.skipNodeOperations'],
  }),
});

const resourceClaimTemplatePolicy = ruledPolicy<ResourceV1ResourceClaimTemplate>({
  resource: 'resourceclaimtemplates',
  traits: traits('ResourceClaimTemplate', { namespaced: true }),
  defaults: {
    v1: (object: KubeObject) => defaultRequests((object as ResourceV1ResourceClaimTemplate).spec?.spec?.devices),
  },
  validate: ({ metadata, spec }, errors, environment) => {
    const claim = spec?.spec?.devices;
    validateAdminAccess(claim, metadata.namespace ?? '', errors, environment);
    validateTemplateMetadata(spec?.metadata ?? {}, SPEC.child('metadata'), errors);
    validateDeviceClaim(claim ?? {}, SPEC.child('spec', 'devices'), errors, environment);
  },
  validateUpdate: ({ spec }, old, errors, environment) => {
    if (jsonEqual(spec, old.spec)) return;
    const { catalogue } = environment;
    validateTemplateMetadata(spec?.metadata ?? {}, SPEC.child('metadata'), errors);
    validateDeviceClaim(spec?.spec?.devices ?? {}, SPEC.child('spec', 'devices'), errors, environment);
    const schema = catalogue.schemaOf('resource.v1.ResourceClaimSpec');
    const shown = { ...spec?.metadata, Spec: internalForm(schema, spec?.spec ?? {}) };
    errors.push(fieldInvalid(SPEC, shown as JsonObject, IMMUTABLE_TEXT));
  },
  declared: declaredClaimTemplate,
  disabled: gatedFields({ DRADerivedAttributes: DERIVED.map((path) => `spec.spec.${path}`) }),
});

const deviceClassPolicy = ruledPolicy<ResourceV1DeviceClass>({
  resource: 'deviceclasses',
  traits: traits('DeviceClass', {
    generation: 'spec',
    // The rule stands in the type, and is told where the type's rules are.
    nameRule: (name, prefix) => (prefix ? dns1123Subdomain(name, true) : []),
  }),
  validate: validateClass,
  validateUpdate: (deviceClass, old, errors, environment) => {
    const kept = jsonEqual(deviceClass.spec?.selectors ?? [], old.spec?.selectors ?? []);
    const { expressions: _, ...without } = environment;
    validateClass(deviceClass, errors, kept ? without : environment);
  },
  declared: declaredClass,
});

function validateClass(
  { spec }: Readonly<ResourceV1DeviceClass>,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const { selectors, config } = spec ?? {};
  validateSelectors(selectors, SPEC.child('selectors'), errors, environment);
  validateEach(config, LIST_MAX, SPEC.child('config'), ({ opaque }, at) => validateConfiguration(opaque, at, errors));
}

/** Taints tell since when they hold. */
function stampTaint(taint: ResourceV1DeviceTaint | undefined, { now }: PolicyEnvironment): void {
  if (taint) taint.timeAdded ||= formatTime(Math.floor(now() / 1000));
}

function stampSlice(slice: ResourceV1ResourceSlice, environment: PolicyEnvironment): void {
  for (const { taints = [] } of slice.spec?.devices ?? []) for (const taint of taints) stampTaint(taint, environment);
}

const resourceSlicePolicy = ruledPolicy<ResourceV1ResourceSlice>({
  resource: 'resourceslices',
  traits: traits('ResourceSlice', { generation: 'spec' }),
  prepareForCreate: stampSlice,
  prepareForUpdate: (slice, _old, environment) => stampSlice(slice, environment),
  validate: (slice, errors) => validateSlice(slice, undefined, errors),
  validateUpdate: validateSlice,
  declared: declaredSlice,
  disabled: gatedFields({
    DRADeviceCompatibilityGroups: ['spec.devices.*.consumesCounters.*.compatibilityGroups'],
    DRAListTypeAttributes: ['ints', 'bools', 'strings', 'versions'].map(
      (kind) => `spec.devices.*.attributes.*.${kind}`,
    ),
    DRANodeAllocatableResources: ['spec.devices.*.nodeAllocatableResources'],
    DRAOptionalNodeOperations: ['spec.skipNodeOperations'],
    DRAPartitionableDevicesType: ['spec.partitionTypeAttribute'],
  }),
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }),
});

const deviceTaintRulePolicy = ruledPolicy<ResourceV1DeviceTaintRule>({
  resource: 'devicetaintrules',
  traits: traits('DeviceTaintRule', {
    returnsDeletedObject: false,
    hasStatus: true,
    statusKeepsMetadata: true,
    generation: 'spec',
    allowUnconditionalUpdate: false,
  }),
  prepareForCreate: ({ spec }, environment) => stampTaint(spec?.taint, environment),
  prepareForUpdate: ({ spec }, old, environment) => {
    const taint = spec?.taint;
    const before = old.spec?.taint;
    // Another effect starts anew, unless the client says since when.
    if (taint && taint.effect !== before?.effect && taint.timeAdded === before?.timeAdded) delete taint.timeAdded;
    stampTaint(taint, environment);
  },
  validate: validateTaintRule,
  declared: declaredTaintRule,
  validateStatus: ({ status }, _old, errors) => {
    const conditions = status?.conditions ?? [];
    const at = FieldPath.root('status', 'conditions');
    validateConditions(conditions, at, errors);
    if (conditions.length > TAINT_RULE_CONDITIONS_MAX) {
      errors.push(fieldTooMany(at, conditions.length, TAINT_RULE_CONDITIONS_MAX));
    }
  },
});

function validateTaintRule({ spec }: Readonly<ResourceV1DeviceTaintRule>, errors: Errors): void {
  const { driver, pool, device } = spec?.deviceSelector ?? {};
  const at = SPEC.child('deviceSelector');
  if (driver !== undefined) validateCsiDriverName(driver, at.child('driver'), errors);
  if (pool !== undefined) validatePoolName(pool, at.child('pool'), errors);
  if (device !== undefined) validateChecked(device, checkDns1123Label, at.child('device'), errors);
  validateTaint(spec?.taint ?? { key: '', effect: '' }, SPEC.child('taint'), errors);
}

export const resourcePolicies: readonly KindPolicy[] = [
  resourceClaimPolicy,
  resourceClaimTemplatePolicy,
  deviceClassPolicy,
  resourceSlicePolicy,
  deviceTaintRulePolicy,
];
