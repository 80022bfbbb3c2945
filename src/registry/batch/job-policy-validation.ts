import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  type FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  BatchV1JobSpec,
  BatchV1PodFailurePolicyOnExitCodesRequirement,
  BatchV1PodFailurePolicyOnPodConditionsPattern,
  BatchV1PodFailurePolicyRule,
  BatchV1SuccessPolicyRule,
} from '../../apis/types.gen.js';
import { parseIndexes } from './job-indexes.js';

/**
 * What a job does when pods fail, and when it is content before all have succeeded.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const CONDITIONS_MAX = 20;
const INDEXES_LENGTH_MAX = 64 * 1024;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const CONDITION_STATUSES = ['False', 'True', 'Unknown'];

/** A fault of a whole that is not shown. */
export function invalidWithoutValue(at: FieldPath, text: string): FieldError {
  return { reason: 'FieldValueInvalid', field: at.toString(), message: `Invalid value: ${text}` };
}

/** A required value out of a set: what is missing is told the whole set. */
function validateChoice(value: string, supported: readonly string[], at: FieldPath, errors: Errors): void {
  if (value === '') {
    const known = supported.map((each) => JSON.stringify(each)).join(' ');
    errors.push(fieldRequired(at, `valid values: [${known}]`));
  } else if (!supported.includes(value)) {
    errors.push(fieldNotSupported(at, value, supported));
  }
}

export function validatePodFailurePolicy(spec: BatchV1JobSpec, at: FieldPath, errors: Errors): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const rulesAt = at.child('rules');
  if (rules.length > RULES_MAX) errors.push(fieldTooMany(rulesAt, rules.length, RULES_MAX));
  const { containers, initContainers } = spec.template?.spec ?? {};
  const names = new Set([...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name));
  for (const [i, rule] of rules.entries()) validateFailureRule(rule, spec, names, rulesAt.index(i), errors);
}

function validateFailureRule(
  { action = '', onExitCodes, onPodConditions = [] }: BatchV1PodFailurePolicyRule,
  { backoffLimitPerIndex }: BatchV1JobSpec,
  containers: ReadonlySet<string>,
  at: FieldPath,
  errors: Errors,
): void {
  validateChoice(action, ACTIONS, at.child('action'), errors);
  if (action === 'FailIndex' && backoffLimitPerIndex === undefined) {
    errors.push(fieldInvalid(at.child('action'), action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes) validateExitCodes(onExitCodes, containers, at.child('onExitCodes'), errors);
  if (onPodConditions.length > 0) validatePodConditions(onPodConditions, at.child('onPodConditions'), errors);
  if (onExitCodes && onPodConditions.length > 0) {
    errors.push(invalidWithoutValue(at, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(invalidWithoutValue(at, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
}

function validatePodConditions(
  patterns: readonly BatchV1PodFailurePolicyOnPodConditionsPattern[],
  at: FieldPath,
  errors: Errors,
): void {
  if (patterns.length > CONDITIONS_MAX) errors.push(fieldTooMany(at, patterns.length, CONDITIONS_MAX));
  for (const [i, { type = '', status = '' }] of patterns.entries()) {
    validateQualifiedName(type, at.index(i).child('type'), errors);
    validateChoice(status, CONDITION_STATUSES, at.index(i).child('status'), errors);
  }
}

function validateExitCodes(
  requirement: BatchV1PodFailurePolicyOnExitCodesRequirement,
  containers: ReadonlySet<string>,
  at: FieldPath,
  errors: Errors,
): void {
  const { operator = '', containerName, values: given } = requirement;
  validateChoice(operator, OPERATORS, at.child('operator'), errors);
  if (containerName !== undefined && !containers.has(containerName)) {
    const text = 'must be one of the container or initContainer names in the pod template';
    errors.push(fieldInvalid(at.child('containerName'), containerName, text));
  }
  const valuesAt = at.child('values');
  const values = given ?? [];
  if (values.length === 0) errors.push(fieldInvalid(valuesAt, given ?? null, 'at least one value is required'));
  else if (values.length > EXIT_CODES_MAX) errors.push(fieldTooMany(valuesAt, values.length, EXIT_CODES_MAX));
  const seen = new Set<number>();
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      errors.push(fieldInvalid(valuesAt.index(i), value, 'must not be 0 for the In operator'));
    }
    if (seen.has(value)) errors.push(fieldDuplicate(valuesAt.index(i), value));
    seen.add(value);
  }
  const ordered = values.every((value, i) => i === 0 || values[i - 1]! <= value);
  if (!ordered) errors.push(fieldInvalid(valuesAt, values, 'must be ordered'));
}

/** Of an indexed job. */
export function validateSuccessPolicy(spec: BatchV1JobSpec, at: FieldPath, errors: Errors): void {
  const rules = spec.successPolicy?.rules ?? [];
  const rulesAt = at.child('rules');
  if (rules.length === 0) {
    errors.push(fieldRequired(rulesAt, 'at least one rules must be specified when the successPolicy is specified'));
  }
  if (rules.length > RULES_MAX) errors.push(fieldTooMany(rulesAt, rules.length, RULES_MAX));
  for (const [i, rule] of rules.entries()) {
    validateSuccessRule(rule, spec.completions ?? 0, rulesAt.index(i), errors);
  }
}

function validateSuccessRule(
  { succeededIndexes: indexes, succeededCount: count }: BatchV1SuccessPolicyRule,
  completions: number,
  at: FieldPath,
  errors: Errors,
): void {
  if (indexes === undefined && count === undefined) {
    errors.push(fieldRequired(at, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  let total = 0;
  if (indexes !== undefined) {
    const here = at.child('succeededIndexes');
    if (indexes.length > INDEXES_LENGTH_MAX) errors.push(fieldTooLong(here, INDEXES_LENGTH_MAX));
    const list = parseIndexes(indexes, completions);
    total = list.total;
    if (list.fault !== undefined) {
      errors.push(fieldInvalid(here, indexes, `error parsing succeededIndexes: ${list.fault}`));
    }
  }
  if (count === undefined) return;
  const here = at.child('succeededCount');
  validateNonNegative(count, here, errors);
  if (count > completions) {
    const text = `must be less than or equal to ${completions} (the number of specified completions)`;
    errors.push(fieldInvalid(here, count, text));
  }
  if (indexes !== undefined && count > total) {
    const text = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    errors.push(fieldInvalid(here, count, text));
  }
}
