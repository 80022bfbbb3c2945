import type { UserInfo } from '../../apimachinery/meta/user-info.js';

/** The part of an authorizer that is asked here. */
interface SignerAccess {
  authorize(asked: ReturnType<typeof question>): { readonly decision: string } | Promise<{ readonly decision: string }>;
}

/**
 * Whether the user has a verb on the signer itself or on all signers of its domain.
 * @param verb approve, sign or attest
 * @param signerName `example.com/name`
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 */
export async function maySpeakFor(
  access: SignerAccess,
  user: UserInfo,
  verb: string,
  signerName: string,
): Promise<boolean> {
  const domain = signerName.slice(0, Math.max(0, signerName.indexOf('/'))) || signerName;
  for (const name of [signerName, `${domain}/*`]) {
    const { decision } = await access.authorize(question(user, verb, name));
    if (decision === 'allow') return true;
  }
  return false;
}

const question = (user: UserInfo, verb: string, name: string) => ({
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
