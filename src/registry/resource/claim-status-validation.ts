import { jsonEqual } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { checkInterfaceAddress } from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Label } from '../../apimachinery/validation/names.js';
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
  type RequestNames,
  requestNamesOf,
  validateConfiguration,
  validateEach,
  validateNameReference,
  validateRawObject,
  validateToleration,
} from './claim-validation.js';
import { LIST_MAX } from './declared.js';
import { validatePoolName } from './device-names.js';
import { validateBindingConditions } from './slice-validation.js';

const STATUS = FieldPath.root('status');
const RESERVED = STATUS.child('reservedFor');
const ALLOCATION = STATUS.child('allocation');
const RESERVED_MAX = 256;
const DEVICE_CONDITIONS_MAX = 8;
const DATA_BYTES_MAX = 10 * 1024;
const ADDRESSES_MAX = 16;

type Claim = ResourceV1ResourceClaim;

/** What the scheduler and drivers write back. An allocation, once made, stays until it is taken away whole. */
export function validateClaimStatus(claim: Readonly<Claim>, old: Readonly<Claim>, errors: Errors): void {
  const { allocation, reservedFor = [], devices = [] } = claim.status ?? {};
  const before = old.status?.allocation;
  validateReservations(claim, errors);
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
}

function validateReservations(claim: Readonly<Claim>, errors: Errors): void {
  validateEach(claim.status?.reservedFor, RESERVED_MAX, RESERVED, (consumer, at) => {
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
    const { driver = '', pool = '', shareID = '' } = device;
    const shown = { Driver: driver, Pool: pool, Device: device.device ?? '', ShareID: shareID };
    errors.push(fieldInvalid(at, shown, 'must be an allocated device in the claim'));
  }
  const conditions = device.conditions ?? [];
  const conditionsAt = at.child('conditions');
  if (conditions.length > DEVICE_CONDITIONS_MAX) {
    errors.push(fieldTooMany(conditionsAt, conditions.length, DEVICE_CONDITIONS_MAX));
  }
  validateConditions(conditions, conditionsAt, errors);
  if (device.data !== undefined) validateRawObject(device.data, at.child('data'), DATA_BYTES_MAX, errors);
  const addressesAt = at.child('networkData', 'ips');
  validateEach(device.networkData?.ips, ADDRESSES_MAX, addressesAt, (address, here) =>
    validateChecked(address, checkInterfaceAddress, here, errors),
  );
}

function validateAllocation(allocation: ResourceV1AllocationResult, names: RequestNames, errors: Errors): void {
  const { results, config } = allocation.devices ?? {};
  const at = ALLOCATION.child('devices');
  validateEach(results, LIST_MAX, at.child('results'), (result, here) => validateResult(result, names, here, errors));
  validateEach(config, 2 * LIST_MAX, at.child('config'), (one, here) => {
    validateEach(one.requests, LIST_MAX, here.child('requests'), (name, each) =>
      validateNameReference(name, names, each, errors),
    );
    validateConfiguration(one.opaque, here, errors);
  });
  if (allocation.nodeSelector) validateNodeSelector(allocation.nodeSelector, ALLOCATION.child('nodeSelector'), errors);
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
  for (const [i, toleration] of entriesOf(result.tolerations)) {
    validateToleration(toleration, at.child('tolerations').index(i), errors);
  }
}
