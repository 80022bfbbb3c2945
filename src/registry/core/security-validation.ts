import type { JsonValue } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateInRange } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import type {
  CoreV1AppArmorProfile,
  CoreV1PodSecurityContext,
  CoreV1PodSpec,
  CoreV1SeccompProfile,
  CoreV1SecurityContext,
  CoreV1Sysctl,
} from '../../apis/types.gen.js';
import { validateDescendingPath } from './env-validation.js';
import type { PodContext } from './pod-validation-options.js';
import { validateWindowsOptions } from './windows-options-validation.js';

/** Security contexts of pods and containers. @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/ */

const ID_MAX = 2_147_483_647;
const SYSCTL_FORMAT = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const SYSCTL = new RegExp(SYSCTL_FORMAT);
const SYSCTL_LENGTH_MAX = 253;
const APPARMOR_PROFILE_LENGTH_MAX = 4095;

function validateId(id: number | undefined, at: FieldPath, errors: Errors): void {
  if (id !== undefined) validateInRange(id, 0, ID_MAX, at, errors);
}

export function validateContainerSecurity(
  security: CoreV1SecurityContext | undefined,
  scope: PodContext & { readonly hostUsers: boolean },
  at: FieldPath,
  errors: Errors,
): void {
  if (!security) return;
  validateId(security.runAsUser, at.child('runAsUser'), errors);
  validateId(security.runAsGroup, at.child('runAsGroup'), errors);
  if (security.procMount !== undefined) {
    const mounts = ['Default', 'Unmasked'];
    if (!mounts.includes(security.procMount)) {
      errors.push(fieldNotSupported(at.child('procMount'), security.procMount, mounts));
    }
    if (scope.hostUsers && security.procMount === 'Unmasked') {
      errors.push(fieldInvalid(at.child('procMount'), 'Unmasked', '`hostUsers` must be false to use `Unmasked`'));
    }
  }
  validateSeccomp(security.seccompProfile, at.child('seccompProfile'), errors);
  if (security.allowPrivilegeEscalation === false) {
    const show = (): JsonValue => scope.internal('core.v1.SecurityContext', security);
    if (security.privileged) {
      errors.push(fieldInvalid(at, show(), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    }
    if (security.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      const text = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
      errors.push(fieldInvalid(at, show(), text));
    }
  }
  validateWindowsOptions(security.windowsOptions, at.child('windowsOptions'), errors);
  validateAppArmor(security.appArmorProfile, at.child('appArmorProfile'), errors);
}

export function validatePodSecurity(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  const security = spec.securityContext;
  if (!security) return;
  validateId(security.fsGroup, at.child('fsGroup'), errors);
  validateId(security.runAsUser, at.child('runAsUser'), errors);
  validateId(security.runAsGroup, at.child('runAsGroup'), errors);
  for (const [i, group] of entriesOf(security.supplementalGroups)) {
    validateId(group, at.child('supplementalGroups').index(i), errors);
  }
  validateSysctls(security.sysctls, spec, at.child('sysctls'), errors);
  validatePodPolicies(security, at, errors);
}

function validatePodPolicies(security: CoreV1PodSecurityContext, at: FieldPath, errors: Errors): void {
  if (security.fsGroupChangePolicy !== undefined) {
    validateSupported(
      security.fsGroupChangePolicy,
      ['Always', 'OnRootMismatch'],
      at.child('fsGroupChangePolicy'),
      errors,
    );
  }
  validateSeccomp(security.seccompProfile, at.child('seccompProfile'), errors);
  validateWindowsOptions(security.windowsOptions, at.child('windowsOptions'), errors);
  validateAppArmor(security.appArmorProfile, at.child('appArmorProfile'), errors);
  if (security.supplementalGroupsPolicy !== undefined) {
    const policyAt = at.child('supplementalGroupsPolicy');
    validateSupported(security.supplementalGroupsPolicy, ['Merge', 'Strict'], policyAt, errors);
  }
  if (security.seLinuxChangePolicy !== undefined) {
    const policyAt = at.child('seLinuxChangePolicy');
    validateSupported(security.seLinuxChangePolicy, ['MountOption', 'Recursive'], policyAt, errors);
  }
}

function validateSupported(value: string, supported: readonly string[], at: FieldPath, errors: Errors): void {
  if (!supported.includes(value)) errors.push(fieldNotSupported(at, value, supported));
}

function validateSysctls(
  sysctls: readonly CoreV1Sysctl[] | undefined,
  spec: CoreV1PodSpec,
  at: FieldPath,
  errors: Errors,
): void {
  const names = new Set<string>();
  for (const [i, { name = '' }] of entriesOf(sysctls)) {
    const here = at.index(i).child('name');
    if (name === '') {
      errors.push(fieldRequired(here));
    } else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL.test(name)) {
      const text = `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL_FORMAT}`;
      errors.push(fieldInvalid(here, name, text));
    } else if (names.has(name)) {
      errors.push(fieldDuplicate(here, name));
    }
    names.add(name);
    const plain = dottedSysctl(name);
    if (spec.hostNetwork && plain.startsWith('net.')) {
      errors.push(fieldInvalid(here, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && IPC_SYSCTL.test(plain)) {
      errors.push(fieldInvalid(here, name, "may not be specified when 'hostIPC' is true"));
    }
  }
}

const IPC_SYSCTL = /^(kernel\.sem$|kernel\.shm|kernel\.msg|fs\.mqueue\.)/;

/** Names may be written with slashes; then dots are what slashes are otherwise. The first of the two tells. */
function dottedSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === '/' ? name.replace(/[./]/g, (sign) => (sign === '/' ? '.' : '/')) : name;
}

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccomp(profile: CoreV1SeccompProfile | undefined, at: FieldPath, errors: Errors): void {
  if (!profile) return;
  const { type = '', localhostProfile } = profile;
  if (type === '') errors.push(fieldRequired(at.child('type'), 'type is required when seccompProfile is set'));
  else validateSupported(type, PROFILE_TYPES, at.child('type'), errors);
  const here = at.child('localhostProfile');
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(fieldRequired(here, 'must be set when seccomp type is Localhost'));
    else validateDescendingPath(localhostProfile, here, errors);
  } else if (localhostProfile !== undefined) {
    const shown = { Type: type, LocalhostProfile: localhostProfile };
    errors.push(fieldInvalid(here, shown, 'can only be set when seccomp type is Localhost'));
  }
}

function validateAppArmor(profile: CoreV1AppArmorProfile | undefined, at: FieldPath, errors: Errors): void {
  if (!profile) return;
  const { type = '', localhostProfile } = profile;
  const here = at.child('localhostProfile');
  if (type === 'Localhost') {
    if (localhostProfile === undefined) {
      errors.push(fieldRequired(here, 'must be set when AppArmor type is Localhost'));
      return;
    }
    const trimmed = localhostProfile.trim();
    if (trimmed !== localhostProfile) {
      errors.push(fieldInvalid(here, localhostProfile, 'must not be padded with whitespace'));
    } else if (trimmed === '') {
      errors.push(fieldRequired(here, 'must be set when AppArmor type is Localhost'));
    }
    if (localhostProfile.length > APPARMOR_PROFILE_LENGTH_MAX)
      errors.push(fieldTooLong(here, APPARMOR_PROFILE_LENGTH_MAX));
  } else if (type === 'RuntimeDefault' || type === 'Unconfined') {
    if (localhostProfile !== undefined) {
      errors.push(fieldInvalid(here, localhostProfile, 'can only be set when AppArmor type is Localhost'));
    }
  } else if (type === '') {
    errors.push(fieldRequired(at.child('type'), 'type is required when appArmorProfile is set'));
  } else {
    errors.push(fieldNotSupported(at.child('type'), type, PROFILE_TYPES));
  }
}

/** A pod with host-process containers has nothing else, and shares the host's network. */
export function validateHostProcesses(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  const podWide = spec.securityContext?.windowsOptions?.hostProcess;
  let containers = 0;
  let hostProcesses = 0;
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [i, container] of entriesOf(spec[list])) {
      containers++;
      const own = container.securityContext?.windowsOptions?.hostProcess;
      if (podWide !== undefined && own !== undefined && podWide !== own) {
        const here = at.child(list).index(i).child('securityContext', 'windowsOptions', 'hostProcess');
        const text = `pod hostProcess value must be identical if both are specified, was ${podWide}`;
        errors.push(fieldInvalid(here, own, text));
      }
      if (own ?? podWide) hostProcesses++;
    }
  }
  if (hostProcesses === 0) return;
  if (hostProcesses !== containers) {
    const text = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(fieldInvalid(at, '', text));
  }
  if (!spec.hostNetwork) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(fieldInvalid(at.child('hostNetwork'), false, text));
  }
}

/** The host's own namespaces as messages call them. */
const HOST_NAMESPACES = { hostNetwork: 'hostNetwork', hostPID: 'HostPID', hostIPC: 'HostIPC' } as const;

/** A pod with its own user namespace may not share the host's other namespaces, nor its block devices. */
export function validateHostUsers(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  if (spec.hostUsers !== false) return;
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[name]) errors.push(fieldForbidden(at.child(HOST_NAMESPACES[name]), 'when `hostUsers` is false'));
  }
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [i, { volumeDevices = [] }] of entriesOf(spec[list])) {
      if (volumeDevices.length === 0) continue;
      errors.push(fieldForbidden(at.child(list).index(i).child('volumeDevices'), 'when `hostUsers` is false'));
    }
  }
}
