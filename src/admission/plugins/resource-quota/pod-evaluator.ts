import type { KubeObject } from '../../../apimachinery/meta/object.js';
import type { Quantity } from '../../../apimachinery/runtime/quantity.js';
import type {
  CoreV1Pod,
  CoreV1PodAffinityTerm,
  CoreV1ScopedResourceSelectorRequirement,
} from '../../../apis/types.gen.js';
import type { AdmissionOperation } from '../../admission.js';
import { chargedAmounts } from '../../pod-resources.js';
import { type Amounts, addTo, amountsOf, isExtendedResource, ONE } from '../../resource-amounts.js';
import { CountEvaluator, matchesValues } from './evaluator.js';

const COUNT = 'count/pods';
const REQUESTS = 'requests.';
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const NAMES: ReadonlySet<string> = new Set([
  COUNT,
  'pods',
  ...COMPUTE,
  ...COMPUTE.flatMap((name) => [`${REQUESTS}${name}`, `limits.${name}`]),
]);
const HUGE_PAGES = /^(?:requests\.)?hugepages-/;
/** What every container must state itself where a quota counts it: older than quality of service. */
const STATED = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);
const ENDED = new Set(['Failed', 'Succeeded']);

/** @see https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota */
export class PodEvaluator extends CountEvaluator {
  override readonly givesBack = true;

  override handles(operation: AdmissionOperation, subresource: string): boolean {
    return subresource === '' ? operation === 'CREATE' : subresource === 'resize' && operation === 'UPDATE';
  }

  override tracks(name: string): boolean {
    return (
      NAMES.has(name) ||
      HUGE_PAGES.test(name) ||
      (name.startsWith(REQUESTS) && isExtendedResource(name.slice(REQUESTS.length)))
    );
  }

  override inScope(scope: CoreV1ScopedResourceSelectorRequirement, object: Readonly<KubeObject>): boolean {
    const pod = object as CoreV1Pod;
    switch (scope.scopeName) {
      case 'Terminating':
        return isTerminating(pod);
      case 'NotTerminating':
        return !isTerminating(pod);
      case 'BestEffort':
        return isBestEffort(pod);
      case 'NotBestEffort':
        return !isBestEffort(pod);
      case 'PriorityClass':
        return matchesValues(scope, pod.spec?.priorityClassName ? [pod.spec.priorityClassName] : []);
      case 'CrossNamespacePodAffinity':
        return affinityTerms(pod).some(({ namespaces, namespaceSelector }) => namespaces?.length || namespaceSelector);
      default:
        return false;
    }
  }

  override complaint(names: ReadonlySet<string>, object: Readonly<KubeObject>): string | undefined {
    const required = [...names].filter((name) => STATED.has(name)).sort();
    const { spec } = object as CoreV1Pod;
    if (required.length === 0 || spec === undefined || spec.resources?.requests || spec.resources?.limits) {
      return undefined;
    }
    const lacking = new Map<string, string[]>();
    for (const { name, resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      const stated = computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits));
      for (const one of required) if (!stated.has(one)) lacking.set(one, [...(lacking.get(one) ?? []), name]);
    }
    if (lacking.size === 0) return undefined;
    const texts = required.filter((one) => lacking.has(one)).map((one) => `${one} for: ${listed(lacking.get(one)!)}`);
    return `must specify ${texts.join('; ')}`;
  }

  override usage(object: Readonly<KubeObject>): Amounts {
    const pod = object as CoreV1Pod;
    const usage: Amounts = new Map([[COUNT, ONE]]);
    // What has ended is still stored, but uses nothing any more.
    if (ENDED.has(pod.status?.phase ?? '')) return usage;
    addTo(usage, computeUsage(chargedAmounts(pod, 'requests'), chargedAmounts(pod, 'limits')));
    return usage;
  }
}

function computeUsage(requests: ReadonlyMap<string, Quantity>, limits: ReadonlyMap<string, Quantity>): Amounts {
  const usage: Amounts = new Map([['pods', ONE]]);
  for (const [name, amount] of requests) {
    if (COMPUTE.includes(name) || name.startsWith('hugepages-')) usage.set(name, amount);
    else if (!isExtendedResource(name)) continue;
    usage.set(`${REQUESTS}${name}`, amount);
  }
  for (const [name, amount] of limits) if (COMPUTE.includes(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

const listed = (names: readonly string[]): string => [...new Set(names)].sort().join(',');

const isTerminating = ({ spec }: CoreV1Pod): boolean => (spec?.activeDeadlineSeconds ?? -1) >= 0;

/** Nothing asks for cpu or memory. */
function isBestEffort({ spec }: CoreV1Pod): boolean {
  const holders = [{ resources: spec?.resources }, ...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return holders.every(({ resources }) =>
    [resources?.requests, resources?.limits].every((list) => {
      const amounts = amountsOf(list);
      return (amounts.get('cpu')?.isZero ?? true) && (amounts.get('memory')?.isZero ?? true);
    }),
  );
}

function affinityTerms({ spec }: CoreV1Pod): CoreV1PodAffinityTerm[] {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
}
