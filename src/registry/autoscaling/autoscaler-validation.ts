import type { JsonObject } from '../../apimachinery/meta/json.js';
import { nanosOf } from '../../apimachinery/runtime/quantity.js';
import {
  type Errors,
  NON_NEGATIVE_TEXT,
  POSITIVE_TEXT,
  validateChecked,
  validateNonNegative,
} from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label } from '../../apimachinery/validation/names.js';
import type {
  AutoscalingV2CrossVersionObjectReference,
  AutoscalingV2HorizontalPodAutoscaler,
  AutoscalingV2HPAScalingPolicy,
  AutoscalingV2HPAScalingRules,
  AutoscalingV2MetricIdentifier,
  AutoscalingV2MetricSpec,
  AutoscalingV2MetricTarget,
} from '../../apis/types.gen.js';
import { validatePathSegment } from '../generic/reference-checks.js';
import { validateContainerResourceName, validateNonNegativeQuantity } from '../generic/resource-names.js';

/** @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */

const SPEC = FieldPath.root('spec');
const METRIC_TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];
const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];
const STABILIZATION_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

/** What is asked of the API version of a reference; objects from before these rules keep what they have. */
interface ReferenceRules {
  readonly anyGroup: boolean;
  readonly anyVersion: boolean;
}

export function validateAutoscaler(
  autoscaler: Readonly<AutoscalingV2HorizontalPodAutoscaler>,
  old: Readonly<AutoscalingV2HorizontalPodAutoscaler> | undefined,
  errors: Errors,
): void {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = autoscaler.spec ?? {};
  const maxAt = SPEC.child('maxReplicas');
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(fieldInvalid(maxAt, maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  const target = scaleTargetRef ?? { kind: '', name: '' };
  validateReference(target, targetRules(target, old?.spec?.scaleTargetRef), SPEC.child('scaleTargetRef'), errors);
  for (const [i, metric] of metrics.entries()) validateMetric(metric, SPEC.child('metrics').index(i), errors);
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    const text = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(fieldForbidden(SPEC.child('metrics'), text));
  }
  for (const side of ['scaleUp', 'scaleDown'] as const) {
    const rules = behavior?.[side];
    if (rules !== undefined) validateScalingRules(rules, SPEC.child('behavior', side), errors);
  }
  if (minReplicas !== undefined && minReplicas < 0) {
    errors.push(fieldInvalid(SPEC.child('minReplicas'), minReplicas, NON_NEGATIVE_TEXT));
  }
  if (maxReplicas === 0) errors.push(fieldRequired(maxAt));
  else if (maxReplicas < 0) errors.push(fieldInvalid(maxAt, maxReplicas, 'must be greater than or equal to 1'));
}

const slashesIn = (apiVersion: string): number => apiVersion.split('/').length - 1;
const namesGroup = (apiVersion: string): boolean => slashesIn(apiVersion) === 1 && !apiVersion.startsWith('/');

function targetRules(
  target: AutoscalingV2CrossVersionObjectReference,
  old: AutoscalingV2CrossVersionObjectReference | undefined,
): ReferenceRules {
  const before = old?.apiVersion ?? '';
  return {
    anyGroup: target.kind === 'ReplicationController' || (old !== undefined && !namesGroup(before)),
    anyVersion: old !== undefined && slashesIn(before) > 1,
  };
}

function validateReference(
  reference: AutoscalingV2CrossVersionObjectReference,
  rules: ReferenceRules,
  at: FieldPath,
  errors: Errors,
): void {
  const { kind, name, apiVersion = '' } = reference;
  validatePathSegment(kind, at.child('kind'), errors);
  validatePathSegment(name, at.child('name'), errors);
  if (rules.anyVersion) return;
  const versionAt = at.child('apiVersion');
  if (slashesIn(apiVersion) > 1) {
    errors.push(fieldInvalid(versionAt, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else if (!rules.anyGroup && !namesGroup(apiVersion)) {
    errors.push(fieldInvalid(versionAt, apiVersion, 'apiVersion must specify API group'));
  }
}

/** Sources in the order in which they are looked at; only the first one that is there is judged. */
const SOURCES = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
type Source = (typeof SOURCES)[number];

function validateMetric(metric: AutoscalingV2MetricSpec, at: FieldPath, errors: Errors): void {
  const { type = '' } = metric;
  if (type === '') errors.push(fieldRequired(at.child('type'), 'must specify a metric source type'));
  const known = METRIC_TYPES.includes(type);
  if (!known) errors.push(fieldNotSupported(at.child('type'), type, METRIC_TYPES));
  const present = SOURCES.filter((source) => metric[source] !== undefined);
  if (present[0] !== undefined) validateSource(present[0], metric, at.child(present[0]), errors);
  const expected = (type.charAt(0).toLowerCase() + type.slice(1)) as Source;
  if (known && !present.includes(expected)) {
    errors.push(fieldRequired(at.child(expected), 'must populate information for the given metric source'));
  }
  if (present.length === 1) return;
  for (const source of present) {
    if (source === expected) continue;
    errors.push(fieldForbidden(at.child(source), 'must populate the given metric source only'));
  }
}

const DESCRIBED: ReferenceRules = { anyGroup: true, anyVersion: false };

function validateSource(source: Source, metric: AutoscalingV2MetricSpec, at: FieldPath, errors: Errors): void {
  const target = metric[source]?.target ?? { type: '' };
  const targetAt = at.child('target');
  const { value, averageValue } = target;
  switch (source) {
    case 'object':
      validateReference(
        metric.object?.describedObject ?? { kind: '', name: '' },
        DESCRIBED,
        at.child('describedObject'),
        errors,
      );
      validateIdentifier(metric.object?.metric, at.child('metric'), errors);
      validateTarget(target, targetAt, errors);
      if (value === undefined && averageValue === undefined) {
        errors.push(fieldRequired(targetAt.child('averageValue'), 'must set either a target value or averageValue'));
      }
      return;
    case 'external':
      validateIdentifier(metric.external?.metric, at.child('metric'), errors);
      validateTarget(target, targetAt, errors);
      validateExternalTarget(target, targetAt, errors);
      return;
    case 'pods':
      validateIdentifier(metric.pods?.metric, at.child('metric'), errors);
      validateTarget(target, targetAt, errors);
      if (averageValue === undefined) {
        errors.push(fieldRequired(targetAt.child('averageValue'), 'must specify a positive target averageValue'));
      }
      return;
    default:
      if (!metric[source]?.name) errors.push(fieldRequired(at.child('name'), 'must specify a resource name'));
      else if (source === 'containerResource') {
        validateContainerResourceName(metric.containerResource!.name, at.child('name'), errors);
      }
      if (source === 'containerResource') validateContainer(metric.containerResource?.container, at, errors);
      validateTarget(target, targetAt, errors);
      validateResourceTarget(target, targetAt, errors);
  }
}

function validateContainer(container: string | undefined, at: FieldPath, errors: Errors): void {
  if (!container) errors.push(fieldRequired(at.child('container'), 'must specify a container'));
  else validateChecked(container, checkDns1123Label, at.child('container'), errors);
}

function validateExternalTarget(target: AutoscalingV2MetricTarget, at: FieldPath, errors: Errors): void {
  const { value, averageValue } = target;
  if (value === undefined && averageValue === undefined) {
    const text = 'must set either a target value for metric or a per-pod target';
    errors.push(fieldRequired(at.child('averageValue'), text));
  }
  if (value !== undefined && averageValue !== undefined) {
    const text = 'may not set both a target value for metric and a per-pod target';
    errors.push(fieldForbidden(at.child('value'), text));
  }
}

function validateResourceTarget(target: AutoscalingV2MetricTarget, at: FieldPath, errors: Errors): void {
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const text = 'must set either a target raw value or a target utilization';
    errors.push(fieldRequired(at.child('averageUtilization'), text));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const text = 'may not set both a target raw value and a target utilization';
    errors.push(fieldForbidden(at.child('averageValue'), text));
  }
}

function validateIdentifier(id: AutoscalingV2MetricIdentifier | undefined, at: FieldPath, errors: Errors): void {
  validatePathSegment(id?.name, at.child('name'), errors, 'must specify a metric name');
}

function validateTarget(target: AutoscalingV2MetricTarget, at: FieldPath, errors: Errors): void {
  const { type = '', value, averageValue, averageUtilization } = target;
  if (type === '') errors.push(fieldRequired(at.child('type'), 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(type)) {
    errors.push(fieldInvalid(at.child('type'), type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const [name, quantity] of Object.entries({ value, averageValue })) {
    if (quantity !== undefined && nanosOf(quantity) <= 0n) {
      errors.push(fieldInvalid(at.child(name), quantity, 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(fieldInvalid(at.child('averageUtilization'), averageUtilization, 'must be greater than 0'));
  }
}

function validateScalingRules(rules: AutoscalingV2HPAScalingRules, at: FieldPath, errors: Errors): void {
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies = [], tolerance } = rules;
  const secondsAt = at.child('stabilizationWindowSeconds');
  if (seconds !== undefined && seconds < 0) {
    errors.push(fieldInvalid(secondsAt, seconds, 'must be greater than or equal to zero'));
  }
  if (seconds !== undefined && seconds > STABILIZATION_SECONDS_MAX) {
    errors.push(fieldInvalid(secondsAt, seconds, `must be less than or equal to ${STABILIZATION_SECONDS_MAX}`));
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    errors.push(fieldNotSupported(at.child('selectPolicy'), selectPolicy, SELECT_POLICIES));
  }
  const policiesAt = at.child('policies');
  if (policies.length === 0) errors.push(fieldRequired(policiesAt, 'must specify at least one Policy'));
  for (const [i, policy] of policies.entries()) validateScalingPolicy(policy, policiesAt.index(i), errors);
  if (tolerance !== undefined) validateNonNegativeQuantity(tolerance, at.child('tolerance'), errors);
}

function validateScalingPolicy(policy: AutoscalingV2HPAScalingPolicy, at: FieldPath, errors: Errors): void {
  const { type = '', value = 0, periodSeconds = 0 } = policy;
  if (!POLICY_TYPES.includes(type)) errors.push(fieldNotSupported(at.child('type'), type, POLICY_TYPES));
  if (value <= 0) errors.push(fieldInvalid(at.child('value'), value, POSITIVE_TEXT));
  const periodAt = at.child('periodSeconds');
  if (periodSeconds <= 0) errors.push(fieldInvalid(periodAt, periodSeconds, POSITIVE_TEXT));
  if (periodSeconds > PERIOD_SECONDS_MAX) {
    errors.push(fieldInvalid(periodAt, periodSeconds, `must be less than or equal to ${PERIOD_SECONDS_MAX}`));
  }
}

export function validateAutoscalerStatus(
  autoscaler: Readonly<AutoscalingV2HorizontalPodAutoscaler>,
  errors: Errors,
): void {
  const status: JsonObject = autoscaler.status ?? {};
  for (const name of ['currentReplicas', 'desiredReplicas']) {
    const value = Number(status[name] ?? 0);
    if (value < 0) errors.push(fieldInvalid(FieldPath.root('status', name), value, NON_NEGATIVE_TEXT));
  }
  for (const [i, { observedGeneration }] of (autoscaler.status?.conditions ?? []).entries()) {
    const at = FieldPath.root('status', 'conditions').index(i).child('observedGeneration');
    validateNonNegative(observedGeneration, at, errors);
  }
}
