import { internalError, invalid, plainError } from '../../apimachinery/errors/status-error.js';
import type { JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import { clusterIpsOf, ServiceAddresses } from './service-addresses.js';
import { IpAllocator, PortAllocator } from './service-allocators.js';
import { claimsOf, ServiceClaims } from './service-claims.js';
import { isHeadless, needsHealthCheck, usesNodePorts } from './service-validation.js';

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

  /** Families of the ranges, the primary first. */
  get families(): readonly string[] {
    return this.ranges.map(({ family }) => family);
  }

  /**
   * Upstream allocates first and judges then: who asks for what cannot be had is told of nothing else.
   * @throws StatusError Invalid
   */
  judge(service: CoreV1Service): void {
    this.allocateIn(service, structuredClone(service.spec ?? {}), undefined);
  }

  /**
   * Takes what the service asks for and fills in what it leaves open.
   * @param before what an update changes: what that has is not asked for again
   * @throws StatusError Invalid where something is taken
   */
  allocate(service: CoreV1Service, before?: CoreV1ServiceSpec): () => Promise<void> {
    const spec = service.spec ?? {};
    this.allocateIn(service, spec, before);
    this.claims.reserve(keyOf(service), claimsOf(spec));
    return () => this.settle(service);
  }

  /** The same on a spec that may be a copy; reserves nothing. @throws StatusError at the first thing that cannot be had */
  private allocateIn(service: CoreV1Service, spec: CoreV1ServiceSpec, before: CoreV1ServiceSpec | undefined): void {
    const key = keyOf(service);
    const isTaken = (claim: string | number): boolean =>
      this.claims.isTaken(claim, key) || (typeof claim === 'string' && this.addresses.isOthers(claim, key));
    const refuse: Refuse = (at, value, text) => {
      throw invalid(KIND, service.metadata.name ?? '', [fieldInvalid(at, value, text)]);
    };
    if (spec.type !== 'ExternalName' && !isHeadless(spec) && needsAddresses(spec, before)) {
      this.allocateIps(spec, before?.type === 'ExternalName' ? [] : (before?.clusterIPs ?? []), isTaken, refuse);
    }
    if (!usesNodePorts(spec)) return;
    const mine = new Set<number>();
    const claims = { isTaken, mine, refuse };
    if (before) this.updatePorts(spec, new Set((before.ports ?? []).map(({ nodePort }) => nodePort ?? 0)), claims);
    else this.allocatePorts(spec, claims);
    if (!before || !needsHealthCheck(before)) {
      this.allocateHealthCheck(spec, (port) => mine.has(port) || isTaken(port));
    }
  }

  private allocateIps(spec: CoreV1ServiceSpec, has: readonly string[], isTaken: IsTaken, refuse: Refuse): void {
    const wanted = spec.clusterIPs ?? [];
    const ips: string[] = [];
    for (const [i, family] of entriesOf(spec.ipFamilies)) {
      const ranges = this.rangesOf(family);
      const ip = wanted[i];
      const fail = (why: string): never =>
        refuse(SPEC.child('clusterIPs'), wanted, `failed to allocate IP ${ip ?? ''}: ${why}`);
      if (ip && has.includes(ip)) {
        ips.push(ip);
      } else if (ip) {
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
  private allocatePorts(spec: CoreV1ServiceSpec, { isTaken, mine, refuse }: PortClaims): void {
    const ports = spec.ports ?? [];
    const shared = new Map<number, number>();
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort && !givesNodePorts(spec)) continue;
      const number = port.port ?? 0;
      const known = shared.get(number);
      const asked = known ?? ports.find((other) => other.port === number && other.nodePort)?.nodePort;
      const claimed = known === undefined ? asked : port.nodePort;
      if (claimed && claimed !== known) {
        const fault = this.portFault(claimed, mine.has(claimed) || isTaken(claimed));
        if (fault !== undefined) refuse(SPEC.child('ports').index(i).child('nodePort'), claimed, fault);
        mine.add(claimed);
      }
      if (known === undefined) port.nodePort = asked ?? this.freePort(mine, isTaken);
      else port.nodePort ||= known;
      mine.add(port.nodePort);
      if (known === undefined) shared.set(number, port.nodePort);
    }
  }

  /** Every port of a changed service has its own, unless the protocol tells them apart. */
  private updatePorts(spec: CoreV1ServiceSpec, had: ReadonlySet<number>, { isTaken, mine, refuse }: PortClaims): void {
    const seen = new Set<string>();
    for (const [i, port] of entriesOf(spec.ports)) {
      if (!port.nodePort && !givesNodePorts(spec)) continue;
      if (!port.nodePort) port.nodePort = this.freePort(mine, (claim) => had.has(Number(claim)) || isTaken(claim));
      else if (!had.has(port.nodePort) && !mine.has(port.nodePort)) {
        const fault = this.portFault(port.nodePort, isTaken(port.nodePort));
        if (fault !== undefined) refuse(SPEC.child('ports').index(i).child('nodePort'), port.nodePort, fault);
      }
      mine.add(port.nodePort);
      const claim = `{${port.protocol} ${port.nodePort}}`;
      if (seen.has(claim)) throw plainError(`duplicate nodePort: ${claim}`);
      seen.add(claim);
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
}

/** A service that had addresses keeps them; it gets more where it takes a second family. */
function needsAddresses(spec: CoreV1ServiceSpec, before: CoreV1ServiceSpec | undefined): boolean {
  if (!before || before.type === 'ExternalName') return true;
  return !isHeadless(before) && before.ipFamilies?.length === 1 && spec.ipFamilies?.length === 2;
}

const givesNodePorts = ({ type, allocateLoadBalancerNodePorts }: CoreV1ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts === true);

function firstFree(ranges: readonly IpAllocator[], isTaken: IsTaken, random: () => number): string | undefined {
  for (const range of ranges) {
    const free = range.next(isTaken, random);
    if (free !== undefined) return free;
  }
  return undefined;
}
