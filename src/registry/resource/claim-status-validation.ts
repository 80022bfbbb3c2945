import { jsonEqual } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Label } from '../../apimachinery/validation/names.js';
import type {
  ResourceV1AllocatedDeviceStatus,
  ResourceV1AllocationResult,
  ResourceV1DeviceRequestAllocationResult,
  ResourceV1ResourceClaim,
} from '../../apis/types.gen.js';
import { validateNodeSelector } from '../core/affinity-validation.js';
import { validateCsiDriverName } from '../core/volume-sources.js';
import { validateConditions } from '../generic/condition-checks.js';
import {
  LIST_MAX,
  type RequestNames,
  requestNamesOf,
  validateConfiguration,
  validateNameReference,
  validateRawObject,
  validateToleration,
  validateTolerationForm,
  validateUniqueNames,
} from './claim-validation.js';
import { validateDriverForm, validateList, validatePoolName } from './device-names.js';
import { validateBindingConditions } from './slice-validation.js';

const STATUS = FieldPath.root('status');
const RESERVED = STATUS.child('reservedFor');
const ALLOCATION = STATUS.child('allocation');
const RESERVED_MAX = 256;
const DEVICE_CONDITIONS_MAX = 8;
const DATA_BYTES_MAX = 10 * 1024;
const INTERFACE_NAME_BYTES_MAX = 256;
const HARDWARE_ADDRESS_BYTES_MAX = 128;
const SOURCES = ['FromClaim', 'FromClass'];

type Claim = ResourceV1ResourceClaim;

/** What the scheduler and drivers write back. An allocation, once made, stays until it is taken away whole. */
export function validateClaimStatus(claim: Readonly<Claim>, old: Readonly<Claim>, errors: Errors): void {
  const { allocation, reservedFor = [], devices = [] } = claim.status ?? {};
  const before = old.status?.allocation;
  validateReservations(claim, old, errors);
  for (const [i, device] of devices.entries()) {
    validateDeviceStatus(device, allocation, STATUS.child('devices').index(i), errors);
  }
  if (reservedFor.length > 0 && allocation === undefined) {
    errors.push(fieldForbidden(RESERVED, 'may not be specified when `allocated` is not set'));
  } else if (reservedFor.length > 0 && claim.metadata.deletionTimestamp !== undefined) {
    const known = old.status?.reservedFor ?? [];
    if (!reservedFor.every((consumer) => known.some((other) => jsonEqual(consumer, other)))) {
      const text = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
      errors.push(fieldForbidden(RESERVED, text));
    }
  }
  if (allocation !== undefined && before === undefined) {
    validateAllocation(allocation, requestNamesOf(claim.spec?.devices ?? {}), errors);
  }
  if (allocation !== undefined && before !== undefined && !jsonEqual(allocation, before)) {
    errors.push(fieldInvalid(ALLOCATION, null, 'field cannot be modified once set'));
  }
  for (const [i, consumer] of reservedFor.entries()) {
    if (reservedFor.findIndex(({ uid }) => uid === consumer.uid) < i) {
      errors.push(fieldDuplicate(RESERVED.index(i), consumer));
    }
  }
}

function validateReservations(claim: Readonly<Claim>, _old: Readonly<Claim>, errors: Errors): void {
  validateList(claim.status?.reservedFor, RESERVED_MAX, RESERVED, errors, (consumer, at) => {
    for (const name of ['resource', 'name', 'uid'] as const) {
      if (!consumer[name]) errors.push(fieldRequired(at.child(name)));
    }
  });
}

const deviceId = ({
  driver,
  pool,
  device,
  shareID,
}: {
  driver: string;
  pool: string;
  device: string;
  shareID?: string;
}) => [driver, pool, device, ...(shareID ? [shareID] : [])].join('/');

function validateDeviceStatus(
  device: ResourceV1AllocatedDeviceStatus,
  allocation: ResourceV1AllocationResult | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  validateCsiDriverName(device.driver ?? '', at.child('driver'), errors);
  validatePoolName(device.pool, at.child('pool'), errors);
  validateChecked(device.device ?? '', checkDns1123Label, at.child('device'), errors);
  const id = deviceId(device);
  if (!(allocation?.devices?.results ?? []).some((result) => deviceId(result) === id)) {
    errors.push(fieldInvalid(at, id, 'must be an allocated device in the claim'));
  }
  const conditions = device.conditions ?? [];
  const conditionsAt = at.child('conditions');
  if (conditions.length > DEVICE_CONDITIONS_MAX) {
    errors.push(fieldTooMany(conditionsAt, conditions.length, DEVICE_CONDITIONS_MAX));
  }
  validateConditions(conditions, conditionsAt, errors);
  if (device.data !== undefined) validateRawObject(device.data, at.child('data'), DATA_BYTES_MAX, errors);
  const { interfaceName = '', hardwareAddress = '' } = device.networkData ?? {};
  const networkAt = at.child('networkData');
  if (byteLength(interfaceName) > INTERFACE_NAME_BYTES_MAX) {
    errors.push(fieldTooLong(networkAt.child('interfaceName'), INTERFACE_NAME_BYTES_MAX));
  }
  if (byteLength(hardwareAddress) > HARDWARE_ADDRESS_BYTES_MAX) {
    errors.push(fieldTooLong(networkAt.child('hardwareAddress'), HARDWARE_ADDRESS_BYTES_MAX));
  }
}

function validateAllocation(allocation: ResourceV1AllocationResult, names: RequestNames, errors: Errors): void {
  const { results, config } = allocation.devices ?? {};
  const at = ALLOCATION.child('devices');
  validateList(results, LIST_MAX, at.child('results'), errors, (result, here) =>
    validateResult(result, names, here, errors),
  );
  validateList(config, 2 * LIST_MAX, at.child('config'), errors, (one, here) => {
    for (const [i, name] of (one.requests ?? []).entries()) {
      validateNameReference(name, names, here.child('requests').index(i), errors);
    }
    validateConfiguration(one.opaque, here, errors);
  });
  if (allocation.nodeSelector) validateNodeSelector(allocation.nodeSelector, ALLOCATION.child('nodeSelector'), errors);
  for (const [i, result] of (results ?? []).entries()) {
    const here = at.child('results').index(i);
    validateDriverForm(result.driver, here.child('driver'), errors);
    validatePoolName(result.pool, here.child('pool'), errors);
    for (const [j, toleration] of (result.tolerations ?? []).entries()) {
      validateTolerationForm(toleration, here.child('tolerations').index(j), errors);
    }
  }
  for (const [i, one] of (config ?? []).entries()) {
    const here = at.child('config').index(i);
    if (!one.source) errors.push(fieldRequired(here.child('source')));
    else if (!SOURCES.includes(one.source)) errors.push(fieldNotSupported(here.child('source'), one.source, SOURCES));
    validateUniqueNames(one.requests, here.child('requests'), errors);
    if (one.opaque) validateDriverForm(one.opaque.driver, here.child('opaque', 'driver'), errors);
  }
}

function validateResult(
  result: ResourceV1DeviceRequestAllocationResult,
  names: RequestNames,
  at: FieldPath,
  errors: Errors,
): void {
  validateNameReference(result.request ?? '', names, at.child('request'), errors);
  validateChecked(result.device ?? '', checkDns1123Label, at.child('device'), errors);
  validateBindingConditions(result, at, errors);
  for (const [i, toleration] of (result.tolerations ?? []).entries()) {
    validateToleration(toleration, at.child('tolerations').index(i), errors);
  }
}
