import { isIPv6 } from 'node:net';
import type {
  CoreV1Endpoints,
  CoreV1LoadBalancerStatus,
  CoreV1Service,
  DiscoveryV1EndpointSlice,
  NetworkingV1Ingress,
  NetworkingV1IngressClass,
  NetworkingV1IPAddress,
  NetworkingV1NetworkPolicy,
  NetworkingV1ServiceCIDR,
} from '../../apis/types.gen.js';
import {
  age,
  cells,
  joined,
  joinedWithMore,
  labelsText,
  NONE,
  name,
  type Printers,
  selectorText,
  UNKNOWN,
  UNSET,
} from './printer.js';

export const NETWORK_PRINTERS: Printers = {
  'v1/services': cells<CoreV1Service>((service, context) => [
    name(service),
    service.spec?.type ?? '',
    service.spec?.clusterIPs?.[0] ?? NONE,
    externalAddress(service),
    joined((service.spec?.ports ?? []).map(portText), NONE),
    age(service, context),
    labelsText(service.spec?.selector),
  ]),
  'v1/endpoints': cells<CoreV1Endpoints>((endpoints, context) => [
    name(endpoints),
    (endpoints.subsets ?? []).length === 0 ? NONE : joinedWithMore(endpointAddresses(endpoints), ''),
    age(endpoints, context),
  ]),
  'discovery.k8s.io/v1/endpointslices': cells<DiscoveryV1EndpointSlice>((slice, context) => [
    name(slice),
    slice.addressType,
    joinedWithMore(
      (slice.ports ?? []).map((port) => (port.port === undefined ? (port.name ?? '*') : String(port.port))),
      UNSET,
    ) || UNSET,
    joinedWithMore(
      (slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
      UNSET,
    ),
    age(slice, context),
  ]),
  'networking.k8s.io/v1/ingresses': cells<NetworkingV1Ingress>((ingress, context) => [
    name(ingress),
    ingress.spec?.ingressClassName ?? NONE,
    ingressHosts(ingress),
    balancerAddresses(ingress.status?.loadBalancer).join(','),
    (ingress.spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(ingress, context),
  ]),
  'networking.k8s.io/v1/ingressclasses': cells<NetworkingV1IngressClass>((ingressClass, context) => [
    name(ingressClass),
    ingressClass.spec?.controller ?? '',
    parametersText(ingressClass),
    age(ingressClass, context),
  ]),
  'networking.k8s.io/v1/networkpolicies': cells<NetworkingV1NetworkPolicy>((policy, context) => [
    name(policy),
    selectorText(policy.spec?.podSelector ?? {}),
    age(policy, context),
  ]),
  'networking.k8s.io/v1/servicecidrs': cells<NetworkingV1ServiceCIDR>((cidr, context) => [
    name(cidr),
    (cidr.spec?.cidrs ?? []).join(','),
    age(cidr, context),
  ]),
  // The reference prints one cell more than the kind has columns.
  'networking.k8s.io/v1/ipaddresses': cells<NetworkingV1IPAddress>((address, context) => [
    name(address),
    parentText(address),
    age(address, context),
  ]),
};

function portText(port: { port: number; protocol?: string; nodePort?: number }): string {
  const node = port.nodePort === undefined || port.nodePort === 0 ? '' : `:${port.nodePort}`;
  return `${port.port}${node}/${port.protocol ?? 'TCP'}`;
}

function externalAddress({ spec, status }: Readonly<CoreV1Service>): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return joined(external, NONE);
    case 'LoadBalancer':
      return joined([...balancerAddresses(status?.loadBalancer), ...external], '<pending>');
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return UNKNOWN;
  }
}

/** Distinct addresses in the order of their text; a hostname counts where there is no IP. */
function balancerAddresses(status: Pick<CoreV1LoadBalancerStatus, 'ingress'> | undefined): string[] {
  const found = (status?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  return [...new Set(found.filter((address) => address !== ''))].sort();
}

/** `ip:port` for every ready address and port; mere addresses where there are no ports. */
function endpointAddresses({ subsets }: Readonly<CoreV1Endpoints>): string[] {
  const found: string[] = [];
  for (const { addresses, ports } of subsets ?? []) {
    if ((ports ?? []).length === 0) for (const { ip } of addresses ?? []) found.push(ip);
    for (const { port } of ports ?? []) {
      for (const { ip } of addresses ?? []) found.push(`${isIPv6(ip) ? `[${ip}]` : ip}:${port}`);
    }
  }
  return found;
}

const HOSTS_MAX = 3;

/** Hosts of the rules; how many are left out counts rules, with a host or without. */
function ingressHosts({ spec }: Readonly<NetworkingV1Ingress>): string {
  const rules = spec?.rules ?? [];
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (hosts.length === HOSTS_MAX) more = true;
    else if (host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - HOSTS_MAX} more...` : hosts.join(',');
}

function parametersText({ spec }: Readonly<NetworkingV1IngressClass>): string {
  const parameters = spec?.parameters;
  if (parameters === undefined || parameters === null) return NONE;
  const group = parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
  return `${parameters.kind}${group}/${parameters.name}`;
}

function parentText({ spec }: Readonly<NetworkingV1IPAddress>): string {
  const parent = spec?.parentRef;
  if (parent === undefined || parent === null) return NONE;
  const resource = parent.group ? `${parent.resource}.${parent.group}` : parent.resource;
  const namespace = parent.namespace ? `/${parent.namespace}` : '';
  return `${resource.toLowerCase()}${namespace}/${parent.name}`;
}
