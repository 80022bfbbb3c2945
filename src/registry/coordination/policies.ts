import { plainPolicy } from '../generic/plain-policies.js';
import type { KindPolicy } from '../kind-policy.js';

export const coordinationPolicies: readonly KindPolicy[] = [
  plainPolicy('coordination.k8s.io', 'v1', {
    resource: 'leases',
    kind: 'Lease',
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
  }),
];
