import type { KindPolicy } from '../kind-policy.js';
import { ipAddressPolicy, serviceCidrPolicy } from './addresses.policies.js';
import { ingressPolicy } from './ingress.policy.js';
import { ingressClassPolicy } from './ingress-class.policy.js';
import { networkPolicyPolicy } from './network-policy.policy.js';

export const networkingPolicies: readonly KindPolicy[] = [
  ingressPolicy,
  ingressClassPolicy,
  networkPolicyPolicy,
  ipAddressPolicy,
  serviceCidrPolicy,
];
