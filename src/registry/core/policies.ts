import { serviceAccountPolicy } from '../authentication/service-account.policy.js';
import { type PlainKind, plainPolicy } from '../generic/plain-policies.js';
import type { KindPolicy } from '../kind-policy.js';
import { configMapPolicy, secretPolicy } from './config.policies.js';
import { namespacePolicy } from './namespace.policy.js';
import { nodePolicy } from './node.policy.js';
import { persistentVolumePolicies } from './persistent-volume.policies.js';
import { podPolicy } from './pod.policy.js';
import { servicePolicy } from './service.policy.js';
import { podTemplatePolicy, replicationControllerPolicy } from './template-kinds.policies.js';

/** Kinds of the core group that live by the generic rules. */
const PLAIN: readonly PlainKind[] = [
  { resource: 'endpoints', kind: 'Endpoints', allowCreateOnUpdate: true },
  { resource: 'events', kind: 'Event', allowCreateOnUpdate: true },
  { resource: 'limitranges', kind: 'LimitRange', allowCreateOnUpdate: true },
  { resource: 'resourcequotas', kind: 'ResourceQuota', hasStatus: true, returnsDeletedObject: true },
];

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
  ...persistentVolumePolicies,
  ...PLAIN.map((plain) => plainPolicy('', 'v1', plain)),
];
