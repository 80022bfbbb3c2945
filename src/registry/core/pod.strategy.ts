import { jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { type FieldError, FieldPath, fieldForbidden } from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, dns1123Subdomain } from '../../apimachinery/validation/names.js';
import type { CoreV1Pod, CoreV1PodSpec, MetaV1LabelSelector } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits, resetIn, setGeneration } from '../generic/generic-strategy.js';
import { internalForm } from '../generic/internal-form.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import type { DeleteOptions } from '../rest/storage.js';
import { validatePodSpec } from './pod-spec-validation.js';
import { validatePodStatus } from './pod-status-validation.js';
import {
  specOf,
  validateEphemeralUpdate,
  validateImages,
  validatePodUpdate,
  validateResize,
} from './pod-update-validation.js';
import type { PodContext } from './pod-validation-options.js';
import { podWarnings } from './pod-warnings.js';
import { qosClassOf } from './qos.js';

const POD_TRAITS: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'Pod' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
  nameRule: dns1123Subdomain,
  returnsDeletedObject: true,
};
const SPEC = FieldPath.root('spec');
const HOSTNAME_WARNING =
  "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";

export function podContext(environment: PolicyEnvironment): PodContext {
  return { internal: (typeName, value) => internalForm(environment.catalogue.schemaOf(typeName), value) };
}

/** @see https://kubernetes.io/docs/concepts/workloads/pods/ */
export class PodStrategy extends GenericStrategy {
  protected readonly context: PodContext;

  constructor(protected readonly environment: PolicyEnvironment) {
    super(POD_TRAITS);
    this.context = podContext(environment);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const pod = object as CoreV1Pod;
    const spec = pod.spec ?? { containers: null };
    pod.spec = spec;
    pod.metadata.generation = 1;
    if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
    pod.status = { phase: 'Pending', qosClass: qosClassOf(spec) };
    if ((spec.schedulingGates ?? []).length > 0) {
      pod.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          lastTransitionTime: formatTime(Math.floor(this.environment.now() / 1000)),
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ];
    }
    narrowByLabels(pod);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    const spec = (object as CoreV1Pod).spec;
    if (spec && (spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
    super.prepareForUpdate(ctx, object, old);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateWhole(object as CoreV1Pod);
    const spec = specOf(object as CoreV1Pod);
    if ((spec.ephemeralContainers ?? []).length > 0) {
      errors.push(fieldForbidden(SPEC.child('ephemeralContainers'), 'cannot be set on create'));
    }
    if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
      errors.push(fieldForbidden(SPEC.child('nodeName'), 'cannot be set until all schedulingGates have been cleared'));
    }
    return errors;
  }

  protected validateWhole(pod: CoreV1Pod): FieldError[] {
    const errors: FieldError[] = [];
    const spec = specOf(pod);
    validatePodSpec(spec, this.context, SPEC, errors);
    if (!spec.serviceAccountName) forbidTokens(spec, errors);
    validateImages(spec, errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateWhole(object as CoreV1Pod);
    validatePodUpdate(object as CoreV1Pod, old as CoreV1Pod, this.context, errors);
    return errors;
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const pod = object as CoreV1Pod;
    const odd = checkDns1123Label(pod.metadata.name ?? '');
    const out = podWarnings(pod.metadata, specOf(pod));
    return odd.length === 0 ? out : [`${HOSTNAME_WARNING}: [${odd.join(' ')}]`, ...out];
  }

  override checkGracefulDelete(_ctx: RestContext, object: Readonly<KubeObject>, options: DeleteOptions): boolean {
    const pod = object as CoreV1Pod;
    let seconds = options.gracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 0;
    const phase = pod.status?.phase;
    if (!pod.spec?.nodeName || phase === 'Failed' || phase === 'Succeeded') seconds = 0;
    options.gracePeriodSeconds = seconds < 0 ? 1 : seconds;
    return true;
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    const { spec, status } = object as CoreV1Pod;
    return {
      'spec.nodeName': spec?.nodeName ?? '',
      'spec.restartPolicy': spec?.restartPolicy ?? '',
      'spec.schedulerName': spec?.schedulerName ?? '',
      'spec.serviceAccountName': spec?.serviceAccountName ?? '',
      'spec.hostNetwork': String(spec?.hostNetwork ?? false),
      'status.phase': status?.phase ?? '',
      'status.podIP': status?.podIP ?? '',
      'status.nominatedNodeName': status?.nominatedNodeName ?? '',
    };
  }
}

function forbidTokens(spec: CoreV1PodSpec, errors: FieldError[]): void {
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    for (const [j, source] of (volume.projected?.sources ?? []).entries()) {
      if (!source.serviceAccountToken) continue;
      const at = SPEC.child('volumes').index(i).child('projected', 'sources').index(j).child('serviceAccountToken');
      errors.push(fieldForbidden(at, 'must not be specified when serviceAccountName is not set'));
    }
  }
}

/** Writes what matchLabelKeys and mismatchLabelKeys stand for into the selectors, from the pod's own labels. */
function narrowByLabels(pod: CoreV1Pod): void {
  const labels = pod.metadata.labels ?? {};
  const add = (
    selector: MetaV1LabelSelector | undefined,
    keys: readonly string[] | undefined,
    operator: string,
  ): void => {
    if (!selector) return;
    for (const key of keys ?? []) {
      const value = labels[key];
      if (value === undefined) continue;
      selector.matchExpressions ??= [];
      selector.matchExpressions.push({ key, operator, values: [value] });
    }
  };
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  for (const affinity of [podAffinity, podAntiAffinity]) {
    const terms = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ];
    for (const term of terms) {
      add(term?.labelSelector, term?.matchLabelKeys, 'In');
      add(term?.labelSelector, term?.mismatchLabelKeys, 'NotIn');
    }
  }
  for (const constraint of pod.spec?.topologySpreadConstraints ?? []) {
    add(constraint.labelSelector, constraint.matchLabelKeys, 'In');
  }
}

/** The status door: spec, owners and quality of service stay. */
export class PodStatusStrategy extends PodStrategy {
  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return resetIn(this.traits, ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences']);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    const pod = object as CoreV1Pod;
    const before = old as CoreV1Pod;
    pod.spec = before.spec ?? { containers: null };
    if (before.metadata.ownerReferences) pod.metadata.ownerReferences = before.metadata.ownerReferences;
    else delete pod.metadata.ownerReferences;
    pod.status ??= {};
    const { status } = pod;
    if (!status.qosClass && before.status?.qosClass) status.qosClass = before.status.qosClass;
    if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
    if (!status.podIP && status.podIPs?.[0]) status.podIP = status.podIPs[0].ip;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validatePodStatus(object as CoreV1Pod, old as CoreV1Pod, errors);
    return errors;
  }

  override warningsOnUpdate(): string[] {
    return [];
  }
}

/** A door through which only a part of the pod's spec passes. */
abstract class PodPartStrategy extends PodStrategy {
  protected abstract takePart(into: CoreV1PodSpec, from: CoreV1PodSpec): void;
  protected abstract validatePart(pod: CoreV1Pod, old: CoreV1Pod, errors: FieldError[]): void;

  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return {};
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    const pod = object as CoreV1Pod;
    const before = old as CoreV1Pod;
    const spec = jsonClone(specOf(before));
    this.takePart(spec, specOf(pod));
    const { managedFields, resourceVersion } = pod.metadata;
    pod.metadata = { ...before.metadata, ...(resourceVersion !== undefined && { resourceVersion }) };
    if (managedFields !== undefined) pod.metadata.managedFields = managedFields;
    pod.spec = spec;
    if (before.status) pod.status = before.status;
    setGeneration(pod, before, !jsonEqual(spec, before.spec));
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateWhole(object as CoreV1Pod);
    this.validatePart(object as CoreV1Pod, old as CoreV1Pod, errors);
    return errors;
  }
}

export class EphemeralContainersStrategy extends PodPartStrategy {
  protected override takePart(into: CoreV1PodSpec, from: CoreV1PodSpec): void {
    if (from.ephemeralContainers) into.ephemeralContainers = from.ephemeralContainers;
    else delete into.ephemeralContainers;
  }

  protected override validatePart(pod: CoreV1Pod, old: CoreV1Pod, errors: FieldError[]): void {
    validateEphemeralUpdate(pod, old, this.context, errors);
  }
}

export class ResizeStrategy extends PodPartStrategy {
  protected override takePart(into: CoreV1PodSpec, from: CoreV1PodSpec): void {
    for (const list of ['containers', 'initContainers'] as const) {
      const changed = new Map((from[list] ?? []).map((container) => [container.name, container]));
      for (const container of into[list] ?? []) {
        const now = changed.get(container.name);
        if (!now) continue;
        if (now.resources) container.resources = now.resources;
        if (now.resizePolicy) container.resizePolicy = now.resizePolicy;
        else delete container.resizePolicy;
      }
    }
  }

  protected override validatePart(pod: CoreV1Pod, old: CoreV1Pod, errors: FieldError[]): void {
    if (errors.length === 0) validateResize(pod, old, errors);
  }
}
