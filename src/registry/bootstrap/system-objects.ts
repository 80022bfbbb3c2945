import { isIPv6 } from 'node:net';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';

const KUBERNETES = 'kubernetes';
const HTTPS_PORT = 443;

/** Where this server is reached. */
export interface ServerAddress {
  /** IP; '' where it is not known. */
  readonly ip: string;
  readonly port: number;
}

export function systemNamespace(name: string): KubeObject {
  return {
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

const PRIORITY_DESCRIPTIONS: Readonly<Record<string, string>> = {
  'system-cluster-critical':
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  'system-node-critical': 'Used for system critical pods that must not be moved from their current node.',
};

export function priorityClass(given: Readonly<KubeObject>): KubeObject {
  const description = PRIORITY_DESCRIPTIONS[given.metadata.name ?? ''];
  return { ...given, ...(description && { description }) };
}

/** The level that each of the server's flow schemas names is there too. */
export function flowSchemaStatus(schema: Readonly<KubeObject>, now: number): JsonObject {
  const level = String(field(schema, 'spec', 'priorityLevelConfiguration', 'name'));
  return {
    conditions: [
      {
        type: 'Dangling',
        status: 'False',
        lastTransitionTime: formatTime(Math.floor(now / 1000)),
        reason: 'Found',
        message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} and it exists`,
      },
    ],
  };
}

/** The range of the command line as an object. @see https://kubernetes.io/docs/reference/networking/service-ip-ranges/ */
export function defaultServiceCidr(ranges: readonly string[], now: number): KubeObject {
  return {
    metadata: { name: KUBERNETES },
    spec: { cidrs: [...ranges] },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastTransitionTime: formatTime(Math.floor(now / 1000)),
          reason: '',
          message: 'Kubernetes default Service CIDR is ready',
        },
      ],
    },
  };
}

export function kubernetesService(ranges: readonly string[], { port }: ServerAddress): KubeObject {
  return {
    metadata: {
      name: KUBERNETES,
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      clusterIP: firstServiceIp(ranges),
      ports: [{ name: 'https', port: HTTPS_PORT, protocol: 'TCP', targetPort: port }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  };
}

/** The record of the `kubernetes` Service's address. */
export function kubernetesServiceAddress(ranges: readonly string[]): KubeObject {
  const ip = firstServiceIp(ranges);
  return {
    metadata: {
      name: ip,
      labels: {
        'ipaddress.kubernetes.io/ip-family': isIPv6(ip) ? 'IPv6' : 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: KUBERNETES } },
  };
}

/** Undefined where nobody else could reach the address. */
export function kubernetesEndpoints({ ip, port }: ServerAddress): KubeObject | undefined {
  if (!isReachable(ip)) return undefined;
  return {
    metadata: {
      name: KUBERNETES,
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
}

export function kubernetesEndpointSlice({ ip, port }: ServerAddress): KubeObject | undefined {
  if (!isReachable(ip)) return undefined;
  return {
    metadata: { name: KUBERNETES, namespace: 'default', labels: { 'kubernetes.io/service-name': KUBERNETES } },
    addressType: isIPv6(ip) ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}

function isReachable(ip: string): boolean {
  return ip !== '' && ip !== '0.0.0.0' && ip !== '::' && ip !== '::1' && !ip.startsWith('127.');
}

/** The first address after the network's own in the primary range: `10.0.0.1` of `10.0.0.0/24`. */
export function firstServiceIp(ranges: readonly string[]): string {
  const network = (ranges[0] ?? '').split('/')[0] ?? '';
  if (isIPv6(network)) return network.endsWith('::') ? `${network}1` : incrementLast(network, ':', 16);
  return incrementLast(network, '.', 10);
}

function incrementLast(address: string, separator: string, radix: number): string {
  const parts = address.split(separator);
  const last = parseInt(parts.pop() ?? '0', radix) + 1;
  return [...parts, last.toString(radix)].join(separator);
}
