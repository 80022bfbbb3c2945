import {
  compareQuantities,
  isInteger,
  isMilliInteger,
  nanosOf,
  Quantity,
} from '../../apimachinery/runtime/quantity.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { byteLength } from '../../apimachinery/validation/names.js';
import type {
  ResourceV1CapacityRequestPolicyRange,
  ResourceV1Device,
  ResourceV1DeviceAttribute,
  ResourceV1DeviceCapacity,
} from '../../apis/types.gen.js';
import { validateQualifiedIdentifier } from './device-names.js';

/** Attributes and capacities of a device. */

const ENTRIES_MAX = 32;
const KEY_BYTES_MAX = 63 + 1 + 32;
const VALUE_BYTES_MAX = 64;
const VALID_VALUES_MAX = 10;
const NUMBER = '(0|[1-9]\\d*)';
const PRE_RELEASE = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const BUILD = '[0-9a-zA-Z-]+';
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRE_RELEASE}(\\.${PRE_RELEASE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`,
);

/** A key as paths show it: the middle of long ones is left out. */
function shownKey(key: string): string {
  if (key.length <= KEY_BYTES_MAX) return key;
  const rest = KEY_BYTES_MAX - 3;
  return `${key.slice(0, Math.floor((rest + 1) / 2))}...${key.slice(-Math.floor(rest / 2))}`;
}

export function validateAttributes(device: ResourceV1Device, at: FieldPath, errors: Errors): void {
  const attributes = Object.entries(device.attributes ?? {});
  const entries = attributes.length + Object.keys(device.capacity ?? {}).length;
  if (entries > ENTRIES_MAX) {
    const text = `the total number of attributes and capacities must not exceed ${ENTRIES_MAX}`;
    errors.push(fieldInvalid(at, entries, text));
  }
  const here = at.child('attributes');
  for (const [name, attribute] of attributes) {
    validateQualifiedIdentifier(name, here, errors);
    validateAttribute(attribute, here.key(shownKey(name)), errors);
  }
}

function validateAttribute(attribute: ResourceV1DeviceAttribute, at: FieldPath, errors: Errors): void {
  const { string, version } = attribute;
  if (string !== undefined) validateLength(string, at.child('string'), errors);
  if (version !== undefined) validateVersion(version, at.child('version'), errors);
}

function validateLength(value: string, at: FieldPath, errors: Errors): void {
  if (byteLength(value) > VALUE_BYTES_MAX) errors.push(fieldTooLong(at, VALUE_BYTES_MAX));
}

function validateVersion(version: string, at: FieldPath, errors: Errors): void {
  if (!VERSION.test(version)) {
    errors.push(fieldInvalid(at, version, 'must be a string compatible with semver.org spec 2.0.0'));
  }
  validateLength(version, at, errors);
}

export function validateCapacities(device: ResourceV1Device, at: FieldPath, errors: Errors): void {
  for (const [name, capacity] of Object.entries(device.capacity ?? {})) {
    validateQualifiedIdentifier(name, at, errors);
    const { requestPolicy } = capacity;
    if (requestPolicy === undefined) continue;
    const here = at.key(shownKey(name)).child('requestPolicy');
    if (device.allowMultipleAllocations === true) validatePolicy(capacity, here, errors);
    else errors.push(fieldForbidden(here, 'allowMultipleAllocations must be true'));
  }
}

/** How much of a capacity a claim may ask for: some values, or a range in steps. */
function validatePolicy({ value, requestPolicy = {} }: ResourceV1DeviceCapacity, at: FieldPath, errors: Errors): void {
  const { default: fallback, validValues = [], validRange } = requestPolicy;
  if (validValues.length > 0 && validRange !== undefined) {
    const text = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    errors.push(fieldForbidden(at, text));
  } else if (validValues.length > 0) {
    if (!fallback) errors.push(fieldRequired(at.child('default'), 'required when validValues is defined'));
    else validateValues(fallback, value, validValues, at.child('validValues'), errors);
  } else if (validRange !== undefined) {
    if (!fallback) errors.push(fieldRequired(at.child('default'), 'required when validRange is defined'));
    else validateRange(fallback, value, validRange, at.child('validRange'), errors);
  }
}

function validateValues(fallback: string, max: string, values: readonly string[], at: FieldPath, errors: Errors): void {
  for (const [i, value] of values.entries()) {
    const before = values[i - 1];
    if (before !== undefined && compareQuantities(before, value) > 0) {
      errors.push(fieldInvalid(at.index(i), value, 'values must be sorted in ascending order'));
    }
  }
  // Of too many nothing more is looked at, not even for the default.
  const judged = values.length > VALID_VALUES_MAX ? [] : values;
  if (judged.length < values.length) errors.push(fieldTooMany(at, values.length, VALID_VALUES_MAX));
  for (const [i, value] of judged.entries()) {
    if (compareQuantities(value, max) > 0) {
      errors.push(fieldInvalid(at.index(i), value, `option is larger than capacity value: ${max}`));
    }
  }
  const keys = judged.map(decimalText);
  for (const [i, key] of keys.entries()) if (keys.indexOf(key) < i) errors.push(fieldDuplicate(at.index(i), key));
  if (!judged.some((value) => compareQuantities(value, fallback) === 0)) {
    errors.push(fieldInvalid(at, fallback, 'default value is not valid according to the requestPolicy'));
  }
}

const NANO = 10n ** 9n;
const MILLI_MAX = (2n ** 63n - 1n) / 1000n;

/** The amount in plain digits: alike for whatever way it is written. */
function decimalText(quantity: string): string {
  const nanos = nanosOf(quantity);
  const fraction = (nanos % NANO).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanos / NANO}${fraction === '' ? '' : `.${fraction}`}`;
}

function validateRange(
  fallback: string,
  capacity: string,
  range: ResourceV1CapacityRequestPolicyRange,
  at: FieldPath,
  errors: Errors,
): void {
  const { min, max, step } = range;
  if (!min) {
    errors.push(fieldRequired(at.child('min'), 'required when validRange is defined'));
    return;
  }
  const refuse = (name: string, value: string, text: string) => errors.push(fieldInvalid(at.child(name), value, text));
  if (compareQuantities(min, capacity) > 0) refuse('min', min, `min is larger than capacity value: ${capacity}`);
  if (compareQuantities(fallback, min) < 0) refuse('min', fallback, `default is less than min: ${min}`);
  if (max !== undefined) {
    if (compareQuantities(min, max) > 0) refuse('max', min, `min is larger than max: ${max}`);
    if (compareQuantities(max, capacity) > 0) refuse('max', max, `max is larger than capacity value: ${capacity}`);
    if (compareQuantities(fallback, max) > 0) refuse('max', fallback, `default is more than max: ${max}`);
  }
  const given = Object.entries({ default: fallback, min, max, step }).filter((entry) => entry[1] !== undefined);
  if (given.some(([, value]) => !isInteger(value!))) {
    const unfit = given.filter(([, value]) => !isMilliInteger(value!) || nanosOf(value) > MILLI_MAX * NANO);
    for (const [name, value] of unfit) refuse(name, value!, 'value cannot be represented as a milli value');
    if (unfit.length > 0) return;
  }
  if (step !== undefined) validateStep(fallback, capacity, { ...range, min, step }, refuse);
}

function validateStep(
  fallback: string,
  capacity: string,
  { min, max, step }: { min: string; max?: string; step: string },
  refuse: (name: string, value: string, text: string) => void,
): void {
  const size = nanosOf(step);
  if (size <= 0n) {
    refuse('step', step, 'must be greater than zero');
    return;
  }
  const first = Quantity.parse(min).add(Quantity.parse(step)).toString();
  if (compareQuantities(first, capacity) > 0) {
    refuse('step', step, `one step ${first} is larger than capacity value: ${capacity}`);
  }
  for (const value of [fallback, ...(max === undefined ? [] : [max])]) {
    if ((nanosOf(value) - nanosOf(min)) % size !== 0n) {
      refuse('step', value, `value is not a multiple of a given step (${step}) from (${min})`);
    }
  }
}
