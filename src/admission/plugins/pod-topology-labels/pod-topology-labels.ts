import type { KubeObject } from '../../../apimachinery/meta/object.js';
import type { CoreV1Binding, CoreV1Pod } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/**
 * A pod carries zone and region of its node from the moment it is assigned, so that it can read them about itself.
 * @see KEP-4742
 */
export class PodTopologyLabels implements AdmissionPlugin {
  readonly name = 'PodTopologyLabels';

  constructor(private readonly objects: ObjectLookup) {}

  handles({ operation, resource, subresource }: AdmissionAttributes): boolean {
    if (operation !== 'CREATE' || resource.resource !== 'pods' || resource.group !== '') return false;
    return subresource === 'binding' || subresource === '';
  }

  mutate({ object, subresource }: AdmissionAttributes): void {
    const nodeName =
      subresource === 'binding' ? targetOf(object as CoreV1Binding) : ((object as CoreV1Pod).spec?.nodeName ?? '');
    if (nodeName !== '') this.copyLabels(object!, nodeName);
  }

  private copyLabels(object: KubeObject, nodeName: string): void {
    const labels = this.objects.get('', 'nodes', '', nodeName)?.metadata.labels ?? {};
    const copied = LABELS.filter((key) => labels[key] !== undefined).map((key) => [key, labels[key]!] as const);
    if (copied.length > 0) object.metadata.labels = { ...object.metadata.labels, ...Object.fromEntries(copied) };
  }
}

function targetOf({ target }: CoreV1Binding): string {
  return target.kind === undefined || target.kind === '' || target.kind === 'Node' ? (target.name ?? '') : '';
}
