import type { AdmissionPlugin } from '../../admission.js';

/** Refuses nothing: for those who name it. @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwaysadmit */
export class AlwaysAdmit implements AdmissionPlugin {
  readonly name = 'AlwaysAdmit';

  handles(): boolean {
    return false;
  }
}
