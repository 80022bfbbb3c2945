import type { UserInfo } from '../apimachinery/meta/user-info.js';
import type { Authorizer } from '../security/authorization/authorizer.js';

/**
 * Whether the user has a verb on the signer itself or on all signers of its domain.
 * @param verb approve, sign or attest
 * @param signerName `example.com/name`
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 */
export async function maySpeakFor(
  authorizer: Authorizer,
  user: UserInfo,
  verb: string,
  signerName: string,
): Promise<boolean> {
  const domain = signerName.slice(0, Math.max(0, signerName.indexOf('/'))) || signerName;
  for (const name of [signerName, `${domain}/*`]) {
    const { decision } = await authorizer.authorize({
      user,
      verb,
      name,
      resourceRequest: true,
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      path: '',
    });
    if (decision === 'allow') return true;
  }
  return false;
}
