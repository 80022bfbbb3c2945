import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { eachItem, optional, required, struct } from '../../apimachinery/validation/declared-rules.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import {
  type LabelSelectorShape,
  validateLabelSelector,
} from '../../apimachinery/validation/label-selector-validation.js';
import { checkDns1123Subdomain, pathSegment } from '../../apimachinery/validation/names.js';
import { type PolicyRule, RBAC_GROUP, type RoleRef, type Subject } from '../../apis/rbac/types.js';

const RULES = FieldPath.root('rules');
const SUBJECTS = FieldPath.root('subjects');
const ROLE_REF = FieldPath.root('roleRef');

export const declaredRole = struct({ rules: [optional, eachItem(struct({ verbs: [required] }))] });
export const declaredBinding = struct({
  subjects: [optional, eachItem(struct({ name: [required] }))],
  roleRef: [struct({ name: [required] })],
});

/** @see https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/cluster-role-v1/ */
export function validateRole(role: Readonly<KubeObject>, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, rule] of ((role['rules'] ?? []) as PolicyRule[]).entries()) {
    validateRule(rule, RULES.index(i), namespaced, errors);
  }
  if (!namespaced) validateAggregation(role, errors);
  return errors;
}

function validateRule(rule: PolicyRule, at: FieldPath, namespaced: boolean, errors: FieldError[]): void {
  const { apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  if (nonResourceURLs?.length) {
    const here = at.child('nonResourceURLs');
    if (namespaced) {
      errors.push(fieldInvalid(here, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups?.length || resources?.length || resourceNames?.length) {
      const text = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(fieldInvalid(here, nonResourceURLs, text));
    }
    return;
  }
  if (!apiGroups?.length) {
    errors.push(fieldRequired(at.child('apiGroups'), 'resource rules must supply at least one api group'));
  }
  if (!resources?.length) {
    errors.push(fieldRequired(at.child('resources'), 'resource rules must supply at least one resource'));
  }
}

function validateAggregation(role: Readonly<KubeObject>, errors: FieldError[]): void {
  const rule = role['aggregationRule'] as JsonObject | null | undefined;
  if (!rule) return;
  const at = FieldPath.root('aggregationRule', 'clusterRoleSelectors');
  const selectors = (rule['clusterRoleSelectors'] ?? []) as unknown as LabelSelectorShape[];
  if (selectors.length === 0) {
    const text = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
    errors.push(fieldRequired(at, text));
  }
  for (const [i, selector] of selectors.entries()) {
    const before = errors.length;
    validateLabelSelector(selector, at.index(i), errors);
    if (errors.length > before) errors.push(fieldInvalid(at.index(i), null, 'invalid label selector.'));
  }
}

export function validateBinding(binding: Readonly<KubeObject>, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const roleRef = (binding['roleRef'] ?? {}) as Partial<RoleRef>;
  const { apiGroup = '', kind = '', name = '' } = roleRef;
  if (apiGroup !== RBAC_GROUP)
    errors.push(fieldNotSupportedAsListed(ROLE_REF.child('apiGroup'), apiGroup, [RBAC_GROUP]));
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(kind)) errors.push(fieldNotSupportedAsListed(ROLE_REF.child('kind'), kind, kinds));
  if (name !== '') {
    for (const text of pathSegment(name, false)) errors.push(fieldInvalid(ROLE_REF.child('name'), name, text));
  }
  for (const [i, subject] of ((binding['subjects'] ?? []) as Subject[]).entries()) {
    validateSubject(subject, SUBJECTS.index(i), namespaced, errors);
  }
  return errors;
}

/** What a binding gives cannot be changed, only to whom. */
export function validateRoleRefKept(binding: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
  if (jsonEqual(binding['roleRef'], old['roleRef'])) return [];
  const { apiGroup = '', kind = '', name = '' } = (binding['roleRef'] ?? {}) as Partial<RoleRef>;
  // Shown as kube-apiserver holds it inside.
  const value = { APIGroup: apiGroup, Kind: kind, Name: name };
  return [fieldInvalid(ROLE_REF, value, 'field is immutable')];
}

function validateSubject(subject: Subject, at: FieldPath, namespaced: boolean, errors: FieldError[]): void {
  const { kind = '', apiGroup = '', name = '', namespace = '' } = subject;
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') {
        for (const text of checkDns1123Subdomain(name)) errors.push(fieldInvalid(at.child('name'), name, text));
      }
      if (apiGroup !== '') errors.push(fieldNotSupportedAsListed(at.child('apiGroup'), apiGroup, ['']));
      if (!namespaced && namespace === '') errors.push(fieldRequired(at.child('namespace')));
      return;
    case 'User':
    case 'Group':
      if (apiGroup !== RBAC_GROUP) {
        errors.push(fieldNotSupportedAsListed(at.child('apiGroup'), apiGroup, [RBAC_GROUP]));
      }
      return;
    default:
      errors.push(fieldNotSupportedAsListed(at.child('kind'), kind, ['ServiceAccount', 'User', 'Group']));
  }
}
