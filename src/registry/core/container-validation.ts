import { compareQuantities } from '../../apimachinery/runtime/quantity.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import {
  checkPortName,
  checkPortNumber,
  type Errors,
  validateChecked,
  validateEnum,
  validateListed,
} from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label } from '../../apimachinery/validation/names.js';
import type {
  CoreV1ContainerPort,
  CoreV1ResourceRequirements,
  CoreV1Volume,
  CoreV1VolumeDevice,
  CoreV1VolumeMount,
} from '../../apis/types.gen.js';
import {
  isHugePages,
  isOvercommitAllowed,
  validateContainerResourceName,
  validateHugePages,
  validateResourceQuantity,
} from '../generic/resource-names.js';
import type { AnyContainer } from './containers.js';
import { hasBacksteps, validateDescendingPath, validateEnv, validateEnvFrom } from './env-validation.js';
import type { PodContext } from './pod-validation-options.js';
import { validateContainerSecurity } from './security-validation.js';
import { PULL_POLICIES } from './volume-validation.js';

/** The rules that every container of a pod follows, whatever its role. */

export type Volumes = ReadonlyMap<string, CoreV1Volume>;

/** What of the pod a container's own checks depend on. */
export interface ContainerScope extends PodContext {
  readonly volumes: Volumes;
  readonly claims: ReadonlySet<string>;
  readonly hostUsers: boolean;
  /** Of the pod. */
  readonly restartPolicy: string | undefined;
}

export const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const NO_PATHS: ReadonlyMap<string, string> = new Map();
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];

export function validateContainerCommon(
  container: AnyContainer,
  scope: ContainerScope,
  at: FieldPath,
  errors: Errors,
): void {
  if (!container.name) errors.push(fieldRequired(at.child('name')));
  else validateChecked(container.name, checkDns1123Label, at.child('name'), errors);
  if (!container.image) errors.push(fieldRequired(at.child('image')));
  validateListed(container.terminationMessagePolicy, MESSAGE_POLICIES, at.child('terminationMessagePolicy'), errors);
  const { volumeMounts, volumeDevices } = container;
  const mounts = volumeMounts ? new Map(volumeMounts.map((mount) => [mount.name, mount.mountPath])) : NO_PATHS;
  const devices = volumeDevices ? new Map(volumeDevices.map((device) => [device.name, device.devicePath])) : NO_PATHS;
  validateContainerPorts(container.ports, at.child('ports'), errors);
  validateEnv(container, at.child('env'), errors);
  validateEnvFrom(container.envFrom, at.child('envFrom'), errors);
  validateMounts(container, devices, scope.volumes, at.child('volumeMounts'), errors);
  validateDevices(container.volumeDevices, mounts, scope.volumes, at.child('volumeDevices'), errors);
  validateEnum(container.imagePullPolicy, PULL_POLICIES, at.child('imagePullPolicy'), errors);
  validateResources(container.resources, validateContainerResourceName, scope.claims, at.child('resources'), errors);
  validateResizePolicy(container, scope.restartPolicy, at.child('resizePolicy'), errors);
  validateContainerSecurity(container.securityContext, scope, at.child('securityContext'), errors);
}

function validateContainerPorts(
  ports: readonly CoreV1ContainerPort[] | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (!ports) return;
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const here = at.index(i);
    if (port.name) {
      const faults = checkPortName(port.name);
      for (const text of faults) errors.push(fieldInvalid(here.child('name'), port.name, text));
      if (faults.length === 0 && names.has(port.name)) errors.push(fieldDuplicate(here.child('name'), port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(fieldRequired(here.child('containerPort')));
    else validatePort(port.containerPort, here.child('containerPort'), errors);
    if (port.hostPort) validatePort(port.hostPort, here.child('hostPort'), errors);
    validateEnum(port.protocol, PROTOCOLS, here.child('protocol'), errors);
  }
}

function validatePort(port: number, at: FieldPath, errors: Errors): void {
  for (const text of checkPortNumber(port)) errors.push(fieldInvalid(at, port, text));
}

/** No two containers may ask for the same port of the host. */
export function validateHostPorts(containers: readonly AnyContainer[], at: FieldPath, errors: Errors): void {
  const taken = new Set<string>();
  for (const [i, container] of containers.entries()) {
    for (const [j, port] of entriesOf(container.ports)) {
      if (!port.hostPort) continue;
      const claim = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(claim)) errors.push(fieldDuplicate(at.index(i).child('ports').index(j).child('hostPort'), claim));
      taken.add(claim);
    }
  }
}

function validateMounts(
  container: AnyContainer,
  devices: ReadonlyMap<string, string>,
  volumes: Volumes,
  at: FieldPath,
  errors: Errors,
): void {
  if (!container.volumeMounts) return;
  const paths = new Set<string>();
  const devicePaths = new Set(devices.values());
  for (const [i, mount] of container.volumeMounts.entries()) {
    const here = at.index(i);
    const { name = '', mountPath = '' } = mount;
    if (name === '') errors.push(fieldRequired(here.child('name')));
    if (!volumes.has(name)) errors.push(fieldNotFound(here.child('name'), name));
    if (mountPath === '') errors.push(fieldRequired(here.child('mountPath')));
    if (paths.has(mountPath)) errors.push(fieldInvalid(here.child('mountPath'), mountPath, 'must be unique'));
    paths.add(mountPath);
    if (devices.has(name))
      errors.push(fieldInvalid(here.child('name'), name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath)) {
      errors.push(
        fieldInvalid(here.child('mountPath'), mountPath, 'must not already exist as a path in volumeDevices'),
      );
    }
    validateSubPaths(mount, here, at, errors);
    validatePropagation(mount, container, at.child('mountPropagation'), errors);
    validateRecursiveReadOnly(mount, at.child('recursiveReadOnly'), errors);
  }
}

function validateSubPaths(mount: CoreV1VolumeMount, here: FieldPath, list: FieldPath, errors: Errors): void {
  if (mount.subPath) validateDescendingPath(mount.subPath, list.child('subPath'), errors);
  if (!mount.subPathExpr) return;
  if (mount.subPath) {
    const text = 'subPathExpr and subPath are mutually exclusive';
    errors.push(fieldInvalid(here.child('subPathExpr'), mount.subPathExpr, text));
  }
  validateDescendingPath(mount.subPathExpr, list.child('subPathExpr'), errors);
}

function validatePropagation(mount: CoreV1VolumeMount, container: AnyContainer, at: FieldPath, errors: Errors): void {
  const propagation = mount.mountPropagation;
  if (propagation === undefined) return;
  const supported = ['Bidirectional', 'HostToContainer', 'None'];
  if (!supported.includes(propagation)) errors.push(fieldNotSupported(at, propagation, supported));
  if (propagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(fieldForbidden(at, 'Bidirectional mount propagation is available only to privileged containers'));
  }
}

function validateRecursiveReadOnly(mount: CoreV1VolumeMount, at: FieldPath, errors: Errors): void {
  const mode = mount.recursiveReadOnly;
  if (mode === undefined || mode === 'Disabled') return;
  if (mode !== 'Enabled' && mode !== 'IfPossible') {
    errors.push(fieldNotSupported(at, mode, ['Disabled', 'IfPossible', 'Enabled']));
    return;
  }
  if (!mount.readOnly) errors.push(fieldForbidden(at, 'may only be specified when readOnly is true'));
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None') {
    errors.push(fieldForbidden(at, 'may only be specified when mountPropagation is None or not specified'));
  }
}

function validateDevices(
  devices: readonly CoreV1VolumeDevice[] | undefined,
  mounts: ReadonlyMap<string, string>,
  volumes: Volumes,
  at: FieldPath,
  errors: Errors,
): void {
  if (!devices) return;
  const names = new Set<string>();
  const paths = new Set<string>();
  const mountPaths = new Set(mounts.values());
  for (const [i, { name = '', devicePath = '' }] of devices.entries()) {
    const nameAt = at.index(i).child('name');
    const pathAt = at.index(i).child('devicePath');
    const volume = volumes.get(name);
    if (name === '') errors.push(fieldRequired(nameAt));
    if (names.has(name)) errors.push(fieldInvalid(nameAt, name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      const text = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(fieldInvalid(nameAt, name, text));
    }
    if (!volume) errors.push(fieldNotFound(nameAt, name));
    if (devicePath === '') errors.push(fieldRequired(pathAt));
    if (paths.has(devicePath)) errors.push(fieldInvalid(pathAt, devicePath, 'must be unique'));
    if (hasBacksteps(devicePath)) errors.push(fieldInvalid(pathAt, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.has(name)) errors.push(fieldInvalid(nameAt, name, 'must not already exist in volumeMounts'));
    if (mountPaths.has(devicePath)) {
      errors.push(fieldInvalid(pathAt, devicePath, 'must not already exist as a path in volumeMounts'));
    }
    if (name !== '') names.add(name);
  }
}

export type ResourceNameCheck = (name: string, at: FieldPath, errors: Errors) => void;

/** Names, amounts, and how requests and limits fit together. */
export function validateResources(
  resources: CoreV1ResourceRequirements | undefined,
  validateName: ResourceNameCheck,
  claims: ReadonlySet<string>,
  at: FieldPath,
  errors: Errors,
): void {
  if (!resources) return;
  const limits = resources.limits ?? {};
  const requests = resources.requests ?? {};
  let huge = false;
  for (const name of Object.keys(limits)) {
    const here = at.child('limits').key(name);
    validateName(name, here, errors);
    validateResourceQuantity(name, limits[name]!, here, errors);
    if (!isHugePages(name)) continue;
    huge = true;
    validateHugePages(name, limits[name]!, here, errors);
  }
  for (const name of Object.keys(requests)) {
    const quantity = requests[name]!;
    const here = at.child('requests').key(name);
    validateName(name, here, errors);
    validateResourceQuantity(name, quantity, here, errors);
    validateRequestAgainstLimit(name, quantity, limits[name], at, errors);
    if (!isHugePages(name)) continue;
    huge = true;
    validateHugePages(name, quantity, here, errors);
  }
  if (huge && !['cpu', 'memory'].some((name) => Object.hasOwn(limits, name) || Object.hasOwn(requests, name))) {
    errors.push(fieldForbidden(at, 'HugePages require cpu or memory'));
  }
  validateClaimNames(resources, claims, at.child('claims'), errors);
}

function validateRequestAgainstLimit(
  name: string,
  request: string,
  limit: string | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (limit === undefined) {
    if (!isOvercommitAllowed(name)) {
      errors.push(fieldRequired(at.child('limits'), 'Limit must be set for non overcommitable resources'));
    }
    return;
  }
  const order = compareQuantities(request, limit);
  if (order !== 0 && !isOvercommitAllowed(name)) {
    errors.push(fieldInvalid(at.child('requests'), request, `must be equal to ${name} limit of ${limit}`));
  } else if (order > 0) {
    errors.push(fieldInvalid(at.child('requests'), request, `must be less than or equal to ${name} limit of ${limit}`));
  }
}

function validateClaimNames(
  resources: CoreV1ResourceRequirements,
  claims: ReadonlySet<string>,
  at: FieldPath,
  errors: Errors,
): void {
  if (!resources.claims) return;
  const seen = new Set<string>();
  for (const [i, { name = '', request = '' }] of resources.claims.entries()) {
    const here = at.index(i);
    if (name === '') {
      errors.push(fieldRequired(here));
      continue;
    }
    if (seen.has(name)) errors.push(fieldDuplicate(here, name));
    else validateClaimRequest(name, request, seen, here, errors);
    if (claims.has(name)) continue;
    const known = claims.size === 0 ? ' which is empty' : `: ${[...claims].sort().join(', ')}`;
    const fault = fieldNotFound(here, name);
    errors.push({ ...fault, message: `${fault.message}: must be one of the names in pod.spec.resourceClaims${known}` });
  }
}

/** A claim as a whole may not stand beside single requests of it. Adds to `seen`. */
function validateClaimRequest(name: string, request: string, seen: Set<string>, at: FieldPath, errors: Errors): void {
  if (request !== '') validateChecked(request, checkDns1123Label, at.child('request'), errors);
  const key = request === '' ? name : `${name}/${request}`;
  if (seen.has(key)) errors.push(fieldDuplicate(at, key));
  else if (request === '') {
    for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(fieldDuplicate(at, name));
  }
  seen.add(key);
}

function validateResizePolicy(
  container: AnyContainer,
  podRestartPolicy: string | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (!container.resizePolicy) return;
  const seen = new Set<string>();
  for (const [i, { resourceName = '', restartPolicy = '' }] of container.resizePolicy.entries()) {
    if (seen.has(resourceName)) errors.push(fieldDuplicate(at.index(i), resourceName));
    seen.add(resourceName);
    validateEnum(resourceName, ['cpu', 'memory'], at, errors);
    validateEnum(restartPolicy, ['NotRequired', 'RestartContainer'], at, errors);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.push(fieldInvalid(at, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
  }
}
