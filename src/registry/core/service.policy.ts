import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { dns1123Label } from '../../apimachinery/validation/names.js';
import type { CoreV1Service } from '../../apis/types.gen.js';
import { copyField, GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { serviceConnections } from './connections/service-connections.js';
import { ServiceAllocation } from './service-allocation.js';
import { dropForType, keepAllocated, normalizeClusterIps } from './service-changes.js';
import { initFamilies } from './service-families.js';
import {
  isExternallyReachable,
  usesNodePorts,
  validateService,
  validateServiceStatus,
  validateServiceUpdate,
} from './service-validation.js';
import { serviceWarnings } from './service-warnings.js';

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
  if (usesNodePorts(spec) || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
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
    initFamilies(service, undefined, this.allocation.families);
  }

  /** Allocates too: upstream does so before it drops what the new type has not, and before all validation. */
  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    copyField(object, old, 'status');
    const service = object as CoreV1Service;
    const before = (old as CoreV1Service).spec ?? {};
    service.spec ??= {};
    keepAllocated(service.spec, before);
    normalizeClusterIps(service.spec, before);
    initFamilies(service, old as CoreV1Service, this.allocation.families);
    this.allocation.allocate(service, before);
    dropForType(service, old as CoreV1Service);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    this.allocation.judge(object as CoreV1Service);
    validateService(object as CoreV1Service, undefined, errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateServiceUpdate(object as CoreV1Service, old as CoreV1Service, errors);
    return errors;
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return serviceWarnings(object as CoreV1Service);
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return serviceWarnings(object as CoreV1Service);
  }

  /** A name outside the cluster has no traffic inside: upstream keeps the field, and never shows it. */
  override canonicalize(object: KubeObject): void {
    const { spec } = object as CoreV1Service;
    if (spec?.type === 'ExternalName') delete spec.internalTrafficPolicy;
  }

  override beginCreate(_ctx: RestContext, object: KubeObject): (success: boolean) => Promise<void> {
    return this.allocation.allocate(object as CoreV1Service);
  }

  override beginUpdate(
    _ctx: RestContext,
    object: KubeObject,
    old: Readonly<KubeObject>,
  ): (success: boolean) => Promise<void> {
    return () => this.allocation.settle(object, old);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    const { clusterIP = '', type = '' } = (object as CoreV1Service).spec ?? {};
    return { 'spec.clusterIP': clusterIP, 'spec.type': type };
  }

  override afterDelete(object: Readonly<KubeObject>): Promise<void> {
    return this.allocation.settle(object);
  }
}

class ServiceStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateServiceStatus(object as CoreV1Service, old as CoreV1Service, errors);
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
