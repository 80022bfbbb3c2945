import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { refused } from '../../refusal.js';

/** Refuses every change. @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwaysdeny */
export class AlwaysDeny implements AdmissionPlugin {
  readonly name = 'AlwaysDeny';

  handles(): boolean {
    return true;
  }

  mutate(attributes: AdmissionAttributes): void {
    throw refused(attributes, 'admission control is denying all modifications');
  }
}
