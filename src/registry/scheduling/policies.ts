import { forbidden } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import type { SchedulingV1PriorityClass } from '../../apis/types.gen.js';
import { GenericStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';

/** The highest value that is not the system's own. */
const USER_PRIORITY_MAX = 1_000_000_000;
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never'];
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

/** @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/ */
class PriorityClassStrategy extends GenericStrategy {
  constructor() {
    super({
      kind: { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass' },
      namespaced: false,
      generation: 'fixed',
    });
  }

  override checkDelete(name: string): void {
    if (!Object.hasOwn(SYSTEM_CLASSES, name)) return;
    const resource = { group: this.kind.group, resource: 'priorityclasses' };
    throw forbidden(resource, name, 'this is a system priority class and cannot be deleted');
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { value = 0, preemptionPolicy, metadata } = object as SchedulingV1PriorityClass;
    const name = metadata.name ?? '';
    if (name.startsWith('system-')) {
      const fault = systemClassFault(object as SchedulingV1PriorityClass);
      if (fault !== undefined) {
        const text = `priority class names with 'system-' prefix are reserved for system use only. error: ${fault}`;
        errors.push(fieldForbidden(FieldPath.root('metadata', 'name'), text));
      }
    } else if (value > USER_PRIORITY_MAX) {
      const text = `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`;
      errors.push(fieldForbidden(FieldPath.root('value'), text));
    }
    if (preemptionPolicy === '') errors.push(fieldRequired(FieldPath.root('preemptionPolicy')));
    else if (preemptionPolicy !== undefined && !PREEMPTION_POLICIES.includes(preemptionPolicy)) {
      const at = FieldPath.root('preemptionPolicy');
      errors.push(fieldNotSupportedAsListed(at, preemptionPolicy, PREEMPTION_POLICIES));
    }
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const now = object as SchedulingV1PriorityClass;
    const before = old as SchedulingV1PriorityClass;
    if ((now.value ?? 0) !== (before.value ?? 0)) {
      errors.push(fieldForbidden(FieldPath.root('value'), 'may not be changed in an update.'));
    }
    if (now.preemptionPolicy !== before.preemptionPolicy) {
      const at = FieldPath.root('preemptionPolicy');
      errors.push(fieldInvalid(at, now.preemptionPolicy ?? null, 'field is immutable'));
    }
    return errors;
  }
}

/** What keeps the class from being one of the system's own; undefined where it is one. */
function systemClassFault({ metadata, value = 0, globalDefault }: SchedulingV1PriorityClass): string | undefined {
  const name = metadata.name ?? '';
  const known = SYSTEM_CLASSES[name];
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export const schedulingPolicies: readonly KindPolicy[] = [
  {
    group: 'scheduling.k8s.io',
    resource: 'priorityclasses',
    strategy: () => new PriorityClassStrategy(),
    defaults: {
      v1: (object) => {
        (object as SchedulingV1PriorityClass).preemptionPolicy ??= 'PreemptLowerPriority';
      },
    },
  },
];
