import type { KubeObject } from '../../apimachinery/meta/object.js';
import { validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import { type FieldError, FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { AppsV1ReplicaSet, AppsV1ReplicaSetSpec } from '../../apis/types.gen.js';
import { podContext } from '../core/pod.strategy.js';
import { defaultPodTemplate } from '../core/pod-defaults.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import { shownSelector } from '../generic/internal-form.js';
import { scaleSubresource } from '../generic/scale.js';
import {
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
  kind: { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
};
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');

function setDefaults(object: KubeObject): void {
  const workload = object as AppsV1ReplicaSet;
  workload.spec ??= {} as AppsV1ReplicaSetSpec;
  const { spec } = workload;
  spec.replicas ??= 1;
  defaultPodTemplate(spec);
}

const specOf = (object: Readonly<KubeObject>): AppsV1ReplicaSetSpec =>
  (object as AppsV1ReplicaSet).spec ?? ({} as AppsV1ReplicaSetSpec);

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/ */
class ReplicaSetStrategy extends TemplateStrategy {
  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const spec = specOf(object);
    validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
    validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
    validateWorkloadSelector(spec.selector, 'deployment', SPEC.child('selector'), errors);
    if (spec.selector && !hasSoundSelector(spec.selector)) {
      errors.push(fieldInvalid(SPEC.child('selector'), shownSelector(spec.selector), 'invalid label selector'));
      return errors;
    }
    const at = SPEC.child('template');
    validateSelectedTemplate(spec.template ?? {}, spec.selector, this.context, at, errors);
    validateAlwaysRestarts(spec.template ?? {}, 'ReplicaSet', at, errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateCreate(ctx, object);
    validateSelectorKept(specOf(object), specOf(old), SPEC, errors);
    return errors;
  }
}

/** Also that of replication controllers. */
export class ReplicaStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const status = (object as AppsV1ReplicaSet).status ?? { replicas: 0 };
    const parts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
    validateCounts(status, ['replicas', ...parts, 'terminatingReplicas', 'observedGeneration'], STATUS, errors);
    validateAtMost(status, parts, 'replicas', 'status.replicas', STATUS, errors);
    validateAtMost(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas', STATUS, errors);
    return errors;
  }
}

export const replicaSetPolicy: KindPolicy = {
  group: 'apps',
  resource: 'replicasets',
  strategy: (environment) => new ReplicaSetStrategy(podContext(environment)),
  statusStrategy: (main) => new ReplicaStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
  subresources: (store, environment) => [scaleSubresource(store, environment)],
};
