import { field } from '../../../apimachinery/meta/object.js';
import { maySpeakFor } from '../../../apis/certificates/signer-authorization.js';
import type { Authorizer } from '../../../security/authorization/authorizer.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { refused } from '../../refusal.js';

/**
 * Who approves or denies a certificate request needs the verb `approve` on its signer.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#certificateapproval
 */
export class CertificateApproval implements AdmissionPlugin {
  readonly name = 'CertificateApproval';

  constructor(private readonly authorizer: Authorizer) {}

  handles({ operation, resource, subresource }: AdmissionAttributes): boolean {
    return (
      subresource === 'approval' &&
      operation === 'UPDATE' &&
      resource.resource === 'certificatesigningrequests' &&
      resource.group === 'certificates.k8s.io'
    );
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    // The stored object counts: the endpoint does not take another signer, but what was sent may name one.
    const signer = String(field(attributes.oldObject, 'spec', 'signerName') ?? '');
    if (await maySpeakFor(this.authorizer, attributes.user, 'approve', signer)) return;
    throw refused(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signer)}`);
  }
}
