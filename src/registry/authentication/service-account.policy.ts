import { FieldPath } from '../../apimachinery/validation/field-error.js';
import type { CoreV1ServiceAccount } from '../../apis/types.gen.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';
import { tokenSubresource } from './token-request.js';

const MOUNTABLE_SECRETS = 'kubernetes.io/enforce-mountable-secrets';
const MOUNTABLE_SECRETS_WARNING = `${FieldPath.root('metadata', 'annotations').key(MOUNTABLE_SECRETS)}: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`;

const hasMark = (account: Readonly<CoreV1ServiceAccount> | undefined): boolean =>
  account?.metadata.annotations?.[MOUNTABLE_SECRETS] !== undefined;

/** A reference to a secret is its name; what else clients write into it is dropped. */
function nameSecretsOnly(account: CoreV1ServiceAccount): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

/** Service accounts: plain objects with a `token` subresource. */
export const serviceAccountPolicy: KindPolicy = {
  ...ruledPolicy<CoreV1ServiceAccount>({
    resource: 'serviceaccounts',
    traits: {
      kind: { group: '', version: 'v1', kind: 'ServiceAccount' },
      namespaced: true,
      returnsDeletedObject: true,
    },
    prepareForCreate: nameSecretsOnly,
    prepareForUpdate: nameSecretsOnly,
    validate: () => {},
    warnings: (account, old) => (hasMark(account) && !hasMark(old) ? [MOUNTABLE_SECRETS_WARNING] : []),
  }),
  subresources: (_store, environment) => [
    tokenSubresource(environment.registry, () => environment.security, environment.now),
  ],
};
