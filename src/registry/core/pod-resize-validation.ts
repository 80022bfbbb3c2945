import { jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { type FieldError, FieldPath, fieldForbidden, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CoreV1Container, CoreV1Pod, CoreV1PodSpec, CoreV1ResourceRequirements } from '../../apis/types.gen.js';
import { isSidecar } from './containers.js';
import { isMirror, specOf } from './pod-update-validation.js';
import { qosClassOf } from './qos.js';

/**
 * What the door `resize` lets through.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */

type Resources = CoreV1ResourceRequirements;

const SPEC = FieldPath.root('spec');
const ONLY_TEXT = 'only cpu and memory resources are mutable';
const RESTARTS_TEXT = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';

/** cpu and memory may change, the quality of service may not. Returns every fault: `errors`, those of the whole pod, and its own. */
export function validateResize(pod: CoreV1Pod, old: CoreV1Pod, errors: FieldError[]): FieldError[] {
  const spec = specOf(pod);
  const before = specOf(old);
  if (isMirror(old)) return [fieldForbidden('[]', 'static pods cannot be resized')];
  if (before.os?.name === 'windows') return [fieldForbidden('[]', 'windows pods cannot be resized')];
  const oldClass = old.status?.qosClass ?? qosClassOf(before);
  if (oldClass !== qosClassOf(spec)) {
    errors.push(fieldInvalid(SPEC, oldClass, 'Pod QOS Class may not change as a result of resizing'));
  }
  const running = (old.status?.containerStatuses ?? []).find(({ state }) => state?.running);
  if (running && !running.resources) {
    errors.push(fieldForbidden(SPEC, 'Pod running on node without support for resize'));
  }
  const munged = jsonClone(spec);
  validatePodLevel(munged, before, errors);
  if (!validateSameOrder(spec, before, errors)) return errors;
  validateRemovals(spec, before, errors);
  validateContainers(munged, before, errors);
  validateInitContainers(munged, before, errors);
  if (errors.length === 0 && !jsonEqual(munged, before)) errors.push(fieldForbidden(SPEC, ONLY_TEXT));
  return errors;
}

/** The pod's own resources; takes the permitted changes back, in place. */
function validatePodLevel(munged: CoreV1PodSpec, before: CoreV1PodSpec, errors: Errors): void {
  const was = before.resources;
  if (!hasAmounts(munged.resources) && !hasAmounts(was)) return;
  const at = SPEC.child('resources');
  if (was && !munged.resources) {
    errors.push(fieldForbidden(at, 'pod-level resources cannot be removed'));
    return;
  }
  validateRemovedResources(munged.resources, was, 'pod-level resource', at, errors);
  const kept = withCpuAndMemoryOf(munged.resources, was);
  if (!was && Object.keys(kept).length === 0) delete munged.resources;
  else munged.resources = kept;
  if (!jsonEqual(munged.resources, was)) errors.push(fieldForbidden(SPEC, `${ONLY_TEXT} at pod-level`));
}

const hasAmounts = (resources: Resources | undefined): boolean =>
  Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0;

function validateSameOrder(spec: CoreV1PodSpec, before: CoreV1PodSpec, errors: Errors): boolean {
  const count = errors.length;
  for (const list of ['containers', 'initContainers'] as const) {
    const at = SPEC.child(list);
    const now = spec[list] ?? [];
    const was = before[list] ?? [];
    if (now.length !== was.length) {
      errors.push(fieldForbidden(at, `${list} may not be added or removed on resize`));
      continue;
    }
    for (const [i, { name }] of was.entries()) {
      if (now[i]!.name === name) continue;
      errors.push(fieldForbidden(at.index(i).child('name'), `${list} may not be renamed or reordered on resize`));
    }
  }
  return errors.length === count;
}

function validateRemovals(spec: CoreV1PodSpec, before: CoreV1PodSpec, errors: Errors): void {
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, was] of entriesOf(before[list])) {
      const at = SPEC.child(list).index(i).child('resources');
      validateRemovedResources(spec[list]?.[i]?.resources, was.resources, 'resource', at, errors);
    }
  }
}

function validateRemovedResources(
  now: Resources | undefined,
  before: Resources | undefined,
  what: string,
  at: FieldPath,
  errors: Errors,
): void {
  for (const list of ['requests', 'limits'] as const) {
    const removed = Object.keys(before?.[list] ?? {}).some((name) => now?.[list]?.[name] === undefined);
    if (removed) errors.push(fieldForbidden(at.child(list), `${what} ${list} cannot be removed`));
  }
}

/** Takes the permitted changes back and tells of others. In place. */
function validateContainers(munged: CoreV1PodSpec, before: CoreV1PodSpec, errors: Errors): void {
  for (const [i, container] of entriesOf(munged.containers)) {
    if (!isOtherwiseAsBefore(container, before.containers![i]!)) errors.push(fieldForbidden(SPEC, ONLY_TEXT));
  }
}

function validateInitContainers(munged: CoreV1PodSpec, before: CoreV1PodSpec, errors: Errors): void {
  for (const [i, container] of entriesOf(munged.initContainers)) {
    const was = before.initContainers![i]!;
    if (jsonEqual(container, was)) continue;
    const at = SPEC.child('initContainers').index(i);
    if (!isOtherwiseAsBefore(container, was)) {
      errors.push(fieldForbidden(at, 'only cpu and memory resources for init or sidecar containers are mutable'));
    }
    if (isSidecar(container)) continue;
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy === 'RestartContainer') errors.push(fieldForbidden(at, RESTARTS_TEXT));
    }
  }
}

function isOtherwiseAsBefore(container: CoreV1Container, was: CoreV1Container): boolean {
  container.resources = withCpuAndMemoryOf(container.resources, was.resources);
  return jsonEqual(container, was);
}

function withCpuAndMemoryOf(now: Resources | undefined, before: Resources | undefined): Resources {
  const out: Resources = { ...now };
  for (const list of ['limits', 'requests'] as const) {
    const amounts: Record<string, string> = { ...out[list] };
    for (const name of ['cpu', 'memory']) {
      const was = before?.[list]?.[name];
      if (was === undefined) delete amounts[name];
      else amounts[name] = was;
    }
    if (Object.keys(amounts).length > 0) out[list] = amounts;
    else delete out[list];
  }
  return out;
}
