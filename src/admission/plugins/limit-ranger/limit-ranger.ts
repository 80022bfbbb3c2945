import type {
  CoreV1Container,
  CoreV1LimitRange,
  CoreV1LimitRangeItem,
  CoreV1PersistentVolumeClaim,
  CoreV1Pod,
  CoreV1PodSpec,
} from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { podAmounts } from '../../pod-resources.js';
import { aggregateText, refused } from '../../refusal.js';
import { amountsOf, type ResourceList } from '../../resource-amounts.js';
import { claimFaults, limitFaults } from './limit-faults.js';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/**
 * Containers get the default requests and limits of the namespace's limit ranges; pods and claims that ask for too little,
 * too much or too unevenly are refused.
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export class LimitRanger implements AdmissionPlugin {
  readonly name = 'LimitRanger';

  constructor(private readonly objects: ObjectLookup) {}

  handles({ operation, resource, subresource, namespace }: AdmissionAttributes): boolean {
    if (resource.group !== '') return false;
    if (resource.resource === 'pods') {
      // A pod's containers change on resize only.
      if (!(operation === 'CREATE' && subresource === '') && !(operation === 'UPDATE' && subresource === 'resize')) {
        return false;
      }
    } else if (resource.resource === 'persistentvolumeclaims') {
      if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    } else {
      return false;
    }
    return this.objects.any('', 'limitranges', namespace);
  }

  mutate({ object, resource, subresource, namespace }: AdmissionAttributes): void {
    if (resource.resource !== 'pods' || subresource !== '') return;
    for (const range of this.rangesOf(namespace)) fillIn(object as CoreV1Pod, range);
  }

  validate(attributes: AdmissionAttributes): void {
    const { object, oldObject, resource, namespace } = attributes;
    if (oldObject?.metadata.deletionTimestamp !== undefined) return;
    for (const range of this.rangesOf(namespace)) {
      const items = range.spec?.limits ?? [];
      const faults =
        resource.resource === 'pods'
          ? items.flatMap((item) => podFaults(item, (object as CoreV1Pod).spec))
          : items.flatMap((item) => volumeFaults(item, object as CoreV1PersistentVolumeClaim));
      if (faults.length > 0) throw refused(attributes, aggregateText(faults));
    }
  }

  private rangesOf(namespace: string): readonly Readonly<CoreV1LimitRange>[] {
    return this.objects.list<CoreV1LimitRange>('', 'limitranges', namespace);
  }
}

function podFaults(item: CoreV1LimitRangeItem, spec: Readonly<CoreV1PodSpec> | undefined): string[] {
  if (spec === undefined) return [];
  if (item.type === 'Container') {
    return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      limitFaults(item, { requests: amountsOf(resources?.requests), limits: amountsOf(resources?.limits) }),
    );
  }
  if (item.type !== 'Pod') return [];
  return limitFaults(item, { requests: podAmounts(spec, 'requests'), limits: podAmounts(spec, 'limits') });
}

function volumeFaults(item: CoreV1LimitRangeItem, { spec }: CoreV1PersistentVolumeClaim): string[] {
  return item.type === 'PersistentVolumeClaim' ? claimFaults(item, amountsOf(spec?.resources?.requests)) : [];
}

/** Writes the defaults of one range into the pod's containers and notes in an annotation what was written. */
function fillIn(pod: CoreV1Pod, range: Readonly<CoreV1LimitRange>): void {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    Object.assign(requests, item.defaultRequest);
    Object.assign(limits, item.default);
  }
  const notes: string[] = [];
  for (const container of pod.spec?.containers ?? []) notes.push(...fillContainer(container, requests, limits, ''));
  for (const container of pod.spec?.initContainers ?? []) {
    notes.push(...fillContainer(container, requests, limits, 'init '));
  }
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
  };
}

function fillContainer(
  container: CoreV1Container,
  requests: ResourceList,
  limits: ResourceList,
  prefix: string,
): string[] {
  const notes: string[] = [];
  for (const [side, defaults] of [
    ['request', requests],
    ['limit', limits],
  ] as const) {
    const given = container.resources?.[`${side}s`] ?? {};
    const missing = Object.keys(defaults)
      .filter((name) => given[name] === undefined)
      .sort();
    if (missing.length === 0) continue;
    const filled = { ...given, ...Object.fromEntries(missing.map((name) => [name, defaults[name]!])) };
    container.resources = { ...container.resources, [`${side}s`]: filled };
    notes.push(`${missing.join(', ')} ${side} for ${prefix}container ${container.name}`);
  }
  return notes;
}
