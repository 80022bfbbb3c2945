import { field } from '../../../apimachinery/meta/object.js';
import { SYSTEM_MASTERS } from '../../../apimachinery/meta/user-info.js';
import { readCertificateRequest } from '../../../apis/certificates/pkcs10.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { isWhole, refused } from '../../refusal.js';

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

/**
 * Nobody becomes a superuser by a certificate that this server signs for API clients.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#certificatesubjectrestriction
 */
export class CertificateSubjectRestriction implements AdmissionPlugin {
  readonly name = 'CertificateSubjectRestriction';

  handles(attributes: AdmissionAttributes): boolean {
    return (
      attributes.operation === 'CREATE' && isWhole(attributes, 'certificates.k8s.io', 'certificatesigningrequests')
    );
  }

  validate(attributes: AdmissionAttributes): void {
    const { object } = attributes;
    if (field(object, 'spec', 'signerName') !== CLIENT_SIGNER) return;
    const request = Buffer.from(String(field(object, 'spec', 'request') ?? ''), 'base64').toString('latin1');
    if (!readCertificateRequest(request).organizations.includes(SYSTEM_MASTERS)) return;
    throw refused(attributes, `use of ${CLIENT_SIGNER} signer with ${SYSTEM_MASTERS} group is not allowed`);
  }
}
