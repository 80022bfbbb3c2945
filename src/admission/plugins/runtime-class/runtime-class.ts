import type { CoreV1Pod, CoreV1PodSpec, NodeV1RuntimeClass } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { isWhole, refused } from '../../refusal.js';
import { amountsOf, type ResourceList } from '../../resource-amounts.js';
import { mergeTolerations } from './merge-tolerations.js';

/**
 * A pod of a runtime class carries the class's overhead and goes where the class says.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#runtimeclass
 */
export class RuntimeClass implements AdmissionPlugin {
  readonly name = 'RuntimeClass';

  constructor(private readonly objects: ObjectLookup) {}

  handles(attributes: AdmissionAttributes): boolean {
    return attributes.operation === 'CREATE' && isWhole(attributes, '', 'pods');
  }

  mutate(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as CoreV1Pod;
    const runtimeClass = this.classOf(attributes, spec);
    if (spec === undefined || runtimeClass === undefined) return;
    schedule(attributes, spec, runtimeClass);
    const overhead = overheadOf(runtimeClass);
    if (overhead === undefined) return;
    if (spec.overhead !== undefined && !sameAmounts(spec.overhead, overhead)) throw otherOverhead(attributes);
    spec.overhead = { ...overhead };
  }

  validate(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as CoreV1Pod;
    const runtimeClass = this.classOf(attributes, spec);
    const overhead = overheadOf(runtimeClass);
    const given = spec?.overhead ?? {};
    if (overhead !== undefined) {
      if (!sameAmounts(given, overhead)) throw otherOverhead(attributes);
    } else if (Object.keys(given).length > 0) {
      throw refused(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    }
  }

  /** @throws StatusError Forbidden where the class is not there */
  private classOf(
    attributes: AdmissionAttributes,
    spec: Readonly<CoreV1PodSpec> | undefined,
  ): Readonly<NodeV1RuntimeClass> | undefined {
    const name = spec?.runtimeClassName;
    if (name === undefined) return undefined;
    const found = this.objects.get<NodeV1RuntimeClass>('node.k8s.io', 'runtimeclasses', '', name);
    if (found === undefined) {
      throw refused(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    }
    return found;
  }
}

function schedule(attributes: AdmissionAttributes, spec: CoreV1PodSpec, { scheduling }: NodeV1RuntimeClass): void {
  if (scheduling === undefined) return;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {}).sort()) {
    const given = spec.nodeSelector?.[key];
    if (given !== undefined && given !== value) {
      const text = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${given}`;
      throw refused(attributes, text);
    }
  }
  if (scheduling.nodeSelector) spec.nodeSelector = { ...spec.nodeSelector, ...scheduling.nodeSelector };
  const tolerations = mergeTolerations(spec.tolerations ?? [], scheduling.tolerations ?? []);
  if (tolerations.length > 0) spec.tolerations = tolerations.map((toleration) => ({ ...toleration }));
}

/** Undefined where the class says nothing of it; an empty one counts. */
function overheadOf(runtimeClass: Readonly<NodeV1RuntimeClass> | undefined): ResourceList | undefined {
  return runtimeClass?.overhead === undefined ? undefined : (runtimeClass.overhead.podFixed ?? {});
}

function sameAmounts(a: ResourceList, b: ResourceList): boolean {
  const left = amountsOf(a);
  const right = amountsOf(b);
  return left.size === right.size && [...left].every(([name, amount]) => right.get(name)?.compare(amount) === 0);
}

function otherOverhead(attributes: AdmissionAttributes) {
  return refused(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}
