import { Quantity } from '../../apimachinery/runtime/quantity.js';
import type { CoreV1PodSpec } from '../../apis/types.gen.js';
import { isSidecar } from './containers.js';

/** Amounts by resource. */
export type Amounts = Map<string, Quantity>;

/**
 * What all containers of a pod need together: those that run side by side added up, or more where an init container
 * needs more. @see https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
export function sumOfContainers(spec: CoreV1PodSpec, list: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map();
  for (const { resources } of spec.containers ?? []) add(total, amountsOf(resources?.[list]));
  const sidecars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container.resources?.[list]);
    if (isSidecar(container)) {
      add(total, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      add(own, sidecars);
      raise(starting, own);
    }
  }
  raise(total, starting);
  return total;
}

function amountsOf(amounts: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(Object.entries(amounts ?? {}).map(([name, text]) => [name, Quantity.parse(text)]));
}

function add(into: Amounts, more: Amounts): void {
  for (const [name, amount] of more) into.set(name, into.get(name)?.add(amount) ?? amount);
}

function raise(into: Amounts, other: Amounts): void {
  for (const [name, amount] of other) {
    const known = into.get(name);
    if (known === undefined || amount.compare(known) > 0) into.set(name, amount);
  }
}
