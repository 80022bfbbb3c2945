import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { encodeJson, parseJson } from '../../apimachinery/runtime/json.js';
import type { AutoscalingV2MetricSpec } from '../../apis/types.gen.js';

/**
 * autoscaling/v1 knows one metric, the use of CPU. What else an autoscaler has travels through v1 in annotations, in the
 * shapes of an older draft, so that nothing is lost on the way there and back.
 * @see https://kubernetes.io/docs/reference/labels-annotations-taints/ (autoscaling.alpha.kubernetes.io/...)
 */

const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const CPU_UTILIZATION_PERCENT = 80;
const ROUND_TRIP = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

export function convertAutoscaler(object: KubeObject, from: string, to: string): KubeObject {
  if (from === to) return object;
  return to === 'v1' ? toV1(object) : toV2(object);
}

/** What is measured where nothing is named. */
export function defaultMetrics(metrics: AutoscalingV2MetricSpec[] | undefined): AutoscalingV2MetricSpec[] {
  if (metrics?.length) return metrics;
  const target = { type: 'Utilization', averageUtilization: CPU_UTILIZATION_PERCENT };
  return [{ type: 'Resource', resource: { name: 'cpu', target } }];
}

function toV1(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = objectOf(object['spec']);
  const { currentMetrics, conditions, ...status } = objectOf(object['status']);
  const specs = listOf(metrics);
  const statuses = listOf(currentMetrics);
  const others = specs.filter((metric) => utilizationOf(metric, 'target') === undefined);
  const added: Record<string, string> = {};
  if (others.length > 0) added[METRICS] = encodeJson(others.map((metric) => draftOf(metric, 'target')));
  if (statuses.length > 0) added[CURRENT_METRICS] = encodeJson(statuses.map((metric) => draftOf(metric, 'current')));
  if (isJsonObject(behavior)) added[BEHAVIOR] = encodeJson(behaviorDraft(behavior));
  const states = listOf(conditions);
  if (states.length > 0) added[CONDITIONS] = encodeJson(states.map(conditionDraft));
  const target = specs.find(isCpu);
  const current = statuses.filter(isCpu).map((metric) => utilizationOf(metric, 'current'));
  return {
    ...withAnnotations(object, added),
    spec: { ...spec, ...present({ targetCPUUtilizationPercentage: target && utilizationOf(target, 'target') }) },
    status: {
      currentReplicas: 0,
      desiredReplicas: 0,
      ...status,
      ...present({ currentCPUUtilizationPercentage: current.findLast((u) => u !== undefined) }),
    },
  };
}

function toV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = objectOf(object['spec']);
  const { currentCPUUtilizationPercentage: current, ...status } = objectOf(object['status']);
  const annotations = object.metadata.annotations ?? {};
  const cpu = target === undefined ? [] : [cpuMetric({ target: { type: 'Utilization', averageUtilization: target } })];
  const others = read(annotations[METRICS]).map((draft) => metricOf(draft, 'target'));
  const metrics = defaultMetrics([...others, ...cpu] as unknown as AutoscalingV2MetricSpec[]);
  const behavior = behaviorOf(parsed(annotations[BEHAVIOR]));
  const conditions = read(annotations[CONDITIONS]);
  const kept = read(annotations[CURRENT_METRICS]).map((draft) => metricOf(draft, 'current'));
  const measured = current === undefined ? [] : [cpuMetric({ current: { averageUtilization: current } })];
  const currentMetrics = annotations[CURRENT_METRICS] === undefined ? measured : kept;
  return {
    ...withAnnotations(object, {}),
    spec: { ...spec, ...present({ metrics: metrics as unknown as JsonValue, behavior }) },
    status: {
      ...status,
      ...present({
        currentMetrics: currentMetrics.length > 0 ? currentMetrics : undefined,
        conditions: conditions.length > 0 ? conditions : undefined,
      }),
    },
  };
}

/** The object with the annotations of this conversion replaced by `added`. */
function withAnnotations(object: KubeObject, added: Record<string, string>): KubeObject {
  const { annotations = {}, ...metadata } = object.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !ROUND_TRIP.includes(key)));
  const all = { ...kept, ...added };
  return { ...object, metadata: Object.keys(all).length > 0 ? { ...metadata, annotations: all } : metadata };
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});
const listOf = (value: JsonValue | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];

/** Without what is undefined. */
const present = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const cpuMetric = (rest: JsonObject): JsonObject => ({ type: 'Resource', resource: { name: 'cpu', ...rest } });

const isCpu = (metric: JsonObject): boolean =>
  metric['type'] === 'Resource' && objectOf(metric['resource'])['name'] === 'cpu';

/** The share of CPU that a CPU metric speaks of. */
function utilizationOf(metric: JsonObject, side: Side): JsonValue | undefined {
  return isCpu(metric) ? objectOf(objectOf(metric['resource'])[side])['averageUtilization'] : undefined;
}

type Side = 'target' | 'current';

/** `targetAverageValue`, `currentAverageValue`: how the draft names values. */
const named = (side: Side, name: string): string => side + name.charAt(0).toUpperCase() + name.slice(1);

/** A metric of v2, or its status, in the shape of the draft. */
function draftOf(metric: JsonObject, side: Side): JsonObject {
  const draft: JsonObject = present({ type: metric['type'] ?? '' });
  const { object, pods, resource, containerResource, external } = metric;
  if (isJsonObject(object)) draft['object'] = objectDraft(object, side);
  if (isJsonObject(pods)) {
    const { name, selector } = objectOf(pods['metric']);
    const value = objectOf(pods[side])['averageValue'] ?? '0';
    draft['pods'] = present({ metricName: name ?? '', [named(side, 'averageValue')]: value, selector });
  }
  if (isJsonObject(resource)) draft['resource'] = resourceDraft(resource, side);
  if (isJsonObject(containerResource)) {
    draft['containerResource'] = {
      ...resourceDraft(containerResource, side),
      container: containerResource['container'] ?? '',
    };
  }
  if (isJsonObject(external)) draft['external'] = externalDraft(external, side);
  return draft;
}

function objectDraft(object: JsonObject, side: Side): JsonObject {
  const { kind, name, apiVersion } = objectOf(object['describedObject']);
  const metric = objectOf(object['metric']);
  const { value, averageValue } = objectOf(object[side]);
  return present({
    target: present({ kind: kind ?? '', name: name ?? '', apiVersion: apiVersion || undefined }),
    metricName: metric['name'] ?? '',
    [named(side, 'value')]: value ?? '0',
    selector: metric['selector'],
    averageValue,
  });
}

function resourceDraft(resource: JsonObject, side: Side): JsonObject {
  const { averageUtilization, averageValue } = objectOf(resource[side]);
  return present({
    name: resource['name'] ?? '',
    [named(side, 'averageUtilization')]: averageUtilization,
    [named(side, 'averageValue')]: averageValue ?? (side === 'current' ? '0' : undefined),
  });
}

function externalDraft(external: JsonObject, side: Side): JsonObject {
  const metric = objectOf(external['metric']);
  const { value, averageValue } = objectOf(external[side]);
  return present({
    metricName: metric['name'] ?? '',
    metricSelector: metric['selector'],
    [named(side, 'value')]: value ?? (side === 'current' ? '0' : undefined),
    [named(side, 'averageValue')]: averageValue,
  });
}

/** The way back. The kind of a target is not in the draft: it follows from the values that are there. */
function metricOf(draft: JsonObject, side: Side): JsonObject {
  const metric: JsonObject = { type: draft['type'] ?? '' };
  const { object, pods, resource, containerResource, external } = draft;
  const typed = (type: string, values: JsonObject): JsonObject => ({
    [side]: present(side === 'target' ? { type, ...values } : values),
  });
  const at = (part: JsonObject, name: string): JsonValue | undefined => part[named(side, name)];
  if (isJsonObject(object)) {
    const { target, metricName, selector, averageValue } = object;
    metric['object'] = {
      describedObject: target ?? {},
      metric: present({ name: metricName, selector }),
      ...typed(averageValue === undefined ? 'Value' : 'AverageValue', { value: at(object, 'value'), averageValue }),
    };
  }
  if (isJsonObject(pods)) {
    metric['pods'] = {
      metric: present({ name: pods['metricName'], selector: pods['selector'] }),
      ...typed('AverageValue', { averageValue: at(pods, 'averageValue') }),
    };
  }
  for (const [name, part] of Object.entries({ resource, containerResource })) {
    if (!isJsonObject(part)) continue;
    const averageUtilization = at(part, 'averageUtilization');
    metric[name] = {
      ...present({ name: part['name'], container: part['container'] }),
      ...typed(averageUtilization === undefined ? 'AverageValue' : 'Utilization', {
        averageUtilization,
        averageValue: at(part, 'averageValue'),
      }),
    };
  }
  if (isJsonObject(external)) {
    const value = at(external, 'value');
    metric['external'] = {
      metric: present({ name: external['metricName'], selector: external['metricSelector'] }),
      ...typed(value === undefined ? 'AverageValue' : 'Value', { value, averageValue: at(external, 'averageValue') }),
    };
  }
  return metric;
}

const SIDES = ['scaleUp', 'scaleDown'];
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The behavior is written as kube-apiserver holds it inside. */
function behaviorDraft(behavior: JsonObject): JsonObject {
  return Object.fromEntries(
    SIDES.map((side) => {
      const rules = behavior[side];
      if (!isJsonObject(rules)) return [capital(side), null];
      const policies = Array.isArray(rules['policies']) ? listOf(rules['policies']).map(policyDraft) : null;
      return [
        capital(side),
        {
          StabilizationWindowSeconds: rules['stabilizationWindowSeconds'] ?? null,
          SelectPolicy: rules['selectPolicy'] ?? null,
          Policies: policies,
          Tolerance: rules['tolerance'] ?? null,
        },
      ];
    }),
  );
}

const policyDraft = ({ type, value, periodSeconds }: JsonObject): JsonObject => ({
  Type: type ?? '',
  Value: value ?? 0,
  PeriodSeconds: periodSeconds ?? 0,
});

function behaviorOf(draft: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(draft)) return undefined;
  return Object.fromEntries(
    SIDES.flatMap((side) => {
      const rules = draft[capital(side)];
      return isJsonObject(rules) ? [[side, rulesOf(rules)]] : [];
    }),
  );
}

function rulesOf({ StabilizationWindowSeconds, SelectPolicy, Policies, Tolerance }: JsonObject): JsonObject {
  return present({
    stabilizationWindowSeconds: StabilizationWindowSeconds ?? undefined,
    selectPolicy: SelectPolicy ?? undefined,
    policies: Array.isArray(Policies)
      ? listOf(Policies).map(({ Type, Value, PeriodSeconds }) => ({
          type: Type ?? '',
          value: Value ?? 0,
          periodSeconds: PeriodSeconds ?? 0,
        }))
      : undefined,
    tolerance: Tolerance ?? undefined,
  });
}

const conditionDraft = (condition: JsonObject): JsonObject => {
  const { type, status, lastTransitionTime, reason, message, observedGeneration } = condition;
  return present({
    type: type ?? '',
    status: status ?? '',
    lastTransitionTime: lastTransitionTime ?? null,
    reason: reason || undefined,
    message: message || undefined,
    observedGeneration,
  });
};

/** What an annotation says; undefined where it is absent or no JSON, which upstream passes over too. */
function parsed(text: string | undefined): JsonValue | undefined {
  try {
    return text === undefined ? undefined : parseJson(text);
  } catch {
    return undefined;
  }
}

const read = (text: string | undefined): JsonObject[] => listOf(parsed(text));
