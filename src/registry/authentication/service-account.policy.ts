import { plainPolicy } from '../generic/plain-policies.js';
import type { KindPolicy } from '../kind-policy.js';
import { tokenSubresource } from './token-request.js';

/** Service accounts: plain objects with a `token` subresource. */
export const serviceAccountPolicy: KindPolicy = {
  ...plainPolicy('', 'v1', { resource: 'serviceaccounts', kind: 'ServiceAccount', returnsDeletedObject: true }),
  subresources: (_store, environment) => [
    tokenSubresource(environment.registry, () => environment.security, environment.now),
  ],
};
