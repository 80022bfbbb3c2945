import type { JsonValue } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldForbidden,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import type { CoreV1PodSpec, CoreV1SecurityContext } from '../../apis/types.gen.js';

/** What a pod cannot ask of the operating system it names. @see https://kubernetes.io/docs/concepts/workloads/pods/#pod-os */

const NOT_ON_LINUX = 'windows options cannot be set for a linux pod';
const NOT_ON_WINDOWS = 'cannot be set for a windows pod';
/** Pod-wide fields in the order in which they are judged; those behind the dot are of the security context. */
const POD_FIELDS = [
  '.appArmorProfile',
  '.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  '.seccompProfile',
  '.fsGroup',
  '.fsGroupChangePolicy',
  '.sysctls',
  'shareProcessNamespace',
  '.runAsUser',
  '.runAsGroup',
  '.supplementalGroups',
  '.supplementalGroupsPolicy',
  '.seLinuxChangePolicy',
] as const;
const CONTAINER_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

export function validatePodOs(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  if (!spec.os) return;
  const { name = '' } = spec.os;
  if (name === '') errors.push(fieldRequired(at.child('os', 'name')));
  else if (name === 'linux') validateLinux(spec, at, errors);
  else if (name === 'windows') validateWindows(spec, at, errors);
  else errors.push(fieldNotSupported(at.child('os'), name, ['linux', 'windows']));
}

function validateLinux(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  if (spec.securityContext?.windowsOptions) {
    errors.push(fieldForbidden(at.child('securityContext', 'windowsOptions'), NOT_ON_LINUX));
  }
  for (const [context, here] of containerContexts(spec, at)) {
    if (context.windowsOptions) {
      errors.push(fieldForbidden(here.child('windowsOptions'), NOT_ON_LINUX));
    }
  }
}

function validateWindows(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  for (const field of POD_FIELDS) {
    const inContext = field.startsWith('.');
    const name = inContext ? field.slice(1) : field;
    const value = inContext ? spec.securityContext?.[name] : spec[name];
    // Two of them are switches, and switched off they say nothing.
    const off = value === false && (name === 'hostPID' || name === 'hostIPC');
    const here = inContext ? at.child('securityContext', name) : at.child(name);
    if (isSet(value) && !off) errors.push(fieldForbidden(here, NOT_ON_WINDOWS));
  }
  for (const [context, here] of containerContexts(spec, at)) {
    for (const name of CONTAINER_FIELDS) {
      if (isSet(context[name])) errors.push(fieldForbidden(here.child(name), NOT_ON_WINDOWS));
    }
  }
}

const isSet = (value: JsonValue | undefined): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

function* containerContexts(spec: CoreV1PodSpec, at: FieldPath): Iterable<[CoreV1SecurityContext, FieldPath]> {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [i, { securityContext }] of entriesOf(spec[list])) {
      if (securityContext) yield [securityContext, at.child(list).index(i).child('securityContext')];
    }
  }
}
