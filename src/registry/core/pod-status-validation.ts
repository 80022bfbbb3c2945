import type { JsonObject } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateChecked, validateInRange } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { ipFamily } from '../../apimachinery/validation/ip.js';
import { checkStrictIp } from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1Container,
  CoreV1ContainerStatus,
  CoreV1Pod,
  CoreV1PodExtendedResourceClaimStatus,
  CoreV1PodSpec,
  CoreV1PodStatus,
  CoreV1ResourceStatus,
} from '../../apis/types.gen.js';
import { type AnyContainer, isSidecar } from './containers.js';

/** What a kubelet or scheduler may write. @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ */

const STATUS = FieldPath.root('status');
const SYSTEM_CONDITIONS = new Set(['PodScheduled', 'Ready', 'Initialized']);
const ID_MAX = 2_147_483_647;
const NOT_NEGATIVE = 'must be a non-negative integer';

export function validatePodStatus(pod: Readonly<CoreV1Pod>, old: Readonly<CoreV1Pod>, errors: Errors): void {
  const { status = {} } = pod;
  const before = old.status ?? {};
  const spec = pod.spec ?? { containers: null };
  const oldSpec = old.spec ?? { containers: null };
  validateConditions(status, errors);
  validateNomination(status, before, oldSpec, errors);
  if ((status.observedGeneration ?? 0) < 0) {
    errors.push(fieldInvalid(STATUS.child('observedGeneration'), status.observedGeneration, NOT_NEGATIVE));
  }
  validateImmutable(status.qosClass ?? '', before.qosClass ?? '', STATUS.child('qosClass'), errors);
  for (const list of STATUS_LISTS) {
    const at = STATUS.child(list);
    validateEnds(
      status[list] ?? [],
      before[list] ?? [],
      (name, code) => mayRunAgain(list, name, code, oldSpec),
      at,
      errors,
    );
  }
  validateClaimStatuses(status, spec, errors);
  if (status.extendedResourceClaimStatus) {
    validateExtendedClaim(
      status.extendedResourceClaimStatus,
      spec,
      STATUS.child('extendedResourceClaimStatus'),
      errors,
    );
  }
  validateAddresses(addressesOf(status, 'podIPs'), addressesOf(before, 'podIPs'), STATUS.child('podIPs'), errors);
  validateHostAddresses(status, before, errors);
  for (const list of STATUS_LISTS) validateUsers(status[list] ?? [], spec, STATUS.child(list), errors);
  validateResourceHealth(
    status.containerStatuses ?? [],
    spec.containers ?? [],
    STATUS.child('containerStatuses'),
    errors,
  );
  const initAt = STATUS.child('initContainerStatuses');
  validateResourceHealth(status.initContainerStatuses ?? [], spec.initContainers ?? [], initAt, errors);
  for (const [i, { allocatedResourcesStatus = [] }] of entriesOf(status.ephemeralContainerStatuses)) {
    if (allocatedResourcesStatus.length === 0) continue;
    const at = STATUS.child('ephemeralContainerStatuses').index(i).child('allocatedResourcesStatus');
    errors.push(fieldForbidden(at, 'must not be specified in container status'));
  }
}

const STATUS_LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;

function validateConditions({ conditions = [] }: CoreV1PodStatus, errors: Errors): void {
  for (const [i, { type = '', observedGeneration = 0 }] of conditions.entries()) {
    const at = STATUS.child('conditions').index(i);
    if (observedGeneration < 0) {
      errors.push(fieldInvalid(at.child('observedGeneration'), observedGeneration, NOT_NEGATIVE));
    }
    if (!SYSTEM_CONDITIONS.has(type)) validateQualifiedName(type, at.child('Type'), errors);
  }
}

function validateNomination(
  status: CoreV1PodStatus,
  before: CoreV1PodStatus,
  old: CoreV1PodSpec,
  errors: Errors,
): void {
  const { nominatedNodeName: nominated = '' } = status;
  if (nominated === '' || nominated === before.nominatedNodeName) return;
  const at = STATUS.child('nominatedNodeName');
  validateChecked(nominated, checkDns1123Subdomain, at, errors);
  if (old.nodeName) errors.push(fieldForbidden(at, 'may not be set on pods that are already bound to a node'));
}

/** Whether a container that ended with this code starts again by its own rules or else the pod's. */
function mayRunAgain(
  list: (typeof STATUS_LISTS)[number],
  name: string,
  exitCode: number,
  spec: CoreV1PodSpec,
): boolean {
  if (list === 'ephemeralContainerStatuses') return false;
  if (list === 'containerStatuses') {
    const container = (spec.containers ?? []).find((each) => each.name === name);
    return container !== undefined && restarts(container, exitCode, spec.restartPolicy);
  }
  if (spec.restartPolicy === 'Always' || (exitCode !== 0 && spec.restartPolicy === 'OnFailure')) return true;
  return (spec.initContainers ?? []).some((container) => container.name === name && isSidecar(container));
}

/** @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5307-container-restart-policy */
function restarts(container: AnyContainer, exitCode: number, podPolicy: string | undefined): boolean {
  const { restartPolicy = podPolicy, restartPolicyRules = [] } = container;
  for (const { exitCodes } of restartPolicyRules) {
    const listed = (exitCodes?.values ?? []).includes(exitCode);
    if (exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed) return true;
  }
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
}

/** Containers that have ended for good do not run again. */
function validateEnds(
  statuses: readonly CoreV1ContainerStatus[],
  old: readonly CoreV1ContainerStatus[],
  again: (name: string, exitCode: number) => boolean,
  at: FieldPath,
  errors: Errors,
): void {
  for (const [i, { name, state }] of old.entries()) {
    const ended = state?.terminated;
    if (!ended || again(name, ended.exitCode ?? 0)) continue;
    if (!statuses.some((status) => status.name === name && !status.state?.terminated)) continue;
    errors.push(fieldForbidden(at.index(i).child('state'), 'may not be transitioned to non-terminated state'));
  }
}

function validateClaimStatuses(status: CoreV1PodStatus, spec: CoreV1PodSpec, errors: Errors): void {
  const known = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  for (const [i, { name = '', resourceClaimName }] of entriesOf(status.resourceClaimStatuses)) {
    const at = STATUS.child('resourceClaimStatuses').index(i).child('name');
    if (!known.has(name)) {
      errors.push(fieldInvalid(at, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) errors.push(fieldDuplicate(at, name));
    seen.add(name);
    if (resourceClaimName !== undefined) validateChecked(resourceClaimName, checkDns1123Subdomain, at, errors);
  }
}

function validateExtendedClaim(
  claim: CoreV1PodExtendedResourceClaimStatus,
  spec: CoreV1PodSpec,
  at: FieldPath,
  errors: Errors,
): void {
  const containers = new Map([...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((c) => [c.name, c]));
  const mappings = claim.requestMappings ?? [];
  if (mappings.length === 0) {
    errors.push(fieldRequired(at.child('requestMappings'), 'at least one request mapping is required'));
  }
  const seen = new Set<string>();
  for (const [i, { containerName = '', resourceName = '', requestName = '' }] of mappings.entries()) {
    const here = at.child('requestMappings').index(i);
    const container = containers.get(containerName);
    if (!container) {
      const text = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.push(fieldInvalid(here.child('containerName'), containerName, text));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const text =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';
      errors.push(fieldInvalid(here.child('resourceName'), resourceName, text));
    }
    validateChecked(requestName, checkDns1123Label, at.child('requestName'), errors);
    const key = `${containerName}/${resourceName}`;
    if (seen.has(key)) {
      errors.push(fieldDuplicate(here.child('containerName'), containerName));
      errors.push(fieldDuplicate(here.child('resourceName'), resourceName));
    }
    seen.add(key);
  }
  const { resourceClaimName = '' } = claim;
  if (resourceClaimName === '') errors.push(fieldRequired(at.child('resourceClaimName')));
  else validateChecked(resourceClaimName, checkDns1123Subdomain, at.child('resourceClaimName'), errors);
}

function validateUsers(
  statuses: readonly CoreV1ContainerStatus[],
  { os }: CoreV1PodSpec,
  list: FieldPath,
  errors: Errors,
): void {
  for (const [i, { user }] of statuses.entries()) {
    const linux = user?.linux;
    if (!linux) continue;
    const at = list.index(i).child('user', 'linux');
    if (os?.name === 'windows') {
      errors.push(fieldForbidden(at, 'cannot be set for a windows pod'));
      continue;
    }
    validateInRange(linux.uid ?? 0, 0, ID_MAX, at.child('uid'), errors);
    validateInRange(linux.gid ?? 0, 0, ID_MAX, at.child('gid'), errors);
    for (const [j, group] of entriesOf(linux.supplementalGroups)) {
      validateInRange(group, 0, ID_MAX, at.child('supplementalGroups').index(j), errors);
    }
  }
}

const HEALTH = ['Healthy', 'Unhealthy', 'Unknown'];

function validateResourceHealth(
  statuses: readonly CoreV1ContainerStatus[],
  containers: readonly CoreV1Container[],
  list: FieldPath,
  errors: Errors,
): void {
  for (const [i, { name, allocatedResourcesStatus = [] }] of statuses.entries()) {
    const container = containers.find((each) => each.name === name);
    for (const [j, resource] of allocatedResourcesStatus.entries()) {
      const at = list.index(i).child('allocatedResourcesStatus').index(j);
      if (container) validateAllocatedName(resource, container, at.child('name'), errors);
      const seen = new Set<string>();
      for (const [k, { health = '', resourceID = '' }] of entriesOf(resource.resources)) {
        const here = at.child('resources').index(k);
        if (!HEALTH.includes(health)) errors.push(fieldNotSupported(here.child('health'), health, HEALTH));
        if (seen.has(resourceID)) errors.push(fieldDuplicate(here.child('resourceID'), resourceID));
        seen.add(resourceID);
      }
    }
  }
}

function validateAllocatedName(
  { name = '' }: CoreV1ResourceStatus,
  { resources }: CoreV1Container,
  at: FieldPath,
  errors: Errors,
): void {
  if (!name.startsWith('claim:')) {
    if (resources?.requests?.[name] !== undefined) return;
    errors.push(fieldInvalid(at, name, "must match one of the container's resource requests"));
    return;
  }
  const claims = (resources?.claims ?? []).map(({ name: claim, request }) =>
    request ? `claim:${claim}/${request}` : `claim:${claim}`,
  );
  if (claims.includes(name)) return;
  const text =
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
  errors.push(fieldInvalid(at, name, text));
}

const addressesOf = (status: CoreV1PodStatus, list: 'podIPs' | 'hostIPs'): string[] =>
  (status[list] ?? []).map(({ ip }) => ip ?? '');

function validateHostAddresses(status: CoreV1PodStatus, before: CoreV1PodStatus, errors: Errors): void {
  const addresses = addressesOf(status, 'hostIPs');
  const first = addresses[0];
  if (first === undefined) return;
  const at = STATUS.child('hostIPs');
  if (first !== (status.hostIP ?? '')) {
    errors.push(fieldInvalid(at.index(0).child('ip'), first, 'must be equal to `hostIP`'));
  }
  validateAddresses(addresses, addressesOf(before, 'hostIPs'), at, errors);
}

/** One address, or one of each family. What was there already may stay as it is. */
function validateAddresses(
  addresses: readonly string[],
  known: readonly string[],
  at: FieldPath,
  errors: Errors,
): void {
  for (const [i, ip] of addresses.entries()) {
    if (!known.includes(ip)) validateChecked(ip, checkStrictIp, at.index(i), errors);
  }
  const families = addresses.map(ipFamily);
  const shown: JsonObject[] = addresses.map((ip) => ({ IP: ip }));
  if (addresses.length > 1 && (addresses.length > 2 || families[0] === families[1])) {
    errors.push(fieldInvalid(at, shown, 'may specify no more than one IP for each IP family'));
  }
}
