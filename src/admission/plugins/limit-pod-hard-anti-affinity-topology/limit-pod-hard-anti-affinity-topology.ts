import type { CoreV1Pod } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { isWhole, refused } from '../../refusal.js';

const HOSTNAME = 'kubernetes.io/hostname';

/**
 * Pods may keep others off their node, not off a whole zone.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#limitpodhardantiaffinitytopology
 */
export class LimitPodHardAntiAffinityTopology implements AdmissionPlugin {
  readonly name = 'LimitPodHardAntiAffinityTopology';

  handles(attributes: AdmissionAttributes): boolean {
    return attributes.operation === 'CREATE' && isWhole(attributes, '', 'pods');
  }

  validate(attributes: AdmissionAttributes): void {
    const antiAffinity = (attributes.object as CoreV1Pod).spec?.affinity?.podAntiAffinity;
    for (const { topologyKey } of antiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (topologyKey === HOSTNAME) continue;
      throw refused(
        attributes,
        `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${topologyKey} but only key ${HOSTNAME} is allowed`,
      );
    }
  }
}
