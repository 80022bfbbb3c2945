import type { KubeObject } from '../../../apimachinery/meta/object.js';
import { Quantity } from '../../../apimachinery/runtime/quantity.js';
import type {
  CoreV1PersistentVolumeClaim,
  CoreV1ScopedResourceSelectorRequirement,
  CoreV1Service,
  ResourceV1DeviceRequest,
  ResourceV1ResourceClaim,
} from '../../../apis/types.gen.js';
import type { AdmissionOperation } from '../../admission.js';
import { type Amounts, addTo, ONE, raiseTo } from '../../resource-amounts.js';
import { CountEvaluator, countName, type Evaluator, matchesValues } from './evaluator.js';
import { PodEvaluator } from './pod-evaluator.js';

/** Devices that a request for all of them may come to. */
const ALL_DEVICES_MAX = 32;
const DEVICES_SUFFIX = '.deviceclass.resource.k8s.io/devices';
const STORAGE_CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

class ServiceEvaluator extends CountEvaluator {
  constructor() {
    super('services', 'services.nodeports', 'services.loadbalancers', 'count/services');
  }

  override handles(operation: AdmissionOperation, subresource: string): boolean {
    return subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  }

  override usage(object: Readonly<KubeObject>): Amounts {
    const { spec = {} } = object as CoreV1Service;
    const ports = spec.ports ?? [];
    const balanced = spec.type === 'LoadBalancer';
    let nodePorts = 0;
    if (spec.type === 'NodePort' || (balanced && spec.allocateLoadBalancerNodePorts !== false))
      nodePorts = ports.length;
    else if (balanced) nodePorts = ports.filter(({ nodePort }) => (nodePort ?? 0) !== 0).length;
    return new Map([
      ['services', ONE],
      ['count/services', ONE],
      ['services.nodeports', Quantity.fromInteger(nodePorts)],
      ['services.loadbalancers', balanced ? ONE : Quantity.zero],
    ]);
  }
}

class ClaimEvaluator extends CountEvaluator {
  constructor() {
    super('persistentvolumeclaims', 'count/persistentvolumeclaims', 'requests.storage');
  }

  override handles(operation: AdmissionOperation, subresource: string): boolean {
    return subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  }

  override tracks(name: string): boolean {
    if (super.tracks(name)) return true;
    const at = name.indexOf(STORAGE_CLASS_SUFFIX);
    if (at < 0) return false;
    const counted = name.slice(at + STORAGE_CLASS_SUFFIX.length);
    return counted === 'requests.storage' || counted === 'persistentvolumeclaims';
  }

  override inScope(scope: CoreV1ScopedResourceSelectorRequirement, object: Readonly<KubeObject>): boolean {
    if (scope.scopeName !== 'VolumeAttributesClass') return false;
    const { spec, status } = object as CoreV1PersistentVolumeClaim;
    const names = [
      spec?.volumeAttributesClassName,
      status?.currentVolumeAttributesClassName,
      status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
    ];
    return matchesValues(
      scope,
      names.filter((name): name is string => name !== undefined && name !== ''),
    );
  }

  override usage(object: Readonly<KubeObject>): Amounts {
    const { metadata, spec, status } = object as CoreV1PersistentVolumeClaim;
    const usage: Amounts = new Map([
      ['persistentvolumeclaims', ONE],
      ['count/persistentvolumeclaims', ONE],
    ]);
    const storageClass = metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '';
    const ofClass = `${storageClass}${STORAGE_CLASS_SUFFIX}`;
    if (storageClass !== '') usage.set(`${ofClass}persistentvolumeclaims`, ONE);
    for (const size of [spec?.resources?.requests?.['storage'], status?.allocatedResources?.['storage']]) {
      if (size === undefined) continue;
      const amount = Quantity.parse(size);
      raiseTo(usage, new Map([['requests.storage', amount]]));
      if (storageClass !== '') raiseTo(usage, new Map([[`${ofClass}requests.storage`, amount]]));
    }
    return usage;
  }
}

class ResourceClaimEvaluator extends CountEvaluator {
  constructor() {
    super(countName('resource.k8s.io', 'resourceclaims'));
  }

  override tracks(name: string): boolean {
    return super.tracks(name) || name.endsWith(DEVICES_SUFFIX);
  }

  override usage(object: Readonly<KubeObject>): Amounts {
    const usage = super.usage(object);
    for (const request of (object as ResourceV1ResourceClaim).spec?.devices?.requests ?? []) {
      addTo(usage, devicesOf(request));
    }
    return usage;
  }
}

/** Of alternatives each class counts with the most that one of them asks of it. */
function devicesOf({ exactly, firstAvailable = [] }: ResourceV1DeviceRequest): Amounts {
  const devices: Amounts = new Map();
  for (const { deviceClassName, allocationMode, count = 1 } of exactly ? [exactly] : firstAvailable) {
    const amount = Quantity.fromInteger(allocationMode === 'All' ? ALL_DEVICES_MAX : count);
    raiseTo(devices, new Map([[`${deviceClassName}${DEVICES_SUFFIX}`, amount]]));
  }
  return devices;
}

/** Resources whose plain name counts as well. */
const ALIASES = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** What is not stored, and events, which were never counted. `group/resource` */
const UNCOUNTED = new Set([
  '/bindings',
  '/componentstatuses',
  '/events',
  'events.k8s.io/events',
  'authentication.k8s.io/tokenreviews',
  'authentication.k8s.io/selfsubjectreviews',
  'authorization.k8s.io/subjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
]);

const POD = new PodEvaluator(countName('', 'pods'));
const SERVICE = new ServiceEvaluator();
const CLAIM = new ClaimEvaluator();
const RESOURCE_CLAIM = new ResourceClaimEvaluator();

/** How a resource counts, or undefined for what does not. */
export function evaluatorOf(group: string, resource: string): Evaluator | undefined {
  if (group === '' && resource === 'pods') return POD;
  if (group === '' && resource === 'services') return SERVICE;
  if (group === '' && resource === 'persistentvolumeclaims') return CLAIM;
  if (group === 'resource.k8s.io' && resource === 'resourceclaims') return RESOURCE_CLAIM;
  if (UNCOUNTED.has(`${group}/${resource}`)) return undefined;
  const count = countName(group, resource);
  return group === '' && ALIASES.has(resource) ? new CountEvaluator(count, resource) : new CountEvaluator(count);
}
