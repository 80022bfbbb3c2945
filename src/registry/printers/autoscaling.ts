import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { field } from '../../apimachinery/meta/object.js';
import { canonicalQuantity } from '../../apimachinery/runtime/quantity.js';
import type { AutoscalingV2HorizontalPodAutoscaler, PolicyV1PodDisruptionBudget } from '../../apis/types.gen.js';
import { age, cells, NONE, name, type Printers, UNKNOWN, UNSET } from './printer.js';

const AUTOSCALER = cells<AutoscalingV2HorizontalPodAutoscaler>((autoscaler, context) => {
  const { spec, status } = autoscaler;
  return [
    name(autoscaler),
    `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
    metricsText(autoscaler),
    spec.minReplicas === undefined ? UNSET : String(spec.minReplicas),
    spec.maxReplicas,
    status?.currentReplicas ?? 0,
    age(autoscaler, context),
  ];
});

export const AUTOSCALING_PRINTERS: Printers = {
  'autoscaling/v1/horizontalpodautoscalers': AUTOSCALER,
  'autoscaling/v2/horizontalpodautoscalers': AUTOSCALER,
  'policy/v1/poddisruptionbudgets': cells<PolicyV1PodDisruptionBudget>((budget, context) => [
    name(budget),
    String(budget.spec?.minAvailable ?? 'N/A'),
    String(budget.spec?.maxUnavailable ?? 'N/A'),
    budget.status?.disruptionsAllowed ?? 0,
    age(budget, context),
  ]),
};

const METRICS_MAX = 2;
/** A quantity that is not there. */
const NIL = '<nil>';

/** `current/target` of each metric; statuses stand at the places of their specs. */
function metricsText({ spec, status }: Readonly<AutoscalingV2HorizontalPodAutoscaler>): string {
  const specs = spec.metrics ?? [];
  if (specs.length === 0) return NONE;
  const texts = specs.map((metric, i) => metricText(metric, status?.currentMetrics?.[i]));
  if (texts.length <= METRICS_MAX) return texts.join(', ');
  return `${texts.slice(0, METRICS_MAX).join(', ')} + ${texts.length - METRICS_MAX} more...`;
}

/** The field that carries a metric of each type. */
const SOURCES: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

function metricText(metric: JsonObject, status: JsonObject | undefined): string {
  const source = SOURCES[String(metric['type'])];
  if (source === undefined) return '<unknown type>';
  const known = field(metric, source);
  const spec = isJsonObject(known) ? known : {};
  const target = (what: string) => text(field(spec, 'target', what));
  const current = (what: string) => text(field(status, source, 'current', what));
  // A status without the value is Go's nil, none at all is not known.
  const shown = (what: string) => current(what) ?? (isJsonObject(field(status, source)) ? NIL : UNKNOWN);
  const average = target('averageValue');
  switch (source) {
    case 'resource':
    case 'containerResource':
      if (average !== undefined) return `${String(spec['name'])}: ${shown('averageValue')}/${average}`;
      return `${String(spec['name'])}: ${percent(current('averageUtilization') ?? UNKNOWN)}/${percent(target('averageUtilization') ?? '<auto>')}`;
    case 'pods':
      return `${shown('averageValue')}/${average ?? NIL}`;
    default:
      if (average !== undefined) return `${current('averageValue') ?? UNKNOWN}/${average} (avg)`;
      return `${shown('value')}/${target('value') ?? NIL}`;
  }
}

function text(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? canonicalQuantity(value) : String(value);
}

function percent(value: string): string {
  return value.startsWith('<') ? value : `${value}%`;
}
