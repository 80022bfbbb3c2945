import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { isExternallyReachable, needsHealthCheck, usesNodePorts } from './service-validation.js';

/** What an update of a service means, where clients say less than they mean. @see KEP-1864 */

type Spec = CoreV1ServiceSpec;

const needsClusterIp = ({ type }: Spec): boolean => type !== 'ExternalName';
const sameIps = (a: Spec, b: Spec): boolean => jsonEqual(a.clusterIPs ?? [], b.clusterIPs ?? []);
const nodePortsOf = (spec: Spec): Set<number> =>
  new Set((spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0).filter((port) => port !== 0));

/** What was given out stays when an update leaves it open; in place. */
export function keepAllocated(spec: Spec, before: Spec): void {
  if (needsClusterIp(spec) && needsClusterIp(before)) {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === before.clusterIP && before.clusterIPs) {
      spec.clusterIPs = [...before.clusterIPs];
    }
  }
  if (usesNodePorts(spec) && usesNodePorts(before)) {
    const given = nodePortsOf(spec);
    const known = new Map((before.ports ?? []).map(({ name = '', nodePort = 0 }) => [name, nodePort]));
    for (const port of spec.ports ?? []) {
      const was = known.get(port.name ?? '') ?? 0;
      if (!port.nodePort && was !== 0 && !given.has(was)) port.nodePort = was;
    }
  }
  if (needsHealthCheck(spec) && needsHealthCheck(before) && before.healthCheckNodePort) {
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
  }
}

/** clusterIP and clusterIPs tell the same; a client may know only the first. In place. */
export function normalizeClusterIps(spec: Spec, before: Spec | undefined): void {
  const first = spec.clusterIP ?? '';
  if (before === undefined) {
    if (first !== '' && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [first];
    return;
  }
  const was = before.clusterIP ?? '';
  if ((spec.clusterIPs ?? []).length === 0 && first === was && before.clusterIPs)
    spec.clusterIPs = [...before.clusterIPs];
  if (first === was || !sameIps(spec, before)) return;
  if (first === '') delete spec.clusterIPs;
  else spec.clusterIPs = [first];
}

/** A change of type lets go of what only the old type had, unless the client changed it in the same breath. In place. */
export function dropForType(service: CoreV1Service, old: CoreV1Service): void {
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  const drop = (name: keyof Spec): void => {
    if (jsonEqual(spec[name] ?? null, before[name] ?? null)) delete spec[name];
  };
  const lost = (has: (spec: Spec) => boolean): boolean => has(before) && !has(spec);
  if (lost(needsClusterIp)) {
    if (sameIps(spec, before) && spec.clusterIP === before.clusterIP) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    drop('ipFamilies');
    drop('ipFamilyPolicy');
    drop('internalTrafficPolicy');
  }
  if (lost(usesNodePorts)) {
    const had = nodePortsOf(before);
    if ([...nodePortsOf(spec)].every((port) => had.has(port)))
      for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (lost(needsHealthCheck)) drop('healthCheckNodePort');
  if (lost(({ type }) => type === 'LoadBalancer')) {
    drop('allocateLoadBalancerNodePorts');
    drop('loadBalancerClass');
  }
  if (lost(isExternallyReachable)) drop('externalTrafficPolicy');
  if (spec.type !== 'LoadBalancer' && service.status) service.status = { ...service.status, loadBalancer: {} };
}
