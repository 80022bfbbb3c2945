import { type ApprovalState, approvalState, isProtectedGroup } from '../../registry/apiextensions/api-approval.js';
import { type CrdCondition, type CustomResourceDefinition, withCondition } from '../../registry/apiextensions/crd.js';

const APPROVAL: Readonly<Record<ApprovalState, { status: string; reason: string }>> = {
  missing: { status: 'False', reason: 'MissingAnnotation' },
  invalid: { status: 'False', reason: 'InvalidAnnotation' },
  bypassed: { status: 'False', reason: 'UnapprovedAnnotation' },
  approved: { status: 'True', reason: 'ApprovedAnnotation' },
};

/** Says of a definition in a community group whether its API was approved. */
export function withApproval(
  crd: Readonly<CustomResourceDefinition>,
  conditions: CrdCondition[],
  now: string,
): CrdCondition[] {
  if (!isProtectedGroup(crd.spec.group)) return conditions;
  const { state, reason: message } = approvalState(crd.metadata.annotations);
  return withCondition(conditions, { type: 'KubernetesAPIApprovalPolicyConformant', ...APPROVAL[state], message }, now);
}

/** How far the deletion of a definition's objects is. */
export type CleanupState = 'inProgress' | 'failed' | 'completed';

const CLEANUP = {
  inProgress: {
    status: 'True',
    reason: 'InstanceDeletionInProgress',
    message: 'CustomResource deletion is in progress',
  },
  failed: { status: 'True', reason: 'InstanceDeletionFailed', message: 'could not issue all deletes: ' },
  completed: { status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' },
} as const;

export function withTerminating(
  conditions: readonly CrdCondition[] | null | undefined,
  state: CleanupState,
  now: string,
  detail = '',
): CrdCondition[] {
  const { status, reason, message } = CLEANUP[state];
  return withCondition(conditions, { type: 'Terminating', status, reason, message: message + detail }, now);
}
