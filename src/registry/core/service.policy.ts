import { invalid } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type FieldError, FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { ipFamily } from '../../apimachinery/validation/ip.js';
import { DNS_LABEL_BYTES_MAX, dns1123Label, type NameRule } from '../../apimachinery/validation/names.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import type { StoredObject } from '../../storage/storage.js';
import { copyField, GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import { ResourceStore } from '../resource-store.js';
import type { RestContext } from '../rest/context.js';
import { IpAllocator, PortAllocator } from './service-allocators.js';
import {
  isExternallyReachable,
  isHeadless,
  needsHealthCheck,
  validateServiceSpec,
  validateServiceStatus,
  validateServiceUpdate,
} from './service-validation.js';

/** As of 1.34 services are named by labels that may begin with a digit; their length is told in characters. */
const serviceName: NameRule = (name, prefix) =>
  dns1123Label(name, prefix).map((text) =>
    text.endsWith('bytes') ? `must be no more than ${DNS_LABEL_BYTES_MAX} characters` : text,
  );

const TRAITS: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'Service' },
  namespaced: true,
  hasStatus: true,
  nameRule: serviceName,
  allowCreateOnUpdate: true,
  returnsDeletedObject: true,
};
const SPEC = FieldPath.root('spec');
const AFFINITY_SECONDS = 10800;

function setDefaults(object: KubeObject): void {
  const service = object as CoreV1Service;
  service.spec ??= {};
  const { spec } = service;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
      port.targetPort = port.port ?? 0;
  }
  if (isExternallyReachable(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

/** What one service has taken, or is about to. */
interface Claims {
  readonly ips: readonly string[];
  readonly ports: readonly number[];
}

/** @see https://kubernetes.io/docs/reference/networking/virtual-ips/ */
class ServiceStrategy extends GenericStrategy {
  private readonly ranges: readonly IpAllocator[];
  private readonly nodePorts: PortAllocator;
  /** Claims of writes under way, by `namespace/name`: the store does not show them yet. */
  private readonly pending = new Map<string, Claims>();
  /** Claims of stored services, read once a version. */
  private readonly known = new WeakMap<StoredObject, Claims>();

  constructor(private readonly environment: PolicyEnvironment) {
    super(TRAITS);
    this.ranges = environment.serviceClusterIpRange.map((range) => new IpAllocator(range));
    this.nodePorts = new PortAllocator(environment.serviceNodePortRange);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const service = object as CoreV1Service;
    service.status = {};
    service.spec ??= {};
    normalizeClusterIps(service.spec, undefined);
    dropForType(service.spec, undefined);
    this.defaultFamilies(service.spec);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    copyField(object, old, 'status');
    const service = object as CoreV1Service;
    const before = (old as CoreV1Service).spec ?? {};
    service.spec ??= {};
    normalizeClusterIps(service.spec, before);
    keepAllocated(service.spec, before);
    dropForType(service.spec, before);
    this.defaultFamilies(service.spec);
    if (service.spec.type !== 'LoadBalancer' && service.status)
      service.status = { ...service.status, loadBalancer: {} };
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateServiceSpec((object as CoreV1Service).spec ?? {}, errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateServiceUpdate(object as CoreV1Service, old as CoreV1Service, errors);
    return [...errors, ...this.validateCreate(ctx, object)];
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const ips = (object as CoreV1Service).spec?.externalIPs ?? [];
    return ips.length > 0 ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'] : [];
  }

  override beginCreate(_ctx: RestContext, object: KubeObject): (success: boolean) => void {
    return this.allocate(object as CoreV1Service);
  }

  override canonicalize(object: KubeObject): void {
    const service = object as CoreV1Service;
    if (service.metadata.resourceVersion !== undefined) this.allocate(service);
  }

  /** What {@link canonicalize} takes for the update is let go once the store shows it. */
  override beginUpdate(_ctx: RestContext, object: KubeObject): (success: boolean) => void {
    return () => this.pending.delete(`${object.metadata.namespace}/${object.metadata.name}`);
  }

  /** Takes what the service asks for and fills in what it leaves open. @throws StatusError Invalid where something is taken */
  private allocate(service: CoreV1Service): () => void {
    const spec = service.spec ?? {};
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    const taken = this.claimsOfOthers(key);
    const errors: FieldError[] = [];
    if (spec.type !== 'ExternalName' && !isHeadless(spec)) this.allocateIps(spec, taken.ips, errors);
    this.allocatePorts(spec, taken.ports, errors);
    if (errors.length > 0) throw invalid(this.kind, service.metadata.name ?? '', errors);
    this.pending.set(key, claimsOf(spec));
    return () => this.pending.delete(key);
  }

  private allocateIps(spec: CoreV1ServiceSpec, taken: ReadonlySet<string>, errors: FieldError[]): void {
    const wanted = spec.clusterIPs ?? [];
    const ips: string[] = [];
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      const range = this.ranges.find((candidate) => candidate.family === family);
      const ip = wanted[i];
      const refuse = (address: string, why: string): void => {
        errors.push(fieldInvalid(SPEC.child('clusterIPs'), wanted, `failed to allocate IP ${address}: ${why}`));
      };
      if (ip) {
        if (!range?.contains(ip)) refuse(ip, 'the provided network does not match the current range');
        else if (taken.has(ip)) refuse(ip, 'provided IP is already allocated');
        ips.push(ip);
      } else {
        const free = range?.next((address) => taken.has(address), Math.random);
        if (free === undefined) refuse('', 'range is full');
        else ips.push(free);
      }
    }
    if (errors.length > 0 || ips.length === 0) return;
    spec.clusterIPs = ips;
    spec.clusterIP = ips[0]!;
  }

  private allocatePorts(spec: CoreV1ServiceSpec, taken: ReadonlySet<number>, errors: FieldError[]): void {
    const wantsPorts =
      spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    const mine = new Set<number>();
    for (const [i, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort) this.claimPort(port.nodePort, taken, SPEC.child('ports').index(i).child('nodePort'), errors);
      if (port.nodePort) mine.add(port.nodePort);
    }
    const isTaken = (port: number): boolean => taken.has(port) || mine.has(port);
    for (const port of spec.ports ?? []) {
      if (port.nodePort || !wantsPorts) continue;
      port.nodePort = this.nodePorts.next(isTaken, Math.random) ?? 0;
      mine.add(port.nodePort);
    }
    if (!needsHealthCheck(spec)) return;
    if (spec.healthCheckNodePort)
      this.claimPort(spec.healthCheckNodePort, taken, SPEC.child('healthCheckNodePort'), errors);
    else spec.healthCheckNodePort = this.nodePorts.next(isTaken, Math.random) ?? 0;
  }

  private claimPort(port: number, taken: ReadonlySet<number>, at: FieldPath, errors: FieldError[]): void {
    if (!this.nodePorts.contains(port)) {
      const text = `provided port is not in the valid range. The range of valid ports is ${this.nodePorts}`;
      errors.push(fieldInvalid(at, port, text));
    } else if (taken.has(port)) {
      errors.push(fieldInvalid(at, port, 'provided port is already allocated'));
    }
  }

  private claimsOfOthers(key: string): { ips: Set<string>; ports: Set<number> } {
    const out = { ips: new Set<string>(), ports: new Set<number>() };
    const add = ({ ips, ports }: Claims): void => {
      for (const ip of ips) out.ips.add(ip);
      for (const port of ports) out.ports.add(port);
    };
    for (const [owner, claims] of this.pending) if (owner !== key) add(claims);
    const storage = this.environment.registry.find('', 'services')?.storage;
    if (!(storage instanceof ResourceStore)) return out;
    const page = storage.collection.list({});
    if (page instanceof Promise) return out;
    for (const stored of page.items) {
      if (stored.key === key) continue;
      let claims = this.known.get(stored);
      if (claims === undefined) {
        claims = claimsOf((stored.decode() as CoreV1Service).spec ?? {});
        this.known.set(stored, claims);
      }
      add(claims);
    }
    return out;
  }

  private defaultFamilies(spec: CoreV1ServiceSpec): void {
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

function claimsOf(spec: CoreV1ServiceSpec): Claims {
  const ports = (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0);
  return {
    ips: (spec.clusterIPs ?? []).filter((ip) => ip !== 'None'),
    ports: [...ports, spec.healthCheckNodePort ?? 0].filter((port) => port > 0),
  };
}

/** clusterIP and clusterIPs tell the same; a client may know only the first. */
function normalizeClusterIps(spec: CoreV1ServiceSpec, before: CoreV1ServiceSpec | undefined): void {
  const first = spec.clusterIP ?? '';
  if (first !== '' && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [first];
  if (before === undefined) return;
  const sameList = spec.clusterIPs?.[0] === before.clusterIPs?.[0];
  if (first !== (before.clusterIP ?? '') && sameList) {
    if (first === '') delete spec.clusterIPs;
    else spec.clusterIPs = [first];
  }
}

/** What was given out stays when an update leaves it open. */
function keepAllocated(spec: CoreV1ServiceSpec, before: CoreV1ServiceSpec): void {
  if (spec.type === 'ExternalName' || before.type === 'ExternalName') return;
  if (!spec.clusterIP && (spec.clusterIPs ?? []).length === 0) {
    if (before.clusterIP !== undefined) spec.clusterIP = before.clusterIP;
    if (before.clusterIPs !== undefined) spec.clusterIPs = [...before.clusterIPs];
  }
  if ((spec.ipFamilies ?? []).length === 0 && before.ipFamilies) spec.ipFamilies = [...before.ipFamilies];
  if (spec.ipFamilyPolicy === undefined && before.ipFamilyPolicy) spec.ipFamilyPolicy = before.ipFamilyPolicy;
  const ports = new Map((before.ports ?? []).map((port) => [`${port.protocol}/${port.port}`, port.nodePort ?? 0]));
  if (usesNodePorts(spec) && usesNodePorts(before)) {
    const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0));
    for (const port of spec.ports ?? []) {
      const was = ports.get(`${port.protocol}/${port.port}`) ?? 0;
      if (!port.nodePort && was > 0 && !used.has(was)) port.nodePort = was;
    }
  }
  if (needsHealthCheck(spec) && needsHealthCheck(before) && before.healthCheckNodePort) {
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
  }
}

const usesNodePorts = (spec: CoreV1ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';

/** A change of type lets go of what only the old type had, unless the client changed it in the same breath. */
function dropForType(spec: CoreV1ServiceSpec, before: CoreV1ServiceSpec | undefined): void {
  if (before === undefined || spec.type === before.type) return;
  const same = (name: keyof CoreV1ServiceSpec): boolean => JSON.stringify(spec[name]) === JSON.stringify(before[name]);
  if (spec.type === 'ExternalName') {
    if (same('clusterIP')) delete spec.clusterIP;
    if (same('clusterIPs')) delete spec.clusterIPs;
    delete spec.internalTrafficPolicy;
  }
  if (!usesNodePorts(spec)) {
    const ports = new Map((before.ports ?? []).map((port) => [`${port.protocol}/${port.port}`, port.nodePort]));
    for (const port of spec.ports ?? []) {
      if (ports.get(`${port.protocol}/${port.port}`) === port.nodePort) delete port.nodePort;
    }
  }
  if (!isExternallyReachable(spec) && same('externalTrafficPolicy')) delete spec.externalTrafficPolicy;
  if (!needsHealthCheck(spec) && same('healthCheckNodePort')) delete spec.healthCheckNodePort;
  if (spec.type === 'LoadBalancer') return;
  if (same('allocateLoadBalancerNodePorts')) delete spec.allocateLoadBalancerNodePorts;
  if (same('loadBalancerClass')) delete spec.loadBalancerClass;
}

class ServiceStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { status = {}, spec = {} } = object as CoreV1Service;
    validateServiceStatus(status, spec, errors);
    return errors;
  }
}

export const servicePolicy: KindPolicy = {
  group: '',
  resource: 'services',
  strategy: (environment) => new ServiceStrategy(environment),
  statusStrategy: (main) => new ServiceStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
};
