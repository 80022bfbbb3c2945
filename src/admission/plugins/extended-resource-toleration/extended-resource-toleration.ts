import type { CoreV1Pod } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { isWhole } from '../../refusal.js';
import { isExtendedResource } from '../../resource-amounts.js';

/**
 * Pods that ask for special devices may go to the nodes that are kept for such pods.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#extendedresourcetoleration
 */
export class ExtendedResourceToleration implements AdmissionPlugin {
  readonly name = 'ExtendedResourceToleration';

  handles(attributes: AdmissionAttributes): boolean {
    const { operation } = attributes;
    return (operation === 'CREATE' || operation === 'UPDATE') && isWhole(attributes, '', 'pods');
  }

  mutate({ object }: AdmissionAttributes): void {
    const { spec } = object as CoreV1Pod;
    if (spec === undefined) return;
    const names = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
      .flatMap(({ resources }) => Object.keys(resources?.requests ?? {}))
      .filter(isExtendedResource);
    for (const key of [...new Set(names)].sort()) {
      const tolerations = spec.tolerations ?? [];
      const same = tolerations.some(
        (one) => one.key === key && one.operator === 'Exists' && one.effect === 'NoSchedule' && !one.value,
      );
      if (!same) spec.tolerations = [...tolerations, { key, operator: 'Exists', effect: 'NoSchedule' }];
    }
  }
}
