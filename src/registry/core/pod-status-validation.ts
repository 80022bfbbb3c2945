import type { JsonObject } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldDuplicate, fieldForbidden, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { IP_TEXT, ipFamily } from '../../apimachinery/validation/ip.js';
import { checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1ContainerStatus, CoreV1Pod, CoreV1PodSpec, CoreV1PodStatus } from '../../apis/types.gen.js';

/** What a kubelet or scheduler may write. @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ */

const STATUS = FieldPath.root('status');
const SYSTEM_CONDITIONS = new Set(['PodScheduled', 'Ready', 'Initialized', 'ContainersReady']);

export function validatePodStatus(pod: Readonly<CoreV1Pod>, old: Readonly<CoreV1Pod>, errors: Errors): void {
  const { status = {} } = pod;
  const before = old.status ?? {};
  for (const [i, { type = '' }] of (status.conditions ?? []).entries()) {
    if (SYSTEM_CONDITIONS.has(type)) continue;
    validateQualifiedName(type, STATUS.child('conditions').index(i).child('Type'), errors);
  }
  const nominated = status.nominatedNodeName ?? '';
  if (nominated !== '' && nominated !== before.nominatedNodeName) {
    validateChecked(nominated, checkDns1123Subdomain, STATUS.child('nominatedNodeName'), errors);
  }
  validateImmutable(status.qosClass ?? '', before.qosClass ?? '', STATUS.child('qosClass'), errors);
  for (const list of ['containerStatuses', 'initContainerStatuses'] as const) {
    validateEnds(status[list] ?? [], before[list] ?? [], old.spec ?? { containers: null }, STATUS.child(list), errors);
  }
  validateAddresses(addressesOf(status, 'podIPs'), addressesOf(before, 'podIPs'), STATUS.child('podIPs'), errors);
  validateHostAddresses(status, before, errors);
}

/** Containers that have ended for good do not run again. */
function validateEnds(
  statuses: readonly CoreV1ContainerStatus[],
  old: readonly CoreV1ContainerStatus[],
  { restartPolicy, initContainers }: CoreV1PodSpec,
  at: FieldPath,
  errors: Errors,
): void {
  if (restartPolicy === 'Always') return;
  const restartable = new Set((initContainers ?? []).filter((each) => each.restartPolicy).map(({ name }) => name));
  for (const before of old) {
    const ended = before.state?.terminated;
    if (!ended || restartable.has(before.name)) continue;
    if (ended.exitCode !== 0 && restartPolicy === 'OnFailure') continue;
    for (const [i, status] of statuses.entries()) {
      if (status.name !== before.name || status.state?.terminated) continue;
      errors.push(fieldForbidden(at.index(i).child('state'), 'may not be transitioned to non-terminated state'));
    }
  }
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

/** One address, or one of each family, none twice. What was there already may stay as it is. */
function validateAddresses(
  addresses: readonly string[],
  known: readonly string[],
  at: FieldPath,
  errors: Errors,
): void {
  const families = addresses.map(ipFamily);
  for (const [i, ip] of addresses.entries()) {
    if (families[i] === undefined && !known.includes(ip)) errors.push(fieldInvalid(at.index(i), ip, IP_TEXT));
  }
  const shown: JsonObject[] = addresses.map((ip) => ({ IP: ip }));
  if (addresses.length > 1 && (addresses.length > 2 || families[0] === families[1])) {
    errors.push(fieldInvalid(at, shown, 'may specify no more than one IP for each IP family'));
  }
  for (const [i, ip] of addresses.entries()) {
    if (addresses.indexOf(ip) < i) errors.push(fieldDuplicate(at.index(i), shown[i]!));
  }
}
