import type { CoreV1Service } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { isWhole, refused } from '../../refusal.js';

/**
 * Services get no external addresses; those they have may stay or go.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#denyserviceexternalips
 */
export class DenyServiceExternalIPs implements AdmissionPlugin {
  readonly name = 'DenyServiceExternalIPs';

  handles(attributes: AdmissionAttributes): boolean {
    const { operation } = attributes;
    return (operation === 'CREATE' || operation === 'UPDATE') && isWhole(attributes, '', 'services');
  }

  validate(attributes: AdmissionAttributes): void {
    const given = (attributes.object as CoreV1Service).spec?.externalIPs ?? [];
    const before = (attributes.oldObject as CoreV1Service | undefined)?.spec?.externalIPs ?? [];
    if (given.every((address) => before.includes(address))) return;
    throw refused(attributes, 'Use of external IPs is denied by admission control.');
  }
}
