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
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import type { AppsV1Deployment, AppsV1DeploymentSpec } from '../../apis/types.gen.js';
import { podContext } from '../core/pod.strategy.js';
import { defaultPodTemplate } from '../core/pod-defaults.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { type KindTraits, resetIn, StatusStrategy, setGeneration } from '../generic/generic-strategy.js';
import { shownSelector } from '../generic/internal-form.js';
import { scaleSubresource } from '../generic/scale.js';
import {
  countOf,
  hasSoundSelector,
  TemplateStrategy,
  validateAlwaysRestarts,
  validateAtMost,
  validateCounts,
  validateSelectedTemplate,
  validateSelectorKept,
  validateWorkloadSelector,
} from '../generic/template-workload.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';

const TRAITS: KindTraits = {
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
};
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');

function setDefaults(object: KubeObject): void {
  const workload = object as AppsV1Deployment;
  workload.spec ??= {} as AppsV1DeploymentSpec;
  const { spec } = workload;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  const { strategy } = spec;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= '25%';
    strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  defaultPodTemplate(spec);
}

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ */
class DeploymentStrategy extends TemplateStrategy {
  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  /** Rollout tools keep state in annotations: these count as a change as well. */
  protected override moveGeneration(object: KubeObject, old: Readonly<KubeObject>): void {
    const same =
      jsonEqual(object['spec'], old['spec']) &&
      jsonEqual(object.metadata.annotations ?? {}, old.metadata.annotations ?? {});
    setGeneration(object, old, !same);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateSpec(specOf(object), this.context, errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateCreate(ctx, object);
    validateSelectorKept(specOf(object), specOf(old), SPEC, errors);
    return errors;
  }
}

const specOf = (object: Readonly<KubeObject>): AppsV1DeploymentSpec =>
  (object as AppsV1Deployment).spec ?? ({ template: {} } as AppsV1DeploymentSpec);

function validateSpec(spec: AppsV1DeploymentSpec, context: PodContext, errors: Errors): void {
  validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
  const { selector } = spec;
  validateWorkloadSelector(selector, 'deployment', SPEC.child('selector'), errors);
  if (selector && !hasSoundSelector(selector)) {
    errors.push(fieldInvalid(SPEC.child('selector'), shownSelector(selector), 'invalid label selector'));
  } else {
    const template = SPEC.child('template');
    validateSelectedTemplate(spec.template ?? {}, selector, context, template, errors);
    validateAlwaysRestarts(spec.template ?? {}, 'ReplicaSet', template, errors);
  }
  validateRollout(spec, errors);
  validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateNonNegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit'), errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  validateNonNegative(deadline, SPEC.child('progressDeadlineSeconds'), errors);
  if (deadline <= (spec.minReadySeconds ?? 0)) {
    errors.push(fieldInvalid(SPEC.child('progressDeadlineSeconds'), deadline, 'must be greater than minReadySeconds'));
  }
}

function validateRollout(spec: AppsV1DeploymentSpec, errors: Errors): void {
  const at = SPEC.child('strategy');
  const { type = '', rollingUpdate } = spec.strategy ?? {};
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined) {
      errors.push(fieldForbidden(at.child('rollingUpdate'), "may not be specified when strategy `type` is 'Recreate'"));
    }
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate === undefined) {
      const text = 'this should be defaulted and never be nil';
      errors.push(fieldRequired(at.child('rollingUpdate'), text));
      return;
    }
    const { maxUnavailable, maxSurge } = rollingUpdate;
    const unavailableAt = at.child('rollingUpdate', 'maxUnavailable');
    validateIntOrPercent(maxUnavailable, unavailableAt, errors);
    validateIntOrPercent(maxSurge, at.child('rollingUpdate', 'maxSurge'), errors);
    if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0) {
      errors.push(fieldInvalid(unavailableAt, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
    }
    validatePercentAtMost100(maxUnavailable, unavailableAt, errors);
  } else {
    const shown = rollingUpdate
      ? { MaxUnavailable: rollingUpdate.maxUnavailable ?? 0, MaxSurge: rollingUpdate.maxSurge ?? 0 }
      : null;
    errors.push(fieldNotSupported(at, { Type: type, RollingUpdate: shown }, ['Recreate', 'RollingUpdate']));
  }
}

class DeploymentStatusStrategy extends StatusStrategy {
  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return resetIn(this.traits, ['spec', 'metadata.labels']);
  }

  /** Unlike other workloads, a deployment's labels are not to be changed together with its status. */
  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    if (old.metadata.labels === undefined) delete object.metadata.labels;
    else object.metadata.labels = old.metadata.labels;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const status = (object as AppsV1Deployment).status ?? {};
    const before = (old as AppsV1Deployment).status ?? {};
    const counts = ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'];
    validateCounts(status, [...counts, 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'], STATUS, errors);
    validateAtMost(
      status,
      ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
      'replicas',
      'status.replicas',
      STATUS,
      errors,
    );
    validateAtMost(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas', STATUS, errors);
    if (before.collisionCount !== undefined && countOf(status, 'collisionCount') < before.collisionCount) {
      errors.push(
        fieldInvalid(STATUS.child('collisionCount'), countOf(status, 'collisionCount'), 'cannot be decremented'),
      );
    }
    return errors;
  }
}

export const deploymentPolicy: KindPolicy = {
  group: 'apps',
  resource: 'deployments',
  strategy: (environment) => new DeploymentStrategy(podContext(environment)),
  statusStrategy: (main) => new DeploymentStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
  subresources: (store, environment) => [scaleSubresource(store, environment)],
};
