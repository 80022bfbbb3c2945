import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { dns1123Label } from '../../apimachinery/validation/names.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { copyField, GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { serviceConnections } from './connections/service-connections.js';
import { ServiceAllocation } from './service-allocation.js';
import {
  isExternallyReachable,
  needsHealthCheck,
  usesNodePorts,
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
  private readonly allocation: ServiceAllocation;

  constructor(environment: PolicyEnvironment) {
    super(TRAITS);
    this.allocation = new ServiceAllocation(environment);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const service = object as CoreV1Service;
    service.status = {};
    service.spec ??= {};
    normalizeClusterIps(service.spec, undefined);
    dropForType(service.spec, undefined);
    this.allocation.defaultFamilies(service.spec);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    copyField(object, old, 'status');
    const service = object as CoreV1Service;
    const before = (old as CoreV1Service).spec ?? {};
    service.spec ??= {};
    normalizeClusterIps(service.spec, before);
    keepAllocated(service.spec, before);
    dropForType(service.spec, before);
    this.allocation.defaultFamilies(service.spec);
    if (service.spec.type !== 'LoadBalancer' && service.status)
      service.status = { ...service.status, loadBalancer: {} };
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const service = object as CoreV1Service;
    this.allocation.judge(service);
    validateServiceSpec(service.spec ?? {}, errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateServiceUpdate(object as CoreV1Service, old as CoreV1Service, errors);
    validateServiceSpec((object as CoreV1Service).spec ?? {}, errors);
    return errors;
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const ips = (object as CoreV1Service).spec?.externalIPs ?? [];
    return ips.length > 0 ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'] : [];
  }

  override beginCreate(_ctx: RestContext, object: KubeObject): (success: boolean) => Promise<void> {
    return this.allocation.allocate(object as CoreV1Service);
  }

  override canonicalize(object: KubeObject): void {
    const service = object as CoreV1Service;
    if (service.metadata.resourceVersion !== undefined) this.allocation.allocate(service);
  }

  /** What {@link canonicalize} reserves for the update is settled with it. */
  override beginUpdate(
    _ctx: RestContext,
    object: KubeObject,
    old: Readonly<KubeObject>,
  ): (success: boolean) => Promise<void> {
    return () => this.allocation.settle(object, old);
  }

  override afterDelete(object: Readonly<KubeObject>): Promise<void> {
    return this.allocation.settle(object);
  }
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
  subresources: (store, environment) => serviceConnections(store, environment),
};
