import { invalid } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type FieldError, FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { ipFamily } from '../../apimachinery/validation/ip.js';
import { dns1123Label } from '../../apimachinery/validation/names.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { copyField, GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { IpAllocator, PortAllocator } from './service-allocators.js';
import { claimsOf, ServiceClaims } from './service-claims.js';
import {
  isExternallyReachable,
  isHeadless,
  needsHealthCheck,
  validateServiceSpec,
  validateServiceStatus,
  validateServiceUpdate,
} from './service-validation.js';

const TRAITS: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'Service' },
  namespaced: true,
  hasStatus: true,
  nameRule: dns1123Label,
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

/** @see https://kubernetes.io/docs/reference/networking/virtual-ips/ */
class ServiceStrategy extends GenericStrategy {
  private readonly ranges: readonly IpAllocator[];
  private readonly nodePorts: PortAllocator;
  private readonly claims: ServiceClaims;

  constructor(private readonly environment: PolicyEnvironment) {
    super(TRAITS);
    this.ranges = environment.serviceClusterIpRange.map((range) => new IpAllocator(range));
    this.nodePorts = new PortAllocator(environment.serviceNodePortRange);
    this.claims = new ServiceClaims(() => environment.registry.find('', 'services')?.store?.collection);
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

  /** What {@link canonicalize} reserves for the update is settled with it. */
  override beginUpdate(_ctx: RestContext, object: KubeObject): (success: boolean) => void {
    return () => this.claims.settle(keyOf(object));
  }

  override afterDelete(object: Readonly<KubeObject>): void {
    this.claims.settle(keyOf(object));
  }

  /** Takes what the service asks for and fills in what it leaves open. @throws StatusError Invalid where something is taken */
  private allocate(service: CoreV1Service): () => void {
    const spec = service.spec ?? {};
    const key = keyOf(service);
    const isTaken = (claim: string | number): boolean => this.claims.isTaken(claim, key);
    const errors: FieldError[] = [];
    if (spec.type !== 'ExternalName' && !isHeadless(spec)) this.allocateIps(spec, isTaken, errors);
    this.allocatePorts(spec, isTaken, errors);
    if (errors.length > 0) throw invalid(this.kind, service.metadata.name ?? '', errors);
    this.claims.reserve(key, claimsOf(spec));
    return () => this.claims.settle(key);
  }

  private allocateIps(spec: CoreV1ServiceSpec, isTaken: IsTaken, errors: FieldError[]): void {
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
        else if (isTaken(ip)) refuse(ip, 'provided IP is already allocated');
        ips.push(ip);
      } else {
        const free = range?.next(isTaken, this.environment.random);
        if (free === undefined) refuse('', 'range is full');
        else ips.push(free);
      }
    }
    if (errors.length > 0 || ips.length === 0) return;
    spec.clusterIPs = ips;
    spec.clusterIP = ips[0]!;
  }

  private allocatePorts(spec: CoreV1ServiceSpec, isTaken: IsTaken, errors: FieldError[]): void {
    const wantsPorts =
      spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    const mine = new Set<number>();
    for (const [i, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort) this.claimPort(port.nodePort, isTaken, SPEC.child('ports').index(i).child('nodePort'), errors);
      if (port.nodePort) mine.add(port.nodePort);
    }
    const isUsed = (port: number): boolean => mine.has(port) || isTaken(port);
    for (const port of spec.ports ?? []) {
      if (port.nodePort || !wantsPorts) continue;
      port.nodePort = this.nodePorts.next(isUsed, this.environment.random) ?? 0;
      mine.add(port.nodePort);
    }
    if (!needsHealthCheck(spec)) return;
    if (spec.healthCheckNodePort)
      this.claimPort(spec.healthCheckNodePort, isTaken, SPEC.child('healthCheckNodePort'), errors);
    else spec.healthCheckNodePort = this.nodePorts.next(isUsed, this.environment.random) ?? 0;
  }

  private claimPort(port: number, isTaken: IsTaken, at: FieldPath, errors: FieldError[]): void {
    if (!this.nodePorts.contains(port)) {
      const text = `provided port is not in the valid range. The range of valid ports is ${this.nodePorts}`;
      errors.push(fieldInvalid(at, port, text));
    } else if (isTaken(port)) {
      errors.push(fieldInvalid(at, port, 'provided port is already allocated'));
    }
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

const keyOf = ({ metadata }: Readonly<KubeObject>): string => `${metadata.namespace}/${metadata.name}`;

type IsTaken = (claim: string | number) => boolean;

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
