import { jsonEqual } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import { checkLabelValue, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  ResourceV1CounterSet,
  ResourceV1Device,
  ResourceV1DeviceTaint,
  ResourceV1ResourceSlice,
  ResourceV1ResourceSliceSpec,
} from '../../apis/types.gen.js';
import { validateNodeSelector } from '../core/affinity-validation.js';
import { validateCsiDriverName } from '../core/volume-sources.js';
import { validateEach } from './claim-validation.js';
import { validateAttributes, validateCapacities } from './device-content-validation.js';
import { validateList, validatePoolName } from './device-names.js';

const SPEC = FieldPath.root('spec');
const DEVICES = SPEC.child('devices');
const DEVICES_MAX = 128;
/** With taints or counters. */
const RICH_DEVICES_MAX = 64;
const COUNTER_SETS_MAX = 8;
const COUNTERS_MAX = 32;
const COUNTER_USES_MAX = 2;
const TAINTS_MAX = 16;
const BINDING_CONDITIONS_MAX = 4;
const REQUIRED_TEXT = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
const OWN_NODE_TEXT =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';

/** The devices of one driver, on one node, on some or on all. */
export function validateSlice(
  slice: Readonly<ResourceV1ResourceSlice>,
  old: Readonly<ResourceV1ResourceSlice> | undefined,
  errors: Errors,
): void {
  const spec = slice.spec ?? ({} as ResourceV1ResourceSliceSpec);
  const { driver = '', pool, sharedCounters } = spec;
  validateCsiDriverName(driver, SPEC.child('driver'), errors);
  const { name, resourceSliceCount = 0, generation = 0 } = pool ?? {};
  const poolAt = SPEC.child('pool');
  validatePoolName(name, poolAt.child('name'), errors);
  if (resourceSliceCount <= 0) {
    errors.push(fieldInvalid(poolAt.child('resourceSliceCount'), resourceSliceCount, 'must be greater than zero'));
  }
  if (generation < 0) {
    errors.push(fieldInvalid(poolAt.child('generation'), generation, 'must be greater than or equal to zero'));
  }
  if (old !== undefined) {
    validateImmutable(name ?? '', old.spec?.pool?.name ?? '', poolAt.child('name'), errors);
    validateImmutable(driver, old.spec?.driver ?? '', SPEC.child('driver'), errors);
    validateImmutable(spec.nodeName, old.spec?.nodeName, SPEC.child('nodeName'), errors);
  }
  validatePlace(spec, errors);
  if (sharedCounters !== undefined && spec.devices !== undefined) {
    errors.push(fieldInvalid(SPEC, '', 'only one of `sharedCounters` or `devices` is allowed'));
  }
  validateDevices(spec, old?.spec, errors);
  const setsAt = SPEC.child('sharedCounters');
  validateEach(sharedCounters, COUNTER_SETS_MAX, setsAt, ({ counters }, at) =>
    validateCounters(counters, at.child('counters'), errors),
  );
}

function validatePlace(spec: ResourceV1ResourceSliceSpec, errors: Errors): void {
  const { nodeName, nodeSelector } = spec;
  const chosen: string[] = [];
  if (nodeName !== undefined) {
    const at = SPEC.child('nodeName');
    if (nodeName === '') errors.push(fieldInvalid(at, nodeName, 'must be either unset or set to a non-empty string'));
    else {
      chosen.push('`nodeName`');
      validateChecked(nodeName, checkDns1123Subdomain, at, errors);
    }
  }
  if (nodeSelector !== undefined) {
    chosen.push('`nodeSelector`');
    const at = SPEC.child('nodeSelector');
    validateNodeSelector(nodeSelector, at, errors);
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      errors.push(fieldInvalid(at.child('nodeSelectorTerms'), terms, 'must have exactly one node selector term'));
    }
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[name] === true) chosen.push(`\`${name}\``);
    else if (spec[name] === false) {
      errors.push(fieldInvalid(SPEC.child(name), false, 'must be either unset or set to true'));
    }
  }
  if (chosen.length === 0) errors.push(fieldRequired(SPEC, REQUIRED_TEXT));
  else if (chosen.length > 1) {
    errors.push(fieldInvalid(SPEC, `{${chosen.join(', ')}}`, `${REQUIRED_TEXT}, but multiple fields are set`));
  }
}

const isRich = ({ taints, consumesCounters }: ResourceV1Device): boolean =>
  (taints ?? []).length > 0 || (consumesCounters ?? []).length > 0;

function validateDevices(
  spec: ResourceV1ResourceSliceSpec,
  old: ResourceV1ResourceSliceSpec | undefined,
  errors: Errors,
): void {
  const devices = spec.devices ?? [];
  const max = devices.some(isRich) ? RICH_DEVICES_MAX : DEVICES_MAX;
  if (devices.length > max) {
    errors.push(fieldTooMany(DEVICES, devices.length, max));
    return;
  }
  const before = new Map((old?.devices ?? []).map((device) => [device.name, device]));
  for (const [i, device] of devices.entries()) {
    validateDevice(device, before.get(device.name), spec.perDeviceNodeSelection === true, DEVICES.index(i), errors);
  }
  const names = new Set<string>();
  for (const [i, { name = '' }] of devices.entries()) {
    if (names.has(name)) errors.push(fieldDuplicate(DEVICES.index(i), name));
    names.add(name);
  }
}

function validateDevice(
  device: ResourceV1Device,
  old: ResourceV1Device | undefined,
  ownNodes: boolean,
  at: FieldPath,
  errors: Errors,
): void {
  validateChecked(device.name ?? '', checkDns1123Label, at.child('name'), errors);
  validateAttributes(device, at, errors);
  if (old === undefined || !jsonEqual(old.capacity ?? {}, device.capacity ?? {})) {
    validateCapacities(device, at.child('capacity'), errors);
  }
  if (old === undefined || !jsonEqual(old.taints ?? [], device.taints ?? [])) {
    validateList(device.taints, TAINTS_MAX, at.child('taints'), errors, (taint, here) =>
      validateTaint(taint, here, errors),
    );
  }
  validateEach(device.consumesCounters, COUNTER_USES_MAX, at.child('consumesCounters'), ({ counters }, here) =>
    validateCounters(counters, here.child('counters'), errors),
  );
  validateDevicePlace(device, ownNodes, at, errors);
  validateBindingConditions(device, at, errors);
}

function validateDevicePlace(device: ResourceV1Device, ownNodes: boolean, at: FieldPath, errors: Errors): void {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!ownNodes) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return;
    const text =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    errors.push(fieldInvalid(at, null, text));
    return;
  }
  const chosen: string[] = [];
  if (nodeName === '') errors.push(fieldInvalid(at.child('nodeName'), nodeName, 'must not be empty'));
  else if (nodeName !== undefined) {
    chosen.push('`nodeName`');
    validateChecked(nodeName, checkDns1123Subdomain, at.child('nodeName'), errors);
  }
  if (nodeSelector !== undefined) {
    chosen.push('`nodeSelector`');
    validateNodeSelector(nodeSelector, at.child('nodeSelector'), errors);
  }
  if (allNodes === true) chosen.push('`allNodes`');
  else if (allNodes === false) {
    errors.push(fieldInvalid(at.child('allNodes'), false, 'must be either unset or set to true'));
  }
  if (chosen.length === 0) errors.push(fieldRequired(at, OWN_NODE_TEXT));
  else if (chosen.length > 1) errors.push(fieldInvalid(at, `{${chosen.join(', ')}}`, OWN_NODE_TEXT));
}

export function validateTaint(taint: ResourceV1DeviceTaint, at: FieldPath, errors: Errors): void {
  const { key = '', value = '' } = taint;
  validateQualifiedName(key, at.child('key'), errors);
  if (value !== '')
    for (const text of checkLabelValue(value)) errors.push(fieldInvalid(at.child('value'), value, text));
}

interface Binding {
  readonly bindingConditions?: string[];
  readonly bindingFailureConditions?: string[];
}

/** Conditions to wait for before a pod may use a device, and those that end the wait. */
export function validateBindingConditions(binding: Binding, at: FieldPath, errors: Errors): void {
  const { bindingConditions: good = [], bindingFailureConditions: bad = [] } = binding;
  const goodAt = at.child('bindingConditions');
  const badAt = at.child('bindingFailureConditions');
  for (const [names, here] of [
    [good, goodAt],
    [bad, badAt],
  ] as const) {
    validateEach(names, BINDING_CONDITIONS_MAX, here, (name, each) => validateQualifiedName(name, each, errors));
  }
  for (const [i, name] of good.entries())
    if (good.indexOf(name) < i) errors.push(fieldDuplicate(goodAt.index(i), name));
  for (const [i, name] of bad.entries()) {
    if (bad.indexOf(name) < i) errors.push(fieldDuplicate(badAt.index(i), name));
    if (good.includes(name)) {
      errors.push(
        fieldInvalid(badAt.index(i), name, 'bindingFailureConditions must not overlap with bindingConditions'),
      );
    }
  }
  if (good.length === 0 && bad.length > 0) {
    const text = 'bindingConditions are required to use bindingFailureConditions';
    errors.push(fieldInvalid(goodAt, binding.bindingConditions ?? null, text));
  }
  if (bad.length === 0 && good.length > 0) {
    const text = 'bindingFailureConditions are required to use bindingConditions';
    errors.push(fieldInvalid(badAt, binding.bindingFailureConditions ?? null, text));
  }
}

/** Names are told of by the type; with too many of them nothing is. */
function validateCounters(counters: ResourceV1CounterSet['counters'] | undefined, at: FieldPath, errors: Errors): void {
  const count = Object.keys(counters ?? {}).length;
  if (count > COUNTERS_MAX) errors.push(fieldTooMany(at, count, COUNTERS_MAX));
}
