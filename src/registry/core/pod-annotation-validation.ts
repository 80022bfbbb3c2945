import { isJsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { parseJson } from '../../apimachinery/runtime/json.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldForbidden, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type {
  CoreV1AppArmorProfile,
  CoreV1PodSpec,
  CoreV1SeccompProfile,
  CoreV1Toleration,
} from '../../apis/types.gen.js';
import { validateTolerations } from './affinity-validation.js';
import { allContainers } from './containers.js';
import { validateDescendingPath } from './env-validation.js';
import { MIRROR_ANNOTATION } from './pod-validation-options.js';

/**
 * Annotations of pods that have a meaning: old forms of what has fields by now, and marks for controllers.
 * @see https://kubernetes.io/docs/reference/labels-annotations-taints/
 */

const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
export const APPARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/';
const LOCALHOST = 'localhost/';
const COST = /^(?:0|[1-9][0-9]*|-[0-9]+)$/;
const INT32_MAX = 2 ** 31;

type Annotations = Readonly<Record<string, string>>;

/** Of pods and of templates. */
export function validatePodAnnotations(
  annotations: Annotations,
  spec: CoreV1PodSpec,
  at: FieldPath,
  errors: Errors,
): void {
  const mirror = annotations[MIRROR_ANNOTATION];
  if (mirror !== undefined && !spec.nodeName) {
    const text = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(fieldInvalid(at.key(MIRROR_ANNOTATION), mirror, text));
  }
  if (annotations[TOLERATIONS]) validateAnnotatedTolerations(annotations[TOLERATIONS], at, errors);
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(fieldInvalid(at.key(DELETION_COST), cost, 'must be a 32bit integer'));
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) validateSeccompName(value, at.child(key), errors);
  }
  const names = new Set(allContainers(spec).map(({ container }) => container.name));
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(APPARMOR_CONTAINER)) continue;
    const name = key.slice(APPARMOR_CONTAINER.length);
    if (!names.has(name)) errors.push(fieldInvalid(at.key(key), name, 'container not found'));
    if (value !== '' && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith(LOCALHOST)) {
      errors.push(fieldInvalid(at.key(key), value, `invalid AppArmor profile name: ${JSON.stringify(value)}`));
    }
  }
}

function isInt32(text: string): boolean {
  if (!COST.test(text)) return false;
  const value = Number(text);
  return value >= -INT32_MAX && value < INT32_MAX;
}

function validateAnnotatedTolerations(text: string, at: FieldPath, errors: Errors): void {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    errors.push(fieldInvalid(at, TOLERATIONS, (error as Error).message));
    return;
  }
  const tolerations = Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
  validateTolerations(tolerations as CoreV1Toleration[], at.child(TOLERATIONS), errors);
}

function validateSeccompName(name: string, at: FieldPath, errors: Errors): void {
  if (name === 'runtime/default' || name === 'docker/default' || name === 'unconfined') return;
  if (name.startsWith(LOCALHOST)) validateDescendingPath(name.slice(LOCALHOST.length), at, errors);
  else errors.push(fieldInvalid(at, name, 'must be a valid seccomp profile'));
}

/** What an update of a pod may not do to annotations that a kubelet acts on. */
export function validateAnnotationUpdate(
  now: Annotations,
  before: Annotations,
  spec: CoreV1PodSpec,
  at: FieldPath,
  errors: Errors,
): void {
  for (const [key, value] of Object.entries(before)) {
    if (now[key] === value) continue;
    if (key.startsWith(APPARMOR_CONTAINER)) {
      errors.push(fieldForbidden(at.key(key), 'may not remove or update AppArmor annotations'));
    }
    if (key === MIRROR_ANNOTATION) {
      errors.push(fieldForbidden(at.key(key), 'may not remove or update mirror pod annotation'));
    }
  }
  for (const key of Object.keys(now)) {
    if (before[key] !== undefined) continue;
    if (key.startsWith(APPARMOR_CONTAINER)) {
      errors.push(fieldForbidden(at.key(key), 'may not add AppArmor annotations'));
    }
    if (key === MIRROR_ANNOTATION) errors.push(fieldForbidden(at.key(key), 'may not add mirror pod annotation'));
  }
  validatePodAnnotations(now, spec, at, errors);
}

type Profile = CoreV1SeccompProfile | CoreV1AppArmorProfile;

/** Where a profile is given both as a field and as an annotation, both must say the same. */
export function validateProfilesMatch(
  annotations: Annotations,
  spec: CoreV1PodSpec,
  at: FieldPath,
  errors: Errors,
): void {
  if (!Object.keys(annotations).some(isOfProfile)) return;
  const pod = spec.securityContext;
  const containers = allContainers(spec).map(({ container, list, index }) => ({
    ...container,
    at: at.child(list).index(index).child('securityContext'),
  }));
  matchProfile('seccomp', annotations[SECCOMP_POD], pod?.seccompProfile, at.child('securityContext'), errors);
  for (const { name, securityContext, at: here } of containers) {
    matchProfile('seccomp', annotations[SECCOMP_CONTAINER + name], securityContext?.seccompProfile, here, errors);
  }
  if (spec.os?.name === 'windows') return;
  for (const { name, securityContext, at: here } of containers) {
    const profile = securityContext?.appArmorProfile ?? pod?.appArmorProfile;
    matchProfile('apparmor', annotations[APPARMOR_CONTAINER + name], profile, here, errors);
  }
}

function isOfProfile(annotation: string): boolean {
  return (
    annotation === SECCOMP_POD || annotation.startsWith(SECCOMP_CONTAINER) || annotation.startsWith(APPARMOR_CONTAINER)
  );
}

function matchProfile(
  what: 'seccomp' | 'apparmor',
  annotation: string | undefined,
  profile: Profile | undefined,
  context: FieldPath,
  errors: Errors,
): void {
  if (annotation === undefined || !profile) return;
  const at = context.child(what === 'seccomp' ? 'seccompProfile' : 'appArmorProfile');
  const docker = what === 'seccomp' && annotation === 'docker/default';
  const typeMatches =
    (profile.type === 'Unconfined' && annotation === 'unconfined') ||
    (profile.type === 'RuntimeDefault' && (annotation === 'runtime/default' || docker)) ||
    (profile.type === 'Localhost' && annotation.startsWith(LOCALHOST));
  const known = ['Unconfined', 'RuntimeDefault', 'Localhost'].includes(profile.type ?? '');
  if (known && !typeMatches) {
    errors.push(fieldForbidden(at.child('type'), `${what} type in annotation and field must match`));
  } else if (profile.type === 'Localhost' && annotation.slice(LOCALHOST.length) !== profile.localhostProfile) {
    errors.push(fieldForbidden(at.child('localhostProfile'), `${what} profile in annotation and field must match`));
  }
}

/** The profile that an AppArmor annotation stands for; undefined where it is of no known form. */
export function appArmorProfileOf(annotation: string): CoreV1AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith(LOCALHOST) || annotation === LOCALHOST) return undefined;
  return { type: 'Localhost', localhostProfile: annotation.slice(LOCALHOST.length) };
}

export const annotationPath = (key: string): FieldPath => FieldPath.root('metadata', 'annotations').key(key);
