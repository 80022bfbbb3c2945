import type { CoreV1Pod, CoreV1PodSpec, SchedulingV1PriorityClass } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { isWhole, refused } from '../../refusal.js';

const GROUP = 'scheduling.k8s.io';
const CLASSES = 'priorityclasses';

interface PodPriority {
  readonly className: string;
  readonly value: number;
  readonly preemptionPolicy: string | undefined;
}

/** Where no class is the default. */
const NO_CLASS: PodPriority = { className: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' };

/**
 * A pod gets the number and the preemption policy of its priority class, and there is one default class at most.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#priority
 */
export class Priority implements AdmissionPlugin {
  readonly name = 'Priority';

  constructor(private readonly objects: ObjectLookup) {}

  handles(attributes: AdmissionAttributes): boolean {
    const { operation } = attributes;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    return isWhole(attributes, '', 'pods') || isWhole(attributes, GROUP, CLASSES);
  }

  mutate(attributes: AdmissionAttributes): void {
    if (attributes.resource.resource !== 'pods') return;
    const { spec } = attributes.object as CoreV1Pod;
    if (spec === undefined) return;
    if (attributes.operation === 'CREATE') this.fillIn(attributes, spec);
    else keep(spec, (attributes.oldObject as CoreV1Pod | undefined)?.spec);
  }

  validate(attributes: AdmissionAttributes): void {
    const { object, operation, resource } = attributes;
    if (resource.resource !== CLASSES || (object as SchedulingV1PriorityClass).globalDefault !== true) return;
    const present = this.defaultClass()?.metadata.name;
    if (present === undefined || (operation === 'UPDATE' && present === object?.metadata.name)) return;
    throw refused(attributes, `PriorityClass ${present} is already marked as default. Only one default can exist`);
  }

  private fillIn(attributes: AdmissionAttributes, spec: CoreV1PodSpec): void {
    const { className, value, preemptionPolicy } = this.priorityOf(attributes, spec.priorityClassName ?? '');
    if (className !== '') spec.priorityClassName = className;
    if (spec.priority !== undefined && spec.priority !== value) {
      throw refused(attributes, chosen(`the integer value of priority (${spec.priority})`, value));
    }
    spec.priority = value;
    if (preemptionPolicy === undefined) return;
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
      throw refused(
        attributes,
        chosen(`the string value of PreemptionPolicy (${spec.preemptionPolicy})`, preemptionPolicy),
      );
    }
    spec.preemptionPolicy = preemptionPolicy;
  }

  private priorityOf(attributes: AdmissionAttributes, className: string): PodPriority {
    if (className === '') {
      const byDefault = this.defaultClass();
      return byDefault === undefined ? NO_CLASS : of(byDefault);
    }
    const found = this.objects.get<SchedulingV1PriorityClass>(GROUP, CLASSES, '', className);
    if (found === undefined) throw refused(attributes, `no PriorityClass with name ${className} was found`);
    return of(found);
  }

  /** Of several, which only a race can make, the lowest counts. */
  private defaultClass(): Readonly<SchedulingV1PriorityClass> | undefined {
    let lowest: Readonly<SchedulingV1PriorityClass> | undefined;
    for (const one of this.objects.list<SchedulingV1PriorityClass>(GROUP, CLASSES, '')) {
      if (one.globalDefault === true && (lowest === undefined || (one.value ?? 0) < (lowest.value ?? 0))) lowest = one;
    }
    return lowest;
  }
}

function of({ metadata, value = 0, preemptionPolicy }: Readonly<SchedulingV1PriorityClass>): PodPriority {
  return { className: metadata.name ?? '', value, preemptionPolicy };
}

/** An update that leaves the fields out does not mean to take them away. */
function keep(spec: CoreV1PodSpec, old: CoreV1PodSpec | undefined): void {
  if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) {
    spec.preemptionPolicy = old.preemptionPolicy;
  }
}

function chosen(what: string, computed: number | string): string {
  return `${what} must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
}
