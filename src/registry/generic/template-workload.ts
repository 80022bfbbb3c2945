import type { JsonValue } from '../../apimachinery/meta/json.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type Errors, validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
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
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import type { CoreV1PodTemplateSpec, MetaV1LabelSelector } from '../../apis/types.gen.js';
import { dropDisabledPodFields } from '../core/disabled-fields.js';
import { validatePodTemplate } from '../core/pod-spec-validation.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { podWarnings } from '../core/pod-warnings.js';
import type { RestContext } from '../rest/context.js';
import { GenericStrategy } from './generic-strategy.js';
import { shownSelector, sortedMap } from './internal-form.js';

/** Checks that workloads with a selector and a pod template share. */

type Selector = MetaV1LabelSelector | null | undefined;

/** The selector itself. `kind` names the workload in the message of an empty one. */
export function validateWorkloadSelector(selector: Selector, kind: string, at: FieldPath, errors: Errors): void {
  if (!selector) {
    errors.push(fieldRequired(at));
    return;
  }
  validateLabelSelector(selector, at, errors);
  if (isEmptySelector(selector))
    errors.push(fieldInvalid(at, shownSelector(selector), `empty selector is invalid for ${kind}`));
}

/** Whether anything can be chosen with it: faults in it have been told before. */
export function hasSoundSelector(selector: MetaV1LabelSelector): boolean {
  const errors: Errors = [];
  validateLabelSelector(selector, FieldPath.root('selector'), errors);
  return errors.length === 0;
}

interface Selecting {
  selector?: Selector;
}

/** What is chosen at the creation stays chosen. */
export function validateSelectorKept(now: Selecting, before: Selecting, spec: FieldPath, errors: Errors): void {
  if (jsonEqual(now.selector ?? null, before.selector ?? null)) return;
  errors.push(fieldInvalid(spec.child('selector'), shownSelector(now.selector), IMMUTABLE_TEXT));
}

/** Whether the selector chooses the template's pods. One that matches everything is left to its own check. */
export function validateSelects(
  selector: Selector,
  template: CoreV1PodTemplateSpec,
  at: FieldPath,
  errors: Errors,
): void {
  if (selector && isEmptySelector(selector)) return;
  const labels = template.metadata?.labels;
  if (selector && selectorMatches(selector, labels ?? {})) return;
  const text = '`selector` does not match template `labels`';
  errors.push(fieldInvalid(at.child('metadata', 'labels'), sortedMap(labels), text));
}

/** The template, and whether the selector chooses its pods. */
export function validateSelectedTemplate(
  template: CoreV1PodTemplateSpec,
  selector: Selector,
  context: PodContext,
  at: FieldPath,
  errors: Errors,
): void {
  validateSelects(selector, template, at, errors);
  validatePodTemplate(template, context, at, errors);
}

/** What the gates of 1.37 do not let into a template; in place. */
export function dropDisabledTemplate(
  template: CoreV1PodTemplateSpec | undefined,
  old: Readonly<CoreV1PodTemplateSpec> | undefined,
): void {
  if (template?.spec) dropDisabledPodFields(template.spec, old?.spec);
}

/** Kinds whose `spec.template` makes pods: fields behind gates are dropped, and what is odd about the pods is told. */
export abstract class TemplateStrategy extends GenericStrategy {
  override prepareForCreate(ctx: RestContext, object: KubeObject): void {
    super.prepareForCreate(ctx, object);
    dropDisabledTemplate(templateOf(object), undefined);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    dropDisabledTemplate(templateOf(object), templateOf(old));
    super.prepareForUpdate(ctx, object, old);
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const template = templateOf(object);
    return template?.spec ? podWarnings(template.metadata, template.spec, TEMPLATE) : [];
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return object.metadata.generation === old.metadata.generation ? [] : this.warningsOnCreate(ctx, object);
  }
}

const TEMPLATE = FieldPath.root('spec', 'template');
const templateOf = (object: Readonly<KubeObject>): CoreV1PodTemplateSpec | undefined =>
  (object['spec'] as { template?: CoreV1PodTemplateSpec } | undefined)?.template;

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
