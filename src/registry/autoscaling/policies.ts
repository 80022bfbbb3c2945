import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import type { AutoscalingV2HorizontalPodAutoscaler, AutoscalingV2HPAScalingRules } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { convertAutoscaler, defaultMetrics } from './autoscaler-conversion.js';
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation.js';

type Autoscaler = AutoscalingV2HorizontalPodAutoscaler;

const HUB = 'v2';
const TRAITS: KindTraits = {
  kind: { group: 'autoscaling', version: HUB, kind: 'HorizontalPodAutoscaler' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
  apiVersions: ['autoscaling/v1', 'autoscaling/v2'],
};
const POLICY_PERIOD_SECONDS = 15;

const scaleUpRules = (): AutoscalingV2HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: POLICY_PERIOD_SECONDS },
    { type: 'Percent', value: 100, periodSeconds: POLICY_PERIOD_SECONDS },
  ],
});
const scaleDownRules = (): AutoscalingV2HPAScalingRules => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: POLICY_PERIOD_SECONDS }],
});

function defaultMinimum(object: KubeObject): void {
  const { spec } = object as Autoscaler;
  if (spec) spec.minReplicas ??= 1;
}

function setDefaults(object: KubeObject): void {
  defaultMinimum(object);
  const { spec } = object as Autoscaler;
  if (!spec) return;
  spec.metrics = defaultMetrics(spec.metrics);
  const { behavior } = spec;
  if (!behavior) return;
  behavior.scaleUp = { ...scaleUpRules(), ...behavior.scaleUp };
  behavior.scaleDown = { ...scaleDownRules(), ...behavior.scaleDown };
}

class AutoscalerStrategy extends GenericStrategy {
  constructor() {
    super(TRAITS);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateAutoscaler(object as Autoscaler, undefined, errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateAutoscaler(object as Autoscaler, old as Autoscaler, errors);
    return errors;
  }

  /** Rules of an autoscaler of v1 get their defaults only here: upstream, they come with reading what was stored. */
  override canonicalize(object: KubeObject): void {
    setDefaults(object);
  }
}

class AutoscalerStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateAutoscalerStatus(object as Autoscaler, errors);
    return errors;
  }
}

/** v1 and v2 are two views of one object, which is kept in the form of v2. */
export const autoscalerPolicy: KindPolicy = {
  group: 'autoscaling',
  resource: 'horizontalpodautoscalers',
  hubVersion: HUB,
  strategy: () => new AutoscalerStrategy(),
  statusStrategy: (main) => new AutoscalerStatusStrategy(main, TRAITS),
  defaults: { v1: defaultMinimum, v2: setDefaults },
  convert: convertAutoscaler,
};

export const autoscalingPolicies: readonly KindPolicy[] = [autoscalerPolicy];
