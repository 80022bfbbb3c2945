import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import {
  byteLength,
  checkDns1035Label,
  checkDns1123Subdomain,
  pathSegment,
} from '../../apimachinery/validation/names.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  AdmissionregistrationV1AuditAnnotation,
  AdmissionregistrationV1MatchCondition,
  AdmissionregistrationV1MatchResources,
  AdmissionregistrationV1Mutation,
  AdmissionregistrationV1ParamKind,
  AdmissionregistrationV1ParamRef,
  AdmissionregistrationV1Validation,
  AdmissionregistrationV1Variable,
} from '../../apis/types.gen.js';
import { type ExpressionSession, type ExpressionUse, validateExpression } from '../generic/expression-checker.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import { FAILURE_POLICIES, validateMatchConditions, validateMatchResources } from './rule-validation.js';

/** @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */

export const SPEC = FieldPath.root('spec');
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const PATCH_TYPES = ['ApplyConfiguration', 'JSONPatch'];
const ANNOTATIONS_MAX = 20;
const ANNOTATION_EXPRESSION_BYTES_MAX = 5 * 1024;
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** What both kinds of policy have. */
export interface CommonSpec extends JsonObject {
  paramKind?: AdmissionregistrationV1ParamKind;
  matchConstraints?: AdmissionregistrationV1MatchResources;
  failurePolicy?: string;
  matchConditions?: AdmissionregistrationV1MatchCondition[];
  variables?: AdmissionregistrationV1Variable[];
}

/** Everything before the validations or mutations. Returns what judges the expressions of these. */
export function validateCommonSpec(
  spec: Readonly<CommonSpec>,
  old: Readonly<CommonSpec> | undefined,
  errors: Errors,
  environment: PolicyEnvironment,
  mutates: boolean,
): ExpressionSession | undefined {
  const session = environment.expressions?.start(spec.paramKind !== undefined);
  const { failurePolicy, paramKind, matchConstraints, matchConditions = [], variables = [] } = spec;
  if (failurePolicy === undefined) errors.push(fieldRequired(SPEC.child('failurePolicy')));
  else if (!FAILURE_POLICIES.includes(failurePolicy)) {
    errors.push(fieldNotSupported(SPEC.child('failurePolicy'), failurePolicy, FAILURE_POLICIES));
  }
  if (paramKind) validateParamKind(paramKind, SPEC.child('paramKind'), errors);
  const constraintsAt = SPEC.child('matchConstraints');
  if (matchConstraints === undefined) errors.push(fieldRequired(constraintsAt));
  else {
    validateMatchResources(matchConstraints, constraintsAt, errors);
    if ((matchConstraints.resourceRules ?? []).length === 0) {
      errors.push(fieldRequired(constraintsAt.child('resourceRules')));
    }
    if (mutates) validateMutatedOperations(matchConstraints, constraintsAt, errors);
  }
  const same =
    old !== undefined &&
    jsonEqual(paramKind ?? null, old.paramKind ?? null) &&
    jsonEqual(matchConditions, old.matchConditions ?? []);
  if (!same) {
    validateMatchConditions(matchConditions, session, SPEC.child('matchConditions'), errors);
  }
  for (const [i, variable] of variables.entries()) {
    validateVariable(variable, session, SPEC.child('variables').index(i), errors);
  }
  return session;
}

function validateParamKind(
  { apiVersion, kind }: AdmissionregistrationV1ParamKind,
  at: FieldPath,
  errors: Errors,
): void {
  const versionAt = at.child('apiVersion');
  if (!apiVersion) errors.push(fieldRequired(versionAt));
  else {
    const parts = apiVersion.split('/');
    const [group, version] = parts.length > 1 ? [parts[0] ?? '', parts[1] ?? ''] : ['', apiVersion];
    if (parts.length > 2) {
      errors.push(fieldInvalid(versionAt, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
    } else {
      const groupFaults = group === '' ? [] : checkDns1123Subdomain(group);
      if (groupFaults.length > 0) errors.push(fieldInvalid(versionAt, group, groupFaults.join(',')));
      const versionFaults = checkDns1035Label(version);
      if (version === '') errors.push(fieldInvalid(versionAt, apiVersion, 'version must be specified'));
      else if (versionFaults.length > 0) errors.push(fieldInvalid(versionAt, version, versionFaults.join(',')));
    }
  }
  const faults = kind ? checkDns1035Label(kind.toLowerCase()) : [];
  if (!kind) errors.push(fieldRequired(at.child('kind')));
  else if (faults.length > 0) {
    const text = `may have mixed case, but should otherwise match: ${faults.join(',')}`;
    errors.push(fieldInvalid(at.child('kind'), kind, text));
  }
}

function validateVariable(
  { name = '', expression = '' }: AdmissionregistrationV1Variable,
  session: ExpressionSession | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (name.trim() === '') errors.push(fieldRequired(at.child('name'), 'name is not specified'));
  else if (!IDENTIFIER.test(name) || RESERVED.has(name)) {
    errors.push(fieldInvalid(at.child('name'), name, 'must be a valid CEL identifier'));
  }
  const here = at.child('expression');
  if (expression.trim() === '') {
    errors.push(fieldRequired(here, 'expression is not specified'));
    return;
  }
  const fault = session?.declare(name, expression);
  if (fault !== undefined) errors.push(fieldInvalid(here, expression, fault));
}

/** An expression that has to be there; `missing` is what is said otherwise. */
function validateNeeded(
  expression: string | undefined,
  use: ExpressionUse,
  at: FieldPath,
  errors: Errors,
  session: ExpressionSession | undefined,
  missing?: string,
): void {
  if (!expression || expression.trim() === '') errors.push(fieldRequired(at, missing));
  else validateExpression(expression, use, at, errors, session);
}

export function validateValidation(
  validation: AdmissionregistrationV1Validation,
  session: ExpressionSession | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const { expression, message, messageExpression, reason } = validation;
  validateNeeded(expression, 'validation', at.child('expression'), errors, session, 'expression is not specified');
  if (messageExpression) {
    const here = at.child('messageExpression');
    if (messageExpression.trim() === '') {
      errors.push(fieldInvalid(here, messageExpression, 'must be non-empty if specified'));
    } else validateExpression(messageExpression, 'messageExpression', here, errors, session);
  }
  if (message) {
    const trimmed = message.trim();
    if (trimmed === '') errors.push(fieldInvalid(at.child('message'), message, 'must be non-empty if specified'));
    else if (/[\n\r]/.test(trimmed)) {
      errors.push(fieldInvalid(at.child('message'), message, 'must not contain line breaks'));
    }
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(fieldNotSupported(at.child('reason'), reason, REASONS));
  }
}

export function validateAuditAnnotations(
  annotations: AdmissionregistrationV1AuditAnnotation[],
  policyName: string,
  session: ExpressionSession | undefined,
  errors: Errors,
): void {
  const at = SPEC.child('auditAnnotations');
  if (annotations.length > ANNOTATIONS_MAX) {
    errors.push(fieldInvalid(at, annotations, `must not have more than ${ANNOTATIONS_MAX} auditAnnotations`));
  }
  const keys = new Set<string>();
  for (const [i, { key = '', valueExpression = '' }] of annotations.entries()) {
    const keyAt = at.index(i).child('key');
    if (policyName === '') errors.push(fieldInvalid(keyAt, key, 'requires metadata.name be non-empty'));
    else validateQualifiedName(`${policyName}/${key}`, keyAt, errors);
    const valueAt = at.index(i).child('valueExpression');
    if (byteLength(valueExpression.trim()) > ANNOTATION_EXPRESSION_BYTES_MAX) {
      errors.push(fieldRequired(valueAt, `must not exceed ${ANNOTATION_EXPRESSION_BYTES_MAX} bytes in length`));
    } else
      validateNeeded(valueExpression, 'auditAnnotation', valueAt, errors, session, 'valueExpression is not specified');
    if (keys.has(key)) errors.push(fieldDuplicate(keyAt, key));
    keys.add(key);
  }
}

/** Parts of a mutation, with the patch type that each is for. */
const PATCHES = [
  ['applyConfiguration', 'ApplyConfiguration'],
  ['jsonPatch', 'JSONPatch'],
] as const;

export function validateMutation(
  mutation: AdmissionregistrationV1Mutation,
  session: ExpressionSession | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const { patchType = '' } = mutation;
  const part = PATCHES.find(([, type]) => type === patchType)?.[0];
  if (patchType === '') errors.push(fieldRequired(at.child('patchType')));
  else if (part === undefined) errors.push(fieldNotSupported(at.child('patchType'), patchType, PATCH_TYPES));
  if (part === undefined) return;
  const given = mutation[part];
  if (given === undefined) {
    errors.push(fieldRequired(at.child(part), `must be specified when patchType is ${patchType}`));
  } else {
    validateNeeded(given.expression, part, at.child(part, 'expression'), errors, session);
  }
  for (const [other] of PATCHES) {
    if (other === part || mutation[other] === undefined) continue;
    const text = `must not be specified when patchType is ${patchType}`;
    errors.push(fieldInvalid(at.child(other), `{${other}}`, text));
  }
}

/** What bindings of both kinds have. */
export interface BindingSpec extends JsonObject {
  policyName?: string;
  paramRef?: AdmissionregistrationV1ParamRef;
  matchResources?: AdmissionregistrationV1MatchResources;
}

const MUTATED_OPERATIONS = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

/** Nothing is left to mutate of what is deleted. Upstream names no index. */
function validateMutatedOperations(
  match: AdmissionregistrationV1MatchResources | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  for (const operation of (match?.resourceRules ?? []).flatMap(({ operations = [] }) => operations)) {
    if (MUTATED_OPERATIONS.includes(operation)) continue;
    errors.push(fieldNotSupported(at.child('resourceRules', 'operations'), operation, MUTATED_OPERATIONS));
  }
}

/** @param mutates whether the policy does: otherwise the type itself asks for the name, and upstream misspells a field */
export function validateBinding(
  { policyName, paramRef, matchResources }: Readonly<BindingSpec>,
  errors: Errors,
  mutates: boolean,
): void {
  const nameAt = SPEC.child('policyName');
  if (!policyName && mutates) errors.push(fieldRequired(nameAt));
  else if (policyName) validateChecked(policyName, checkDns1123Subdomain, nameAt, errors);
  if (paramRef) validateParamRef(paramRef, SPEC.child('paramRef'), errors);
  const matchAt = SPEC.child('matchResources');
  validateMatchResources(matchResources, matchAt, errors);
  if (mutates) validateMutatedOperations(matchResources, matchAt, errors);
}

function validateParamRef(reference: AdmissionregistrationV1ParamRef, at: FieldPath, errors: Errors): void {
  const { name, selector, parameterNotFoundAction: action } = reference;
  const both = Boolean(name) && selector !== undefined;
  const text = 'name and selector are mutually exclusive';
  if (name) validateChecked(name, (value) => pathSegment(value, false), at.child('name'), errors);
  if (both) errors.push(fieldForbidden(at.child('name'), text));
  validateLabelSelector(selector, at.child('selector'), errors);
  if (both) errors.push(fieldForbidden(at.child('selector'), text));
  if (!name && selector === undefined) errors.push(fieldRequired(at, 'one of name or selector must be specified'));
  const actionAt = at.child('parameterNotFoundAction');
  if (!action) errors.push(fieldRequired(actionAt));
  else if (action !== 'Deny' && action !== 'Allow') {
    errors.push(fieldNotSupportedAsListed(actionAt, action, ['Deny', 'Allow']));
  }
}
