import type { StringMap } from '../../apimachinery/meta/object.js';
import { type FieldError, FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import type { CustomResourceDefinition } from './crd.js';

export const APPROVAL_ANNOTATION = 'api-approved.kubernetes.io';
const ENHANCEMENT = 'https://github.com/kubernetes/enhancements/pull/1111';

export type ApprovalState = 'missing' | 'bypassed' | 'approved' | 'invalid';

/** Groups that belong to the Kubernetes community; others need no approval. */
export function isProtectedGroup(group: string): boolean {
  return ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`));
}

/** What the approval annotation says, with the text that conditions and faults carry. */
export function approvalState(annotations: StringMap | undefined): { state: ApprovalState; reason: string } {
  const annotation = annotations?.[APPROVAL_ANNOTATION] ?? '';
  const must = `protected groups must have approval annotation "${APPROVAL_ANNOTATION}"`;
  if (annotation === '') return { state: 'missing', reason: `${must}, see ${ENHANCEMENT}` };
  if (annotation.startsWith('unapproved')) {
    return { state: 'bypassed', reason: `not approved: ${JSON.stringify(annotation)}` };
  }
  if (isUrlWithHost(annotation)) return { state: 'approved', reason: `approved in ${annotation}` };
  const needs = 'with either a URL or a reason starting with "unapproved"';
  return { state: 'invalid', reason: `${must} ${needs}, see ${ENHANCEMENT}` };
}

function isUrlWithHost(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/\s]+/.test(text) && URL.canParse(text);
}

/** Refuses missing and malformed approvals; an update that leaves the state as it is passes. */
export function validateApiApproval(
  crd: Readonly<CustomResourceDefinition>,
  old: Readonly<CustomResourceDefinition> | undefined,
): FieldError[] {
  if (!isProtectedGroup(crd.spec.group)) return [];
  const { state, reason } = approvalState(crd.metadata.annotations);
  if (old !== undefined && approvalState(old.metadata.annotations).state === state) return [];
  const at = FieldPath.root('metadata', 'annotations').key(APPROVAL_ANNOTATION);
  if (state === 'missing') return [fieldRequired(at, reason)];
  if (state === 'invalid') return [fieldInvalid(at, crd.metadata.annotations?.[APPROVAL_ANNOTATION], reason)];
  return [];
}
