import { canonicalQuantity } from '../../apimachinery/runtime/quantity.js';
import type {
  CoordinationV1Lease,
  CoreV1ComponentStatus,
  CoreV1ConfigMap,
  CoreV1Namespace,
  CoreV1Node,
  CoreV1ResourceQuota,
  CoreV1Secret,
  CoreV1ServiceAccount,
  NodeV1RuntimeClass,
  SchedulingV1PriorityClass,
} from '../../apis/types.gen.js';
import { age, cells, joined, NONE, name, type Printers, sizeOf, UNKNOWN } from './printer.js';

export const CLUSTER_PRINTERS: Printers = {
  'v1/namespaces': cells<CoreV1Namespace>((namespace, context) => [
    name(namespace),
    namespace.status?.phase ?? '',
    age(namespace, context),
  ]),
  'v1/nodes': cells<CoreV1Node>((node, context) => {
    const info = node.status?.nodeInfo;
    return [
      name(node),
      nodeStatus(node),
      nodeRoles(node),
      age(node, context),
      info?.kubeletVersion ?? '',
      nodeAddress(node, 'InternalIP'),
      nodeAddress(node, 'ExternalIP'),
      info?.osImage || UNKNOWN,
      info?.kernelVersion ? `${info.kernelVersion}${info.architecture ? ` (${info.architecture})` : ''}` : UNKNOWN,
      info?.containerRuntimeVersion || UNKNOWN,
    ];
  }),
  'v1/configmaps': cells<CoreV1ConfigMap>((map, context) => [
    name(map),
    sizeOf(map.data) + sizeOf(map.binaryData),
    age(map, context),
  ]),
  'v1/secrets': cells<CoreV1Secret>((secret, context) => [
    name(secret),
    secret.type ?? '',
    sizeOf(secret.data),
    age(secret, context),
  ]),
  'v1/serviceaccounts': cells<CoreV1ServiceAccount>((account, context) => [name(account), age(account, context)]),
  'v1/resourcequotas': cells<CoreV1ResourceQuota>((quota, context) => [
    name(quota),
    ...quotaUse(quota),
    age(quota, context),
  ]),
  'v1/componentstatuses': {
    timeDependent: false,
    row: (object) => ({ cells: componentCells(object as CoreV1ComponentStatus) }),
  },
  'scheduling.k8s.io/v1/priorityclasses': cells<SchedulingV1PriorityClass>((priority, context) => [
    name(priority),
    priority.value ?? 0,
    priority.globalDefault ?? false,
    age(priority, context),
    priority.preemptionPolicy ?? '',
  ]),
  'node.k8s.io/v1/runtimeclasses': cells<NodeV1RuntimeClass>((runtime, context) => [
    name(runtime),
    runtime.handler,
    age(runtime, context),
  ]),
  'coordination.k8s.io/v1/leases': cells<CoordinationV1Lease>((lease, context) => [
    name(lease),
    lease.spec?.holderIdentity ?? '',
    age(lease, context),
  ]),
};

function nodeStatus({ spec, status }: Readonly<CoreV1Node>): string {
  const ready = status?.conditions?.findLast(({ type }) => type === 'Ready');
  const state = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable === true ? `${state},SchedulingDisabled` : state;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

function nodeRoles({ metadata }: Readonly<CoreV1Node>): string {
  const roles = new Set<string>();
  for (const [label, value] of Object.entries(metadata.labels ?? {})) {
    if (label.startsWith(ROLE_PREFIX)) roles.add(label.slice(ROLE_PREFIX.length));
    else if (label === ROLE_LABEL) roles.add(String(value));
  }
  roles.delete('');
  return joined([...roles].sort(), NONE);
}

function nodeAddress({ status }: Readonly<CoreV1Node>, wanted: string): string {
  return status?.addresses?.find(({ type }) => type === wanted)?.address ?? NONE;
}

/** `used/hard` by resource: requests and counts in the first cell, limits in the second. */
function quotaUse({ status }: Readonly<CoreV1ResourceQuota>): [string, string] {
  const requests: string[] = [];
  const limits: string[] = [];
  for (const resource of Object.keys(status?.hard ?? {}).sort()) {
    const used = canonicalQuantity(String(status?.used?.[resource] ?? '0'));
    const hard = canonicalQuantity(String(status?.hard?.[resource]));
    (resource.startsWith('limits.') ? limits : requests).push(`${resource}: ${used}/${hard}`);
  }
  return [requests.join(', '), limits.join(', ')];
}

function componentCells(component: Readonly<CoreV1ComponentStatus>): string[] {
  const healthy = component.conditions?.find(({ type }) => type === 'Healthy');
  if (healthy === undefined) return [name(component), 'Unknown', '', ''];
  const state = healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
  return [name(component), state, healthy.message ?? '', healthy.error ?? ''];
}
