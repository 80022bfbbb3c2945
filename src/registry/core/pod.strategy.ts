import { jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type FieldError, FieldPath, fieldForbidden } from '../../apimachinery/validation/field-error.js';
import { ipWarnings } from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Label, dns1123Subdomain } from '../../apimachinery/validation/names.js';
import type { CoreV1Pod, CoreV1PodSpec, CoreV1PodStatus, MetaV1LabelSelector } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits, resetIn, setGeneration } from '../generic/generic-strategy.js';
import { internalForm } from '../generic/internal-form.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import type { DeleteOptions } from '../rest/storage.js';
import { allContainers, isSidecar } from './containers.js';
import { dropDisabledPodFields, dropDisabledStatusFields } from './disabled-fields.js';
import {
  APPARMOR_CONTAINER,
  annotationPath,
  appArmorProfileOf,
  validateAnnotationUpdate,
  validatePodAnnotations,
  validateProfilesMatch,
} from './pod-annotation-validation.js';
import { defaultPodLevelResources } from './pod-level-resources.js';
import { validateResize } from './pod-resize-validation.js';
import { validatePodSpec } from './pod-spec-validation.js';
import { validatePodStatus } from './pod-status-validation.js';
import { specOf, validateEphemeralUpdate, validateImages, validatePodUpdate } from './pod-update-validation.js';
import type { PodContext } from './pod-validation-options.js';
import { APPARMOR_DEPRECATED, podWarnings } from './pod-warnings.js';
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
const STATUS = FieldPath.root('status');
const ANNOTATIONS = FieldPath.root('metadata', 'annotations');
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

  override prepareForCreate(ctx: RestContext, object: KubeObject): void {
    const pod = object as CoreV1Pod;
    const spec = pod.spec ?? { containers: null };
    pod.spec = spec;
    pod.metadata.generation = 1;
    pod.status = { phase: 'Pending' };
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
    dropDisabledPodFields(spec);
    narrowByLabels(pod);
    appArmorFromAnnotations(pod, (text) => ctx.warn(text));
    defaultPodLevelResources(spec);
    pod.status.qosClass = qosClassOf(spec);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    keepPodLevelResources(specOf(object as CoreV1Pod), specOf(old as CoreV1Pod));
    dropDisabledPodFields(specOf(object as CoreV1Pod), specOf(old as CoreV1Pod));
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
    validateProfilesMatch(object.metadata.annotations ?? {}, spec, SPEC, errors);
    return errors;
  }

  protected validateWhole(pod: CoreV1Pod, old?: CoreV1Pod): FieldError[] {
    const errors: FieldError[] = [];
    const spec = specOf(pod);
    validatePodAnnotations(pod.metadata.annotations ?? {}, spec, ANNOTATIONS, errors);
    const restartsInitOnResize = old !== undefined && restartsInit(specOf(old));
    validatePodSpec(spec, { ...this.context, pod: pod.metadata, restartsInitOnResize }, SPEC, errors);
    if (!spec.serviceAccountName) forbidTokens(spec, errors);
    validateImages(spec, errors);
    return errors;
  }

  protected validateAnnotationUpdate(pod: CoreV1Pod, old: Readonly<KubeObject>, errors: FieldError[]): void {
    const { annotations: before = {} } = old.metadata;
    validateAnnotationUpdate(pod.metadata.annotations ?? {}, before, specOf(pod), ANNOTATIONS, errors);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateWhole(object as CoreV1Pod, old as CoreV1Pod);
    this.validateAnnotationUpdate(object as CoreV1Pod, old, errors);
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
      'status.podIP': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
      'status.nominatedNodeName': status?.nominatedNodeName ?? '',
    };
  }
}

function forbidTokens(spec: CoreV1PodSpec, errors: FieldError[]): void {
  for (const [i, volume] of entriesOf(spec.volumes)) {
    for (const [j, source] of entriesOf(volume.projected?.sources)) {
      if (!source.serviceAccountToken) continue;
      const at = SPEC.child('volumes').index(i).child('projected', 'sources').index(j).child('serviceAccountToken');
      errors.push(fieldForbidden(at, 'must not be specified when serviceAccountName is not set'));
    }
  }
}

/**
 * Profiles that containers have only as annotations become fields; the deprecation is told for each.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/24-apparmor#version-skew-strategy
 */
function appArmorFromAnnotations({ spec, metadata }: CoreV1Pod, warn: (text: string) => void): void {
  if (!spec || spec.os?.name === 'windows') return;
  for (const { container } of allContainers(spec)) {
    const key = APPARMOR_CONTAINER + container.name;
    const annotation = metadata.annotations?.[key];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = appArmorProfileOf(annotation);
    const sameAsPod = profile !== undefined && jsonEqual(profile, spec.securityContext?.appArmorProfile);
    if (sameAsPod) continue;
    if (profile !== undefined) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warn(`${annotationPath(key)}: ${APPARMOR_DEPRECATED}`);
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
    delete pod.metadata.deletionTimestamp;
    if (before.metadata.ownerReferences) pod.metadata.ownerReferences = before.metadata.ownerReferences;
    else delete pod.metadata.ownerReferences;
    pod.status ??= {};
    const { status } = pod;
    if (!status.qosClass && before.status?.qosClass) status.qosClass = before.status.qosClass;
    keepObservedGenerations(status, before.status ?? {});
    dropDisabledStatusFields(status, before.status);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    this.validateAnnotationUpdate(object as CoreV1Pod, old, errors);
    validatePodStatus(object as CoreV1Pod, old as CoreV1Pod, errors);
    return errors;
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const { status = {} } = object as CoreV1Pod;
    const out: string[] = [];
    for (const list of ['podIPs', 'hostIPs'] as const) {
      for (const [i, { ip = '' }] of entriesOf(status[list])) {
        out.push(...ipWarnings(ip, STATUS.child(list).index(i).child('ip').toString()));
      }
    }
    return out;
  }
}

/** Old kubelets do not know these numbers; what they leave out stays. Conditions are told apart by type and order. */
function keepObservedGenerations(status: CoreV1PodStatus, before: CoreV1PodStatus): void {
  if (!status.observedGeneration && before.observedGeneration) status.observedGeneration = before.observedGeneration;
  const known = new Map<string, (number | undefined)[]>();
  for (const { type, observedGeneration } of before.conditions ?? []) {
    known.set(type, [...(known.get(type) ?? []), observedGeneration]);
  }
  for (const condition of status.conditions ?? []) {
    const generation = known.get(condition.type)?.shift();
    if (!condition.observedGeneration && generation) condition.observedGeneration = generation;
  }
}

const restartsInit = (spec: CoreV1PodSpec): boolean =>
  (spec.initContainers ?? []).some(
    (container) =>
      !isSidecar(container) &&
      (container.resizePolicy ?? []).some(({ restartPolicy }) => restartPolicy === 'RestartContainer'),
  );

/** Who does not know that a pod may have resources of its own does not take them away. */
function keepPodLevelResources(spec: CoreV1PodSpec, before: CoreV1PodSpec): void {
  if (!spec.resources && before.resources) spec.resources = jsonClone(before.resources);
}

/** A door through which only a part of the pod's spec passes. */
abstract class PodPartStrategy extends PodStrategy {
  protected abstract partOf(now: CoreV1PodSpec, before: CoreV1PodSpec): CoreV1PodSpec;
  protected abstract validatePart(pod: CoreV1Pod, old: CoreV1Pod, errors: FieldError[]): FieldError[];

  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return {};
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    const pod = object as CoreV1Pod;
    const before = old as CoreV1Pod;
    const spec = this.partOf(specOf(pod), specOf(before));
    const { managedFields, resourceVersion } = pod.metadata;
    pod.metadata = { ...before.metadata, ...(resourceVersion !== undefined && { resourceVersion }) };
    if (managedFields !== undefined) pod.metadata.managedFields = managedFields;
    pod.spec = spec;
    if (before.status) pod.status = before.status;
    dropDisabledPodFields(spec, specOf(before));
    setGeneration(pod, before, !jsonEqual(spec, before.spec));
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateWhole(object as CoreV1Pod, old as CoreV1Pod);
    return this.validatePart(object as CoreV1Pod, old as CoreV1Pod, errors);
  }
}

export class EphemeralContainersStrategy extends PodPartStrategy {
  protected override partOf(now: CoreV1PodSpec, before: CoreV1PodSpec): CoreV1PodSpec {
    const spec = jsonClone(before);
    if (now.ephemeralContainers) spec.ephemeralContainers = now.ephemeralContainers;
    else delete spec.ephemeralContainers;
    return spec;
  }

  protected override validatePart(pod: CoreV1Pod, old: CoreV1Pod, errors: FieldError[]): FieldError[] {
    this.validateAnnotationUpdate(pod, old, errors);
    return validateEphemeralUpdate(pod, old, this.context, errors);
  }
}

export class ResizeStrategy extends PodPartStrategy {
  /** Containers that are renamed, moved, added or removed are left as given: validation tells of them. */
  protected override partOf(now: CoreV1PodSpec, before: CoreV1PodSpec): CoreV1PodSpec {
    const spec = this.resizedSpec(now, before);
    keepPodLevelResources(spec, before);
    defaultPodLevelResources(spec);
    return spec;
  }

  private resizedSpec(now: CoreV1PodSpec, before: CoreV1PodSpec): CoreV1PodSpec {
    const sameCount = (['containers', 'initContainers'] as const).every(
      (list) => (now[list] ?? []).length === (before[list] ?? []).length,
    );
    if (!sameCount) return jsonClone(now);
    const spec = jsonClone(before);
    if (now.resources) spec.resources = jsonClone(now.resources);
    else delete spec.resources;
    for (const list of ['containers', 'initContainers'] as const) {
      const containers = now[list] ?? [];
      const own = spec[list] ?? [];
      if (containers.some(({ name }, i) => name !== own[i]?.name)) {
        spec[list] = containers;
        continue;
      }
      for (const [i, { resources, resizePolicy }] of containers.entries()) {
        const container = own[i]!;
        container.resources = resources ?? {};
        if (resizePolicy) container.resizePolicy = resizePolicy;
        else delete container.resizePolicy;
      }
    }
    return spec;
  }

  protected override validatePart(pod: CoreV1Pod, old: CoreV1Pod, errors: FieldError[]): FieldError[] {
    return validateResize(pod, old, errors);
  }
}
