import { jsonEqual } from '../../../apimachinery/meta/json.js';
import { field } from '../../../apimachinery/meta/object.js';
import { maySpeakFor } from '../../../apis/certificates/signer-authorization.js';
import type { Authorizer } from '../../../security/authorization/authorizer.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { refused } from '../../refusal.js';

/**
 * Who issues a certificate, or says why not, needs the verb `sign` on the request's signer.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#certificatesigning
 */
export class CertificateSigning implements AdmissionPlugin {
  readonly name = 'CertificateSigning';

  constructor(private readonly authorizer: Authorizer) {}

  handles({ operation, resource, subresource }: AdmissionAttributes): boolean {
    return (
      subresource === 'status' &&
      operation === 'UPDATE' &&
      resource.resource === 'certificatesigningrequests' &&
      resource.group === 'certificates.k8s.io'
    );
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { object, oldObject, user } = attributes;
    const same = (name: string): boolean => jsonEqual(field(object, 'status', name), field(oldObject, 'status', name));
    if (same('certificate') && same('conditions')) return;
    const signer = String(field(oldObject, 'spec', 'signerName') ?? '');
    if (await maySpeakFor(this.authorizer, user, 'sign', signer)) return;
    throw refused(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(signer)}`);
  }
}
