import type { JsonValue } from '../../apimachinery/meta/json.js';
import { type Errors, validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import {
  isEmptySelector,
  selectorMatches,
  validateLabelSelector,
} from '../../apimachinery/validation/label-selector-validation.js';
import type { CoreV1PodTemplateSpec, MetaV1LabelSelector } from '../../apis/types.gen.js';
import { validatePodTemplate } from '../core/pod-spec-validation.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { sortedMap } from './internal-form.js';

/** Checks that workloads with a selector and a pod template share. */

/** The selector itself. `kind` names the workload in the message of an empty one. */
export function validateWorkloadSelector(
  selector: MetaV1LabelSelector | null | undefined,
  kind: string,
  at: FieldPath,
  errors: Errors,
): void {
  if (!selector) {
    errors.push(fieldRequired(at));
    return;
  }
  validateLabelSelector(selector, at, errors);
  if (isEmptySelector(selector)) errors.push(fieldInvalid(at, selector, `empty selector is invalid for ${kind}`));
}

/** The template, and whether the selector chooses its pods. A selector that matches everything or nothing is left to its own check. */
export function validateSelectedTemplate(
  template: CoreV1PodTemplateSpec,
  selector: MetaV1LabelSelector | null | undefined,
  context: PodContext,
  at: FieldPath,
  errors: Errors,
): void {
  if (!selector || !isEmptySelector(selector)) {
    const labels = template.metadata?.labels;
    if (!selector || !selectorMatches(selector, labels ?? {})) {
      const text = '`selector` does not match template `labels`';
      errors.push(fieldInvalid(at.child('metadata', 'labels'), sortedMap(labels), text));
    }
  }
  validatePodTemplate(template, context, at, errors);
}

/** Pods of workloads restart always and have no deadline. */
export function validateAlwaysRestarts(
  template: CoreV1PodTemplateSpec,
  kind: string,
  at: FieldPath,
  errors: Errors,
): void {
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (template.spec?.restartPolicy !== undefined && restartPolicy !== 'Always') {
    errors.push(fieldNotSupported(at.child('spec', 'restartPolicy'), restartPolicy ?? '', ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const text = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(fieldForbidden(at.child('spec', 'activeDeadlineSeconds'), text));
  }
}

type Counts = Readonly<Record<string, JsonValue | undefined>>;

export const countOf = (counts: Counts, name: string): number => Number(counts[name] ?? 0);

export function validateCounts(counts: Counts, names: readonly string[], at: FieldPath, errors: Errors): void {
  for (const name of names) {
    const value = counts[name];
    if (typeof value === 'number') validateNonNegative(value, at.child(name), errors);
  }
}

/** Each named count may not exceed the bound; `bound` is how the message names it. */
export function validateAtMost(
  counts: Counts,
  names: readonly string[],
  limit: string,
  bound: string,
  at: FieldPath,
  errors: Errors,
): void {
  for (const name of names) {
    const value = countOf(counts, name);
    if (value > countOf(counts, limit))
      errors.push(fieldInvalid(at.child(name), value, `cannot be greater than ${bound}`));
  }
}
