import type { KubeObject } from '../../apimachinery/meta/object.js';
import { required, struct } from '../../apimachinery/validation/declared-rules.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import type {
  AdmissionregistrationV1MutatingAdmissionPolicy,
  AdmissionregistrationV1MutatingAdmissionPolicyBinding,
  AdmissionregistrationV1ValidatingAdmissionPolicy,
  AdmissionregistrationV1ValidatingAdmissionPolicyBinding,
} from '../../apis/types.gen.js';
import { validateConditions } from '../generic/condition-checks.js';
import type { KindTraits } from '../generic/generic-strategy.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import {
  type BindingSpec,
  type CommonSpec,
  SPEC,
  validateAuditAnnotations,
  validateBinding,
  validateCommonSpec,
  validateMutation,
  validateValidation,
} from './policy-validation.js';
import { defaultMatchResources, REINVOCATION_POLICIES } from './rule-validation.js';
import { webhookPolicies } from './webhook.policies.js';

type ValidatingPolicy = AdmissionregistrationV1ValidatingAdmissionPolicy;
type MutatingPolicy = AdmissionregistrationV1MutatingAdmissionPolicy;

const ACTIONS = ['Audit', 'Deny', 'Warn'];
const STATUS = FieldPath.root('status');

const traits = (kind: string, hasStatus = false): KindTraits => ({
  kind: { group: 'admissionregistration.k8s.io', version: 'v1', kind },
  namespaced: false,
  generation: 'spec',
  allowUnconditionalUpdate: false,
  hasStatus,
  statusKeepsMetadata: true,
});

function policyDefaults(object: KubeObject): void {
  const { spec } = object as { spec?: CommonSpec };
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  defaultMatchResources(spec.matchConstraints);
}

function bindingDefaults(object: KubeObject): void {
  defaultMatchResources((object as { spec?: BindingSpec }).spec?.matchResources);
}

function validateValidatingPolicy(
  policy: Readonly<ValidatingPolicy>,
  old: Readonly<ValidatingPolicy> | undefined,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const spec = policy.spec ?? {};
  const session = validateCommonSpec(spec, old?.spec, errors, environment, false);
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length + auditAnnotations.length === 0) {
    const text = 'validations or auditAnnotations must contain at least one item';
    errors.push(fieldRequired(SPEC.child('validations'), text), fieldRequired(SPEC.child('auditAnnotations'), text));
  }
  for (const [i, validation] of validations.entries()) {
    validateValidation(validation, session, SPEC.child('validations').index(i), errors);
  }
  validateAuditAnnotations(auditAnnotations, policy.metadata.name ?? '', session, errors);
}

const validatingPolicy = ruledPolicy<ValidatingPolicy>({
  resource: 'validatingadmissionpolicies',
  traits: traits('ValidatingAdmissionPolicy', true),
  defaults: { v1: policyDefaults },
  validate: (policy, errors, environment) => validateValidatingPolicy(policy, undefined, errors, environment),
  validateUpdate: validateValidatingPolicy,
  validateStatus: ({ status }, _old, errors) => {
    const at = STATUS.child('typeChecking', 'expressionWarnings');
    for (const [i, { warning, fieldRef }] of entriesOf(status?.typeChecking?.expressionWarnings)) {
      if (!warning) errors.push(fieldRequired(at.index(i).child('warning')));
      if (!fieldRef?.trim()) errors.push(fieldRequired(at.index(i).child('fieldRef')));
    }
    validateConditions(status?.conditions ?? [], STATUS.child('conditions'), errors);
  },
});

const validatingPolicyBinding = ruledPolicy<AdmissionregistrationV1ValidatingAdmissionPolicyBinding>({
  resource: 'validatingadmissionpolicybindings',
  traits: traits('ValidatingAdmissionPolicyBinding'),
  defaults: { v1: bindingDefaults },
  validate: ({ spec }, errors) => {
    validateBinding(spec ?? {}, errors, false);
    validateActions(spec?.validationActions ?? [], SPEC.child('validationActions'), errors);
  },
  declared: struct({ spec: [struct({ policyName: [required], validationActions: [required] })] }),
});

function validateActions(actions: string[], at: FieldPath, errors: Errors): void {
  for (const [i, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) errors.push(fieldNotSupported(at.index(i), action, ACTIONS));
    if (actions.indexOf(action) < i) errors.push(fieldDuplicate(at.index(i), action));
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const text =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(fieldInvalid(at, actions, text));
  }
}

function validateMutatingPolicy(
  { spec = {} }: Readonly<MutatingPolicy>,
  old: Readonly<MutatingPolicy> | undefined,
  errors: Errors,
  environment: PolicyEnvironment,
): void {
  const session = validateCommonSpec(spec, old?.spec, errors, environment, true);
  const { mutations = [], reinvocationPolicy } = spec;
  const at = SPEC.child('mutations');
  if (mutations.length === 0) errors.push(fieldRequired(at, 'mutations must contain at least one item'));
  for (const [i, mutation] of mutations.entries()) validateMutation(mutation, session, at.index(i), errors);
  const policyAt = SPEC.child('reinvocationPolicy');
  if (!reinvocationPolicy) errors.push(fieldRequired(policyAt));
  else if (!REINVOCATION_POLICIES.includes(reinvocationPolicy)) {
    errors.push(fieldNotSupported(policyAt, reinvocationPolicy, REINVOCATION_POLICIES));
  }
}

const mutatingPolicy = ruledPolicy<MutatingPolicy>({
  resource: 'mutatingadmissionpolicies',
  traits: traits('MutatingAdmissionPolicy'),
  defaults: { v1: policyDefaults },
  validate: (policy, errors, environment) => validateMutatingPolicy(policy, undefined, errors, environment),
  validateUpdate: validateMutatingPolicy,
});

const mutatingPolicyBinding = ruledPolicy<AdmissionregistrationV1MutatingAdmissionPolicyBinding>({
  resource: 'mutatingadmissionpolicybindings',
  traits: traits('MutatingAdmissionPolicyBinding'),
  defaults: { v1: bindingDefaults },
  validate: ({ spec }, errors) => validateBinding(spec ?? {}, errors, true),
});

export const admissionregistrationPolicies: readonly KindPolicy[] = [
  ...webhookPolicies,
  validatingPolicy,
  validatingPolicyBinding,
  mutatingPolicy,
  mutatingPolicyBinding,
];
