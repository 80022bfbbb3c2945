import type { KindPolicy } from '../kind-policy.js';
import { deploymentPolicy } from './deployment.policy.js';
import { replicaSetPolicy } from './replica-set.policy.js';

export const appsPolicies: readonly KindPolicy[] = [deploymentPolicy, replicaSetPolicy];
