import { isInteger, nanosOf, wholeValue } from '../../apimachinery/runtime/quantity.js';
import { type Errors, NON_NEGATIVE_TEXT } from '../../apimachinery/validation/field-checks.js';
import { type FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { checkQualifiedName, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';

/** Names of compute and quota resources. @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/ */

const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);
const OBJECT_COUNTS = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const QUOTA_RESOURCES = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...OBJECT_COUNTS,
]);
const STANDARD_RESOURCES = new Set([...QUOTA_RESOURCES, 'storage']);
const INTEGER_RESOURCES = new Set(OBJECT_COUNTS);
const LIMIT_RANGE_POD_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');
/** Without a domain, or of the project's own domain. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return checkQualifiedName(`requests.${name}`).length === 0;
}

export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);
export const isContainerResource = (name: string): boolean => CONTAINER_RESOURCES.has(name) || isHugePages(name);
export const isLimitRangePodResource = (name: string): boolean => LIMIT_RANGE_POD_RESOURCES.has(name);
export const isIntegerResource = (name: string): boolean => INTEGER_RESOURCES.has(name) || isExtendedResource(name);

/** A resource that quotas know by name, without `count/`. */
export const isStandardQuotaResource = (name: string): boolean => QUOTA_RESOURCES.has(name) || isQuotaHugePages(name);

/** A name that is standard or has a domain. */
export function validateResourceName(name: string, at: FieldPath, errors: Errors): void {
  const before = errors.length;
  validateQualifiedName(name, at, errors);
  if (errors.length > before || name.includes('/')) return;
  if (!STANDARD_RESOURCES.has(name) && !isQuotaHugePages(name)) {
    errors.push(fieldInvalid(at, name, 'must be a standard resource type or fully qualified'));
  }
}

export function validateContainerResourceName(name: string, at: FieldPath, errors: Errors): void {
  validateResourceName(name, at, errors);
  if (!name.includes('/')) {
    if (!isContainerResource(name)) errors.push(fieldInvalid(at, name, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(fieldInvalid(at, name, "doesn't follow extended resource name standard"));
  }
}

/** A resource that a quota may bound: counts of objects may carry any name behind `count/`. */
export function validateQuotaResourceName(name: string, at: FieldPath, errors: Errors): void {
  validateResourceName(name, at, errors);
  if (!name.includes('/') && !isStandardQuotaResource(name)) {
    errors.push(fieldInvalid(at, name, 'must be a standard resource for quota'));
  }
}

/** Not negative, and whole where the resource counts things. */
export function validateResourceQuantity(name: string, quantity: string, at: FieldPath, errors: Errors): void {
  validateNonNegativeQuantity(quantity, at, errors);
  if (isIntegerResource(name) && !isInteger(quantity)) errors.push(fieldInvalid(at, quantity, 'must be an integer'));
}

export function validateNonNegativeQuantity(quantity: string, at: FieldPath, errors: Errors): void {
  if (nanosOf(quantity) < 0n) errors.push(fieldInvalid(at, quantity, NON_NEGATIVE_TEXT));
}

export function validatePositiveQuantity(quantity: string, at: FieldPath, errors: Errors): void {
  if (nanosOf(quantity) <= 0n) errors.push(fieldInvalid(at, quantity, 'must be greater than zero'));
}

export function validateHugePages(name: string, quantity: string, at: FieldPath, errors: Errors): void {
  const page = wholeValue(name.slice('hugepages-'.length));
  if (page <= 0n || wholeValue(quantity) % page !== 0n) {
    errors.push(fieldInvalid(at, quantity, `${quantity} is not positive integer multiple of ${name}`));
  }
}
