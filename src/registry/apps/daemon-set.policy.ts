import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import {
  type Errors,
  intOrPercentValue,
  validateIntOrPercent,
  validateNonNegative,
  validatePercentAtMost100,
} from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { isEmptySelector, validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import type { AppsV1DaemonSet, AppsV1DaemonSetSpec } from '../../apis/types.gen.js';
import { podContext } from '../core/pod.strategy.js';
import { defaultPodTemplate } from '../core/pod-defaults.js';
import { validatePodTemplate } from '../core/pod-spec-validation.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import {
  hasSoundSelector,
  TemplateStrategy,
  validateAlwaysRestarts,
  validateCounts,
  validateSelectorKept,
  validateSelects,
} from '../generic/template-workload.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';

const TRAITS: KindTraits = {
  kind: { group: 'apps', version: 'v1', kind: 'DaemonSet' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
};
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
/** Counts the changes of the template; kept as an annotation since the field has gone from the type. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function setDefaults(object: KubeObject): void {
  const workload = object as AppsV1DaemonSet;
  workload.spec ??= {} as AppsV1DaemonSetSpec;
  const { spec } = workload;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  // Upstream keeps it as a field of the spec inside, which is 0 where the annotation is missing.
  if (!object.metadata.annotations?.[TEMPLATE_GENERATION]) setTemplateGeneration(object, 0);
  defaultPodTemplate(spec);
}

const specOf = (object: Readonly<KubeObject>): AppsV1DaemonSetSpec =>
  (object as AppsV1DaemonSet).spec ?? ({} as AppsV1DaemonSetSpec);

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/ */
class DaemonSetStrategy extends TemplateStrategy {
  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  override prepareForCreate(ctx: RestContext, object: KubeObject): void {
    super.prepareForCreate(ctx, object);
    const given = Number(object.metadata.annotations?.[TEMPLATE_GENERATION]) || 0;
    setTemplateGeneration(object, Math.max(given, 1));
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
    setTemplateGeneration(object, jsonEqual(specOf(object).template, specOf(old).template) ? before : before + 1);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const spec = specOf(object);
    const { selector, template = {} } = spec;
    const at = SPEC.child('template');
    validateLabelSelector(selector, SPEC.child('selector'), errors);
    // No selector at all chooses nothing, an empty one everything.
    if (!selector || hasSoundSelector(selector)) validateSelects(selector, template, at, errors);
    if (selector && isEmptySelector(selector)) {
      errors.push(fieldInvalid(SPEC.child('selector'), selector, 'empty selector is invalid for daemonset'));
    }
    validatePodTemplate(template, this.context, at, errors);
    validateAlwaysRestarts(spec.template ?? {}, 'DaemonSet', at, errors);
    validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
    validateStrategy(spec, errors);
    validateNonNegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit'), errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateSelectorKept(specOf(object), specOf(old), SPEC, errors);
    return [...errors, ...this.validateCreate(ctx, object)];
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return jsonEqual(specOf(object).template, specOf(old).template) ? [] : this.warningsOnCreate(ctx, object);
  }
}

function setTemplateGeneration({ metadata }: KubeObject, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

function validateStrategy(spec: AppsV1DaemonSetSpec, errors: Errors): void {
  const at = SPEC.child('updateStrategy');
  const { type = '', rollingUpdate } = spec.updateStrategy ?? {};
  if (type === 'OnDelete') return;
  if (type !== 'RollingUpdate') {
    const shown = rollingUpdate
      ? { MaxUnavailable: rollingUpdate.maxUnavailable ?? 0, MaxSurge: rollingUpdate.maxSurge ?? 0 }
      : null;
    errors.push(fieldNotSupportedAsListed(at, { Type: type, RollingUpdate: shown }, ['RollingUpdate', 'OnDelete']));
    return;
  }
  const here = at.child('rollingUpdate');
  if (!rollingUpdate) {
    errors.push(fieldRequired(here));
    return;
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  validateIntOrPercent(maxUnavailable, here.child('maxUnavailable'), errors);
  validateIntOrPercent(maxSurge, here.child('maxSurge'), errors);
  validatePercentAtMost100(maxUnavailable, here.child('maxUnavailable'), errors);
  validatePercentAtMost100(maxSurge, here.child('maxSurge'), errors);
  const [unavailable, surge] = [intOrPercentValue(maxUnavailable), intOrPercentValue(maxSurge)];
  if (unavailable !== 0 && surge !== 0) {
    errors.push(fieldInvalid(here.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (unavailable === 0 && surge === 0) {
    errors.push(fieldRequired(here.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0'));
  }
}

class DaemonSetStatusStrategy extends StatusStrategy {
  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    setTemplateGeneration(object, Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0));
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const status = (object as AppsV1DaemonSet).status ?? {};
    const names = ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'];
    const more = [
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ];
    validateCounts(status, [...names, ...more], STATUS, errors);
    const before = (old as AppsV1DaemonSet).status?.collisionCount;
    const now = (object as AppsV1DaemonSet).status?.collisionCount ?? 0;
    if (before !== undefined && now < before) {
      errors.push(fieldInvalid(STATUS.child('collisionCount'), now, 'cannot be decremented'));
    }
    return errors;
  }
}

export const daemonSetPolicy: KindPolicy = {
  group: 'apps',
  resource: 'daemonsets',
  strategy: (environment) => new DaemonSetStrategy(podContext(environment)),
  statusStrategy: (main) => new DaemonSetStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
};
