import { serviceAccountPolicy } from '../authentication/service-account.policy.js';
import { type PlainKind, plainPolicy } from '../generic/plain-policies.js';
import type { KindPolicy } from '../kind-policy.js';
import { configMapPolicy, secretPolicy } from './config.policies.js';
import { endpointsPolicy } from './endpoints.policy.js';
import { limitRangePolicy } from './limit-range.policy.js';
import { namespacePolicy } from './namespace.policy.js';
import { nodePolicy } from './node.policy.js';
import { persistentVolumePolicies } from './persistent-volume.policies.js';
import { podPolicy } from './pod.policy.js';
import { resourceQuotaPolicy } from './resource-quota.policy.js';
import { servicePolicy } from './service.policy.js';
import { podTemplatePolicy, replicationControllerPolicy } from './template-kinds.policies.js';

/** Kinds of the core group that live by the generic rules. */
const PLAIN: readonly PlainKind[] = [];

export const corePolicies: readonly KindPolicy[] = [
  podPolicy,
  servicePolicy,
  configMapPolicy,
  secretPolicy,
  namespacePolicy,
  nodePolicy,
  serviceAccountPolicy,
  podTemplatePolicy,
  replicationControllerPolicy,
  endpointsPolicy,
  limitRangePolicy,
  resourceQuotaPolicy,
  ...persistentVolumePolicies,
  ...PLAIN.map((plain) => plainPolicy('', 'v1', plain)),
];
