import type { KindPolicy } from '../kind-policy.js';
import { controllerRevisionPolicy } from './controller-revision.policy.js';
import { daemonSetPolicy } from './daemon-set.policy.js';
import { deploymentPolicy } from './deployment.policy.js';
import { replicaSetPolicy } from './replica-set.policy.js';
import { statefulSetPolicy } from './stateful-set.policy.js';

export const appsPolicies: readonly KindPolicy[] = [
  controllerRevisionPolicy,
  daemonSetPolicy,
  deploymentPolicy,
  replicaSetPolicy,
  statefulSetPolicy,
];
