import { forbidden } from '../../apimachinery/errors/status-error.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { SYSTEM_MASTERS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import type { AccessCheck } from '../authorization/security-ports.js';
import { readCertificateRequest } from './pkcs10.js';

const RESOURCE = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' };
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

/**
 * Approving and signing need the verb on the signer itself or on all signers of its domain.
 * @throws StatusError Forbidden
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 */
export async function requireSignerVerb(
  access: AccessCheck | undefined,
  user: UserInfo,
  verb: 'approve' | 'sign',
  csr: Readonly<KubeObject>,
): Promise<void> {
  const signer = String(field(csr, 'spec', 'signerName') ?? '');
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    const question = { user, verb, name, group: RESOURCE.group, version: '*', resource: 'signers' };
    const answer = await access?.authorize({
      ...question,
      resourceRequest: true,
      namespace: '',
      subresource: '',
      path: '',
    });
    if (answer?.decision === 'allow') return;
  }
  const text = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`;
  throw forbidden(RESOURCE, csr.metadata.name ?? '', text);
}

/** Nobody becomes a superuser by a certificate that this server signs for API clients. @throws StatusError Forbidden */
export function refuseSuperuserRequest(csr: Readonly<KubeObject>): void {
  if (field(csr, 'spec', 'signerName') !== CLIENT_SIGNER) return;
  const request = Buffer.from(String(field(csr, 'spec', 'request') ?? ''), 'base64').toString('latin1');
  if (!readCertificateRequest(request).organizations.includes(SYSTEM_MASTERS)) return;
  const text = `use of ${CLIENT_SIGNER} signer with ${SYSTEM_MASTERS} group is not allowed`;
  throw forbidden(RESOURCE, csr.metadata.name ?? '', text);
}
