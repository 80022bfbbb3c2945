import type { CoreV1Container, CoreV1ContainerStatus, CoreV1Pod, CoreV1PodSpec } from '../apis/types.gen.js';
import { type Amounts, addTo, amountsOf, raiseTo } from './resource-amounts.js';

type Side = 'requests' | 'limits';

/** What may be asked for once for the whole pod, instead of container by container. */
const POD_LEVEL = /^(?:cpu|memory|hugepages-.*)$/;

/**
 * What a pod needs of each resource: side cars and containers together, or the neediest init container beside the side
 * cars that have started before it; amounts of the pod as a whole come before those of its containers.
 * @param ofContainer the resources of one container; by default those of its spec
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function podAmounts(
  spec: Readonly<CoreV1PodSpec>,
  side: Side,
  ofContainer: (container: CoreV1Container) => Amounts = (container) => amountsOf(container.resources?.[side]),
): Amounts {
  const total: Amounts = new Map();
  for (const container of spec.containers ?? []) addTo(total, ofContainer(container));
  const sideCars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    let needed = ofContainer(container);
    if (container.restartPolicy === 'Always') {
      addTo(total, needed);
      addTo(sideCars, needed);
      needed = sideCars;
    } else {
      addTo(needed, sideCars);
    }
    raiseTo(starting, needed);
  }
  raiseTo(total, starting);
  for (const [name, amount] of amountsOf(spec.resources?.[side])) if (POD_LEVEL.test(name)) total.set(name, amount);
  return total;
}

/** What the pod takes of its node while it may be resizing: overhead counts, and what is promised but not yet given back. */
export function chargedAmounts(pod: Readonly<CoreV1Pod>, side: Side): Amounts {
  const spec = pod.spec ?? { containers: null };
  const total = podAmounts(spec, side, (container) => chargedContainer(pod, container, side));
  for (const [name, amount] of amountsOf(spec.overhead)) {
    const has = total.get(name);
    if (side === 'requests') total.set(name, has?.add(amount) ?? amount);
    else if (has !== undefined && !has.isZero) total.set(name, has.add(amount));
  }
  return total;
}

function chargedContainer(pod: Readonly<CoreV1Pod>, container: CoreV1Container, side: Side): Amounts {
  const wanted = amountsOf(container.resources?.[side]);
  const status = statusOf(pod, container.name);
  const actual = amountsOf(status?.resources?.[side]);
  if (actual.size === 0) return wanted;
  const infeasible = (pod.status?.conditions ?? []).some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  if (infeasible) return actual;
  raiseTo(wanted, actual);
  if (side === 'requests') raiseTo(wanted, amountsOf(status?.allocatedResources));
  return wanted;
}

function statusOf({ status }: Readonly<CoreV1Pod>, name: string): CoreV1ContainerStatus | undefined {
  const named = (one: CoreV1ContainerStatus): boolean => one.name === name;
  return status?.containerStatuses?.find(named) ?? status?.initContainerStatuses?.find(named);
}
