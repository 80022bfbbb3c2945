import { compareQuantities, nanosOf } from '../../apimachinery/runtime/quantity.js';
import type { CoreV1PodSpec } from '../../apis/types.gen.js';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Quality of service by cpu and memory of all containers. @see https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClassOf(spec: CoreV1PodSpec): QosClass {
  const containers =
    spec.resources?.requests || spec.resources?.limits
      ? [spec]
      : [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  let anything = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const name of ['cpu', 'memory']) {
      const request = positive(resources?.requests?.[name]);
      const limit = positive(resources?.limits?.[name]);
      anything ||= request !== undefined || limit !== undefined;
      guaranteed &&= limit !== undefined && (request === undefined || compareQuantities(request, limit) === 0);
    }
  }
  if (!anything) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function positive(quantity: string | undefined): string | undefined {
  return quantity !== undefined && nanosOf(quantity) > 0n ? quantity : undefined;
}
