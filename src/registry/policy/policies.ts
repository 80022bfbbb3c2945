import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { validateIntOrPercent, validatePercentAtMost100 } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupported,
} from '../../apimachinery/validation/field-error.js';
import { validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import type { PolicyV1PodDisruptionBudget } from '../../apis/types.gen.js';
import { validateConditions } from '../generic/condition-checks.js';
import { GenericStrategy, type KindTraits, StatusStrategy, setGeneration } from '../generic/generic-strategy.js';
import { validateCounts } from '../generic/template-workload.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';

const TRAITS: KindTraits = {
  kind: { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
  allowUnconditionalUpdate: false,
};
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];

/** @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
class PodDisruptionBudgetStrategy extends GenericStrategy {
  constructor() {
    super(TRAITS);
  }

  protected override moveGeneration(object: KubeObject, old: Readonly<KubeObject>): void {
    setGeneration(object, old, !jsonEqual(object['spec'], old['spec']));
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { spec = {} } = object as PolicyV1PodDisruptionBudget;
    const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: eviction } = spec;
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      const shown = {
        MinAvailable: minAvailable,
        Selector: spec.selector ?? null,
        MaxUnavailable: maxUnavailable,
        UnhealthyPodEvictionPolicy: eviction ?? null,
      };
      errors.push(fieldInvalid(SPEC, shown, 'minAvailable and maxUnavailable cannot be both set'));
    }
    for (const [name, value] of [
      ['minAvailable', minAvailable],
      ['maxUnavailable', maxUnavailable],
    ] as const) {
      if (value === undefined) continue;
      validateIntOrPercent(value, SPEC.child(name), errors);
      validatePercentAtMost100(value, SPEC.child(name), errors);
    }
    validateLabelSelector(spec.selector, SPEC.child('selector'), errors);
    const supported = ['AlwaysAllow', 'IfHealthyBudget'];
    if (eviction !== undefined && !supported.includes(eviction)) {
      errors.push(fieldNotSupported(SPEC.child('unhealthyPodEvictionPolicy'), eviction, supported));
    }
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return this.validateCreate(ctx, object);
  }
}

class BudgetStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { status } = object as PolicyV1PodDisruptionBudget;
    if (status === undefined) return errors;
    validateConditions(status.conditions ?? [], STATUS.child('conditions'), errors);
    validateCounts(status, COUNTS, STATUS, errors);
    return errors;
  }
}

export const policyPolicies: readonly KindPolicy[] = [
  {
    group: 'policy',
    resource: 'poddisruptionbudgets',
    strategy: () => new PodDisruptionBudgetStrategy(),
    statusStrategy: (main) => new BudgetStatusStrategy(main, TRAITS),
  },
];
