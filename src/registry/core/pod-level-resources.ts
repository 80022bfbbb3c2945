import { Quantity } from '../../apimachinery/runtime/quantity.js';
import type { CoreV1PodSpec } from '../../apis/types.gen.js';
import { isHugePages } from '../generic/resource-names.js';
import { type Amounts, sumOfContainers } from './pod-resource-sums.js';
import { isPodLevelResource } from './pod-resources-validation.js';

/**
 * Completes the resources that a pod has of its own, in place: after admission, which may have added containers. Requests are what the
 * containers request, else what the pod is limited to; limits are those of the containers where each has one, but not below the request.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2837-pod-level-resource-spec
 */
export function defaultPodLevelResources(spec: CoreV1PodSpec): void {
  const { resources } = spec;
  if (!resources) return;
  const limits = { ...resources.limits };
  const requests = { ...resources.requests };
  if (Object.keys(limits).length === 0 && Object.keys(requests).length === 0) return;
  const limitSums = sumOfContainers(spec, 'limits');
  for (const [name, sum] of limitSums) {
    if (isHugePages(name) && requests[name] === undefined) limits[name] ??= sum.toString();
  }
  for (const [name, sum] of sumOfContainers(spec, 'requests')) {
    if (name === 'cpu' || name === 'memory') requests[name] ??= sum.toString();
  }
  for (const [name, limit] of Object.entries(limits)) if (isPodLevelResource(name)) requests[name] ??= limit;
  limitByContainers(spec, limitSums, requests, limits);
  if (Object.keys(limits).length > 0) resources.limits = limits;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

function limitByContainers(
  spec: CoreV1PodSpec,
  sums: Amounts,
  requests: Readonly<Record<string, string>>,
  limits: Record<string, string>,
): void {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  for (const [name, request] of Object.entries(requests)) {
    if (!isPodLevelResource(name) || limits[name] !== undefined) continue;
    const sum = sums.get(name);
    if (sum === undefined || containers.some(({ resources }) => resources?.limits?.[name] === undefined)) continue;
    limits[name] = Quantity.parse(request).compare(sum) > 0 ? request : sum.toString();
  }
}
