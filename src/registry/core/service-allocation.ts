import { internalError, invalid, plainError } from '../../apimachinery/errors/status-error.js';
import type { JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type FieldError, FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { ipFamily } from '../../apimachinery/validation/ip.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import { clusterIpsOf, ServiceAddresses } from './service-addresses.js';
import { IpAllocator, PortAllocator } from './service-allocators.js';
import { claimsOf, ServiceClaims } from './service-claims.js';
import { isHeadless, needsHealthCheck, usesNodePorts, validateClusterIps } from './service-validation.js';

const SPEC = FieldPath.root('spec');
const KIND = { group: '', kind: 'Service' };

const keyOf = ({ metadata }: Readonly<KubeObject>): string => `${metadata.namespace}/${metadata.name}`;

type IsTaken = (claim: string | number) => boolean;
type Refuse = (at: FieldPath, value: JsonValue, text: string) => never;

/** What node ports are given out under: who has which, which this service has by now, and how to say no. */
interface PortClaims {
  readonly isTaken: IsTaken;
  readonly mine: Set<number>;
  readonly refuse: Refuse;
}

/**
 * Gives services their addresses and node ports.
 * @see https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
 */
export class ServiceAllocation {
  private readonly ranges: readonly IpAllocator[];
  private readonly nodePorts: PortAllocator;
  private readonly claims: ServiceClaims;
  private readonly addresses: ServiceAddresses;

  constructor(private readonly environment: PolicyEnvironment) {
    this.ranges = environment.serviceClusterIpRange.map((range) => new IpAllocator(range));
    this.nodePorts = new PortAllocator(environment.serviceNodePortRange);
    this.addresses = new ServiceAddresses(environment.registry);
    this.claims = new ServiceClaims(() => environment.registry.find('', 'services')?.store?.collection);
  }

  /**
   * What was reserved for the service gives way to what the store shows; the records of its addresses, now and before, follow.
   * Resolves when they have.
   */
  settle(service: Readonly<KubeObject>, before?: Readonly<KubeObject>): Promise<void> {
    const key = keyOf(service);
    this.claims.settle(key);
    return this.addresses.settle(key, [...clusterIpsOf(before), ...clusterIpsOf(service)]);
  }

  /**
   * Upstream allocates first and judges then: who asks for what cannot be had is told of nothing else.
   * @throws StatusError Invalid
   */
  judge(service: CoreV1Service): void {
    const spec = service.spec ?? {};
    if (spec.type === 'ExternalName') return;
    const errors: FieldError[] = [];
    validateClusterIps(spec, errors);
    if (errors.length === 0) this.validateFamilies(spec, errors);
    if (errors.length > 0) throw invalid(KIND, service.metadata.name ?? '', errors);
    this.allocateIn(service, structuredClone(spec));
  }

  /** Families that no range is of. */
  private validateFamilies(spec: CoreV1ServiceSpec, errors: FieldError[]): void {
    if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) return;
    if (spec.ipFamilyPolicy === 'RequireDualStack' && this.ranges.length < 2) {
      const text = 'this cluster is not configured for dual-stack services';
      errors.push(fieldInvalid(SPEC.child('ipFamilyPolicy'), spec.ipFamilyPolicy, text));
    }
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      if (this.ranges.some((range) => range.family === family)) continue;
      errors.push(fieldInvalid(SPEC.child('ipFamilies').index(i), family, 'not configured on this cluster'));
    }
  }

  /** Takes what the service asks for and fills in what it leaves open. @throws StatusError Invalid where something is taken */
  allocate(service: CoreV1Service): () => Promise<void> {
    const spec = service.spec ?? {};
    const key = keyOf(service);
    this.allocateIn(service, spec);
    this.claims.reserve(key, claimsOf(spec));
    return () => this.settle(service);
  }

  /** The same on a spec that may be a copy; reserves nothing. @throws StatusError at the first thing that cannot be had */
  private allocateIn(service: CoreV1Service, spec: CoreV1ServiceSpec): void {
    const key = keyOf(service);
    const isTaken = (claim: string | number): boolean =>
      this.claims.isTaken(claim, key) || (typeof claim === 'string' && this.addresses.isOthers(claim, key));
    const refuse: Refuse = (at, value, text) => {
      throw invalid(KIND, service.metadata.name ?? '', [fieldInvalid(at, value, text)]);
    };
    if (spec.type !== 'ExternalName' && !isHeadless(spec)) this.allocateIps(spec, isTaken, refuse);
    if (!usesNodePorts(spec)) return;
    const mine = new Set<number>();
    this.allocatePorts(spec, service.metadata.resourceVersion === undefined, { isTaken, mine, refuse });
    this.allocateHealthCheck(spec, (port) => mine.has(port) || isTaken(port));
  }

  private allocateIps(spec: CoreV1ServiceSpec, isTaken: IsTaken, refuse: Refuse): void {
    const wanted = spec.clusterIPs ?? [];
    const ips: string[] = [];
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      const ranges = this.rangesOf(family);
      const ip = wanted[i];
      const fail = (why: string): never =>
        refuse(SPEC.child('clusterIPs'), wanted, `failed to allocate IP ${ip ?? ''}: ${why}`);
      if (ip) {
        if (!ranges.some((range) => range.contains(ip))) fail('the provided network does not match the current range');
        else if (isTaken(ip)) fail('provided IP is already allocated');
        ips.push(ip);
      } else {
        const free = firstFree(ranges, isTaken, this.environment.random);
        if (free === undefined) throw internalError('failed to allocate a serviceIP: range is full');
        ips.push(free);
      }
    }
    if (ips.length === 0) return;
    spec.clusterIPs = ips;
    spec.clusterIP = ips[0]!;
  }

  /** Those of the command line, then those that were added since. */
  private rangesOf(family: string): readonly IpAllocator[] {
    const given = this.environment.serviceClusterIpRange;
    const added = this.addresses.readyRanges().filter((range) => !given.includes(range));
    return [...this.ranges, ...added.map((range) => new IpAllocator(range))].filter((range) => range.family === family);
  }

  /** Ports of a new service that differ in protocol alone share their node port. */
  private allocatePorts(spec: CoreV1ServiceSpec, isNew: boolean, { isTaken, mine, refuse }: PortClaims): void {
    const ports = spec.ports ?? [];
    const shared = new Map<number, number>();
    const claim = (port: number, i: number): void => {
      if (!isNew && mine.has(port)) return;
      const fault = this.portFault(port, mine.has(port) || isTaken(port));
      if (fault !== undefined) refuse(SPEC.child('ports').index(i).child('nodePort'), port, fault);
      mine.add(port);
    };
    for (const [i, port] of ports.entries()) {
      const number = port.port ?? 0;
      const known = isNew ? shared.get(number) : undefined;
      if (port.nodePort) {
        if (port.nodePort !== known) claim(port.nodePort, i);
        if (known === undefined) shared.set(number, port.nodePort);
        continue;
      }
      if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) continue;
      const asked =
        known ?? (isNew ? ports.find((other) => other.port === number && other.nodePort)?.nodePort : undefined);
      if (known === undefined && asked !== undefined) claim(asked, i);
      port.nodePort = asked ?? this.freePort(mine, isTaken);
      mine.add(port.nodePort);
      shared.set(number, port.nodePort);
    }
  }

  private freePort(mine: ReadonlySet<number>, isTaken: IsTaken): number {
    const free = this.nodePorts.next((port) => mine.has(port) || isTaken(port), this.environment.random);
    if (free === undefined) throw internalError('failed to allocate a nodePort: range is full');
    return free;
  }

  private allocateHealthCheck(spec: CoreV1ServiceSpec, isUsed: (port: number) => boolean): void {
    if (!needsHealthCheck(spec)) return;
    const { healthCheckNodePort: wanted } = spec;
    if (!wanted) {
      spec.healthCheckNodePort = this.freePort(new Set(), (port) => isUsed(Number(port)));
      return;
    }
    const fault = this.portFault(wanted, isUsed(wanted));
    if (fault !== undefined) {
      throw plainError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${fault}`);
    }
  }

  private portFault(port: number, used: boolean): string | undefined {
    if (!this.nodePorts.contains(port)) {
      return `provided port is not in the valid range. The range of valid ports is ${this.nodePorts}`;
    }
    return used ? 'provided port is already allocated' : undefined;
  }

  /** Families and their policy where the client leaves them open, in place. */
  defaultFamilies(spec: CoreV1ServiceSpec): void {
    if (spec.type === 'ExternalName') {
      delete spec.ipFamilies;
      delete spec.ipFamilyPolicy;
      return;
    }
    const given = (spec.clusterIPs ?? []).map((ip) => ipFamily(ip)).filter((family) => family !== undefined);
    const selectorless = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
    if (selectorless && spec.ipFamilyPolicy === undefined && (spec.ipFamilies ?? []).length === 0) {
      spec.ipFamilyPolicy = 'RequireDualStack';
      const primary = this.ranges[0]?.family ?? 'IPv4';
      spec.ipFamilies = [primary, primary === 'IPv4' ? 'IPv6' : 'IPv4'];
      return;
    }
    spec.ipFamilyPolicy ??= (spec.ipFamilies ?? []).length > 1 || given.length > 1 ? 'RequireDualStack' : 'SingleStack';
    if ((spec.ipFamilies ?? []).length > 0) return;
    spec.ipFamilies = given.length > 0 ? given : [this.ranges[0]?.family ?? 'IPv4'];
    if (spec.ipFamilyPolicy === 'SingleStack') return;
    for (const { family } of this.ranges) if (!spec.ipFamilies.includes(family)) spec.ipFamilies.push(family);
  }
}

function firstFree(ranges: readonly IpAllocator[], isTaken: IsTaken, random: () => number): string | undefined {
  for (const range of ranges) {
    const free = range.next(isTaken, random);
    if (free !== undefined) return free;
  }
  return undefined;
}
