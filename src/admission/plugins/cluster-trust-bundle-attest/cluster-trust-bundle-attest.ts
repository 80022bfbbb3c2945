import { field } from '../../../apimachinery/meta/object.js';
import { maySpeakFor } from '../../../apis/certificates/signer-authorization.js';
import type { Authorizer } from '../../../security/authorization/authorizer.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { isWhole, refused } from '../../refusal.js';

/**
 * Who publishes trust in a signer needs the verb `attest` on it.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#clustertrustbundleattest
 */
export class ClusterTrustBundleAttest implements AdmissionPlugin {
  readonly name = 'ClusterTrustBundleAttest';

  constructor(private readonly authorizer: Authorizer) {}

  handles(attributes: AdmissionAttributes): boolean {
    const { operation } = attributes;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    return isWhole(attributes, 'certificates.k8s.io', 'clustertrustbundles');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const signer = String(field(attributes.object, 'spec', 'signerName') ?? '');
    if (signer === '' || (await maySpeakFor(this.authorizer, attributes.user, 'attest', signer))) return;
    throw refused(attributes, `user not permitted to attest for signerName ${JSON.stringify(signer)}`);
  }
}
