import { compareQuantities, Quantity } from '../../apimachinery/runtime/quantity.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
} from '../../apimachinery/validation/field-error.js';
import type { CoreV1PodSpec } from '../../apis/types.gen.js';
import { isHugePages, validateResourceName } from '../generic/resource-names.js';
import { validateResources } from './container-validation.js';
import { sumOfContainers } from './pod-resource-sums.js';

/** Resources of the pod as a whole. @see https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/ */

const POD_RESOURCES = ['cpu', 'memory'];

export const isPodLevelResource = (name: string): boolean => POD_RESOURCES.includes(name) || isHugePages(name);

export function validatePodResources(
  spec: CoreV1PodSpec,
  claims: ReadonlySet<string>,
  at: FieldPath,
  errors: Errors,
): void {
  const { resources } = spec;
  if (!resources) return;
  if (spec.os?.name === 'windows') {
    errors.push(fieldForbidden(at, 'may not be set for a windows pod'));
    return;
  }
  if (resources.claims) {
    errors.push(fieldForbidden(at.child('claims'), 'claims may not be set for Resources at pod-level'));
  }
  validateResources(resources, validatePodResourceName, claims, at, errors);
  validateAgainstContainers(spec, at, errors);
}

function validatePodResourceName(name: string, at: FieldPath, errors: Errors): void {
  const before = errors.length;
  validateResourceName(name, at, errors);
  if (errors.length === before && !isPodLevelResource(name)) errors.push(fieldNotSupported(at, name, POD_RESOURCES));
}

/** The pod may not have less than its containers ask for, and no container may have more than the pod. */
function validateAgainstContainers(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  const { requests = {}, limits = {} } = spec.resources ?? {};
  for (const list of ['requests', 'limits'] as const) {
    const own = list === 'requests' ? requests : limits;
    for (const [name, sum] of sumOfContainers(spec, list)) {
      const amount = own[name];
      if (amount === undefined || (list === 'limits' && !isHugePages(name))) continue;
      if (sum.compare(Quantity.parse(amount)) <= 0) continue;
      const text = `must be greater than or equal to aggregate container ${list} of ${sum}`;
      errors.push(fieldInvalid(at.child(list).key(name), amount, text));
    }
  }
  for (const [i, { resources }] of entriesOf(spec.containers)) {
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      const amount = limits[name];
      if (amount === undefined || compareQuantities(limit, amount) <= 0) continue;
      const here = at.child('containers').index(i).key(name).child('limits');
      errors.push(fieldInvalid(here, limit, `must be less than or equal to pod limits of ${amount}`));
    }
  }
}
