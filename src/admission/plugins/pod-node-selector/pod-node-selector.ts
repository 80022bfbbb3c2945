import { notFound, plainError } from '../../../apimachinery/errors/status-error.js';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { isWhole, refused } from '../../refusal.js';

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';

/** Node selectors as `key=value,...`: by namespace those that its pods may use, and what namespaces without any get. */
export interface PodNodeSelectorConfiguration {
  readonly clusterDefault: string;
  readonly allowed: Readonly<Record<string, string>>;
}

type Labels = ReadonlyMap<string, string>;

/**
 * Pods of a namespace go to the nodes that its annotation names.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podnodeselector
 */
export class PodNodeSelector implements AdmissionPlugin {
  readonly name = 'PodNodeSelector';

  constructor(
    private readonly objects: ObjectLookup,
    private readonly configuration: PodNodeSelectorConfiguration = { clusterDefault: '', allowed: {} },
  ) {}

  handles(attributes: AdmissionAttributes): boolean {
    return attributes.operation === 'CREATE' && isWhole(attributes, '', 'pods');
  }

  mutate(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as CoreV1Pod;
    const wanted = this.selectorOf(attributes.namespace);
    if (spec === undefined || wanted.size === 0) return;
    if (conflicts(spec.nodeSelector, wanted)) throw conflict(attributes);
    spec.nodeSelector = { ...spec.nodeSelector, ...Object.fromEntries(wanted) };
  }

  validate(attributes: AdmissionAttributes): void {
    const { namespace, object } = attributes;
    const { nodeSelector } = (object as CoreV1Pod).spec ?? {};
    if (conflicts(nodeSelector, this.selectorOf(namespace))) throw conflict(attributes);
    const allowed = parseLabels(this.configuration.allowed[namespace] ?? '');
    if (allowed.size === 0) return;
    if (Object.entries(nodeSelector ?? {}).every(([key, value]) => allowed.get(key) === value)) return;
    throw refused(attributes, 'pod node label selector labels conflict with its namespace whitelist');
  }

  /** @throws StatusError NotFound without the namespace, 500 for an annotation that is no selector */
  private selectorOf(name: string): Labels {
    const namespace = this.objects.get('', 'namespaces', '', name);
    if (namespace === undefined) throw notFound({ group: '', resource: 'namespaces' }, name);
    return parseLabels(namespace.metadata.annotations?.[ANNOTATION] ?? this.configuration.clusterDefault);
  }
}

function conflicts(given: Readonly<Record<string, string>> | undefined, wanted: Labels): boolean {
  return [...wanted].some(([key, value]) => given?.[key] !== undefined && given[key] !== value);
}

function conflict(attributes: AdmissionAttributes) {
  return refused(attributes, 'pod node label selector conflicts with its namespace node label selector');
}

function parseLabels(text: string): Labels {
  const labels = new Map<string, string>();
  for (const pair of text.split(',')) {
    if (text === '') break;
    const [key = '', value, ...rest] = pair.split('=');
    if (value === undefined || rest.length > 0) throw plainError(`invalid selector: ${pair}`);
    labels.set(key.trim(), value.trim());
  }
  return labels;
}
