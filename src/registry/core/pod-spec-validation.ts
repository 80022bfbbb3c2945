import type { JsonObject } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import {
  type Errors,
  validateChecked,
  validateInRange,
  validateListed,
} from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { checkStrictIp } from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Label, checkDns1123Subdomain, checkDnsSearchPath } from '../../apimachinery/validation/names.js';
import {
  validateAnnotations,
  validateLabels,
  validateQualifiedName,
} from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1Container,
  CoreV1ContainerRestartRule,
  CoreV1EphemeralContainer,
  CoreV1HostAlias,
  CoreV1PodDNSConfig,
  CoreV1PodResourceClaim,
  CoreV1PodSchedulingGate,
  CoreV1PodSpec,
  CoreV1PodTemplateSpec,
} from '../../apis/types.gen.js';
import { validateContainerResourceName } from '../generic/resource-names.js';
import { validateAffinity, validateTolerations, validateTopologySpread } from './affinity-validation.js';
import {
  type ContainerScope,
  validateContainerCommon,
  validateHostPorts,
  validateResources,
} from './container-validation.js';
import { validatePodAnnotations, validateProfilesMatch } from './pod-annotation-validation.js';
import { validatePodOs } from './pod-os-validation.js';
import { validatePodResources } from './pod-resources-validation.js';
import { MIRROR_ANNOTATION, type PodContext } from './pod-validation-options.js';
import { validateProbesAndHooks } from './probe-validation.js';
import { validateHostProcesses, validateHostUsers, validatePodSecurity } from './security-validation.js';
import { validateVolumes } from './volume-validation.js';

/**
 * The rules of a pod's spec, for pods and for every kind with a pod template; faults come in upstream's order.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec
 */

const SECONDS_MAX = 2_147_483_647;
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const CONTAINER_RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const NAMESERVERS_MAX = 3;
const SEARCH_PATHS_MAX = 32;
const SEARCH_LENGTH_MAX = 2048;
const RESTART_RULES_MAX = 20;
const RESTART_ACTIONS = ['Restart', 'RestartAllContainers'];
const EXIT_CODES_MAX = 255;
const HOSTNAME_LENGTH_MAX = 64;

export function validatePodSpec(spec: CoreV1PodSpec, context: PodContext, at: FieldPath, errors: Errors): void {
  const graceSeconds = spec.terminationGracePeriodSeconds;
  if (graceSeconds === undefined) errors.push(fieldRequired(at.child('terminationGracePeriodSeconds')));
  const volumes = validateVolumes(spec.volumes, context, at.child('volumes'), errors);
  validateResourceClaims(spec.resourceClaims, context, at.child('resourceClaims'), errors);
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name ?? '').filter((name) => name !== ''));
  const { restartPolicy } = spec;
  const scope: ContainerScope = { ...context, volumes, claims, hostUsers: spec.hostUsers !== false, restartPolicy };
  validateContainers(spec, scope, graceSeconds, at.child('containers'), errors);
  validateInitContainers(spec, scope, graceSeconds, at.child('initContainers'), errors);
  validateEphemeralContainers(spec, scope, at.child('ephemeralContainers'), errors);
  validatePodResources(spec, claims, at.child('resources'), errors);
  validateHostNetworkPorts(spec, context, at.child('containers'), errors);
  validateListed(spec.restartPolicy, RESTART_POLICIES, at.child('restartPolicy'), errors);
  validateListed(spec.dnsPolicy, DNS_POLICIES, at.child('dnsPolicy'), errors);
  validateLabels(spec.nodeSelector as JsonObject | undefined, at.child('nodeSelector'), errors);
  validatePodSecurity(spec, at.child('securityContext'), errors);
  if (spec.shareProcessNamespace && spec.hostPID) {
    const text = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(fieldInvalid(at.child('shareProcessNamespace'), true, text));
  }
  validateAffinity(spec.affinity, at.child('affinity'), errors);
  validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, at.child('dnsConfig'), errors);
  for (const [i, gate] of entriesOf(spec.readinessGates)) {
    validateQualifiedName(gate.conditionType ?? '', at.child('readinessGates').index(i).child('conditionType'), errors);
  }
  validateSchedulingGates(spec.schedulingGates, at.child('schedulingGates'), errors);
  validateTopologySpread(spec.topologySpreadConstraints, at.child('topologySpreadConstraints'), errors);
  validateHostProcesses(spec, at, errors);
  validateHostUsers(spec, at, errors);
  validateHostnameOverride(spec, at.child('hostnameOverride'), errors);
  validatePodNames(spec, at, errors);
  validatePodOs(spec, at, errors);
  validateFileKeyVolumes(spec, at, errors);
}

/** On the host's network a port of a container is a port of the host. Templates may leave that to the pods. */
function validateHostNetworkPorts(spec: CoreV1PodSpec, context: PodContext, at: FieldPath, errors: Errors): void {
  if (!spec.hostNetwork) return;
  for (const [i, { ports = [] }] of entriesOf(spec.containers)) {
    for (const [j, { hostPort = 0, containerPort }] of ports.entries()) {
      if (hostPort === containerPort || (hostPort === 0 && !context.pod)) continue;
      const text = 'must match `containerPort` when `hostNetwork` is true';
      errors.push(fieldInvalid(at.index(i).child('ports').index(j).child('hostPort'), hostPort, text));
    }
  }
}

function validateHostnameOverride(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  for (const other of ['setHostnameAsFQDN', 'hostNetwork'] as const) {
    if (spec[other]) errors.push(fieldForbidden(at, `may not be specified when ${other} is true`));
  }
  if (name.length > HOSTNAME_LENGTH_MAX) errors.push(fieldTooLong(at, HOSTNAME_LENGTH_MAX));
  validateChecked(name, checkDns1123Subdomain, at, errors);
}

/** Variables that come from a file need the volume in which a container writes it. */
function validateFileKeyVolumes(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [i, { env = [] }] of entriesOf(spec[list])) {
      for (const [j, { valueFrom }] of env.entries()) {
        if (!valueFrom?.fileKeyRef) continue;
        const name = valueFrom.fileKeyRef.volumeName ?? '';
        const here = at.child(list).index(i).child('env').index(j).child('valueFrom', 'fileKeyRef', 'volumeName');
        const volume = spec.volumes?.findLast((each) => each.name === name);
        if (!volume) errors.push(fieldNotFound(here, name));
        else if (!volume.emptyDir) errors.push(fieldInvalid(here, name, 'referenced volume must be of type emptyDir'));
      }
    }
  }
}

function validatePodNames(spec: CoreV1PodSpec, at: FieldPath, errors: Errors): void {
  const named = (name: 'serviceAccountName' | 'nodeName' | 'priorityClassName' | 'runtimeClassName'): void => {
    if (spec[name]) validateChecked(spec[name], checkDns1123Subdomain, at.child(name), errors);
  };
  named('serviceAccountName');
  named('nodeName');
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined) validateInRange(deadline, 1, SECONDS_MAX, at.child('activeDeadlineSeconds'), errors);
  if (spec.hostname) validateChecked(spec.hostname, checkDns1123Label, at.child('hostname'), errors);
  if (spec.subdomain) validateChecked(spec.subdomain, checkDns1123Label, at.child('subdomain'), errors);
  validateTolerations(spec.tolerations, at.child('tolerations'), errors);
  validateHostAliases(spec.hostAliases, at.child('hostAliases'), errors);
  named('priorityClassName');
  if (spec.runtimeClassName !== undefined) {
    validateChecked(spec.runtimeClassName, checkDns1123Subdomain, at.child('runtimeClassName'), errors);
  }
  const { preemptionPolicy } = spec;
  if (preemptionPolicy !== undefined) {
    validateListed(preemptionPolicy, ['PreemptLowerPriority', 'Never'], at.child('preemptionPolicy'), errors);
  }
  if (spec.overhead) {
    const limits = { limits: spec.overhead };
    validateResources(limits, validateContainerResourceName, new Set(), at.child('overhead'), errors);
  }
}

function validateContainers(
  spec: CoreV1PodSpec,
  scope: ContainerScope,
  graceSeconds: number | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const containers = spec.containers ?? [];
  if (containers.length === 0) {
    errors.push(fieldRequired(at));
    return;
  }
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    const here = at.index(i);
    validateContainerCommon(container, scope, here, errors);
    const name = container.name ?? '';
    if (names.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    names.add(name);
    validateProbesAndHooks(container, graceSeconds, here, errors);
    validateContainerRestart(container, here, errors);
  }
  validateHostPorts(containers, at, errors);
}

function validateContainerRestart(container: CoreV1Container, at: FieldPath, errors: Errors): void {
  const { restartPolicy, restartPolicyRules = [] } = container;
  const here = at.child('restartPolicy');
  if (restartPolicy !== undefined) {
    if (!CONTAINER_RESTART_POLICIES.includes(restartPolicy)) {
      errors.push(fieldNotSupported(here, restartPolicy, CONTAINER_RESTART_POLICIES));
    }
  } else if (restartPolicyRules.length > 0) {
    errors.push(fieldRequired(here, 'must specify restartPolicy when restart rules are used'));
  }
  const rulesAt = at.child('restartPolicyRules');
  const count = restartPolicyRules.length;
  if (count > RESTART_RULES_MAX) errors.push(fieldTooMany(rulesAt, count, RESTART_RULES_MAX));
  for (const [i, rule] of restartPolicyRules.entries()) validateRestartRule(rule, rulesAt.index(i), errors);
}

function validateInitRestart(container: CoreV1Container, at: FieldPath, errors: Errors): void {
  if (container.restartPolicy !== undefined) validateContainerRestart(container, at, errors);
  else if ((container.restartPolicyRules ?? []).length > 0) {
    errors.push(fieldRequired(at.child('restartPolicy'), 'must specify restartPolicy when restart rules are used'));
  }
}

function validateRestartRule({ action, exitCodes }: CoreV1ContainerRestartRule, at: FieldPath, errors: Errors): void {
  if (!RESTART_ACTIONS.includes(action ?? '')) {
    errors.push(fieldNotSupported(at.child('action'), action ?? '', RESTART_ACTIONS));
  }
  const here = at.child('exitCodes');
  if (!exitCodes) {
    errors.push(fieldRequired(here, 'must be specified'));
    return;
  }
  const { operator = '', values = [] } = exitCodes;
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(fieldNotSupported(here.child('operator'), operator, ['In', 'NotIn']));
  }
  if (values.length > EXIT_CODES_MAX) errors.push(fieldTooMany(here.child('values'), values.length, EXIT_CODES_MAX));
}

const ROLE_FIELDS = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function validateInitContainers(
  spec: CoreV1PodSpec,
  scope: ContainerScope,
  graceSeconds: number | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const names = new Set((spec.containers ?? []).map(({ name }) => name ?? ''));
  for (const [i, container] of entriesOf(spec.initContainers)) {
    const here = at.index(i);
    validateContainerCommon(container, scope, here, errors);
    validateInitRestart(container, here, errors);
    const name = container.name ?? '';
    if (names.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    else if (name !== '') names.add(name);
    validateHostPorts([container], at, errors);
    if (container.restartPolicy === 'Always') {
      validateProbesAndHooks(container, graceSeconds, here, errors);
      continue;
    }
    for (const field of ROLE_FIELDS) {
      if (container[field] === undefined) continue;
      errors.push(fieldForbidden(here.child(field), 'may not be set for init containers without restartPolicy=Always'));
    }
    if (!scope.restartsInitOnResize) validateInitResizePolicy(container, here.child('resizePolicy'), errors);
  }
}

/** A container that ends before the others start cannot be started again to be resized. */
function validateInitResizePolicy({ resizePolicy }: CoreV1Container, at: FieldPath, errors: Errors): void {
  for (const [i, { restartPolicy }] of entriesOf(resizePolicy)) {
    if (restartPolicy !== 'RestartContainer') continue;
    const text = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    errors.push(fieldInvalid(at.index(i).child('restartPolicy'), restartPolicy, text));
  }
}

/** Fields that a debugging container may not have, in the order of its type. */
const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

function validateEphemeralContainers(spec: CoreV1PodSpec, scope: ContainerScope, at: FieldPath, errors: Errors): void {
  const ephemeral = spec.ephemeralContainers ?? [];
  if (ephemeral.length === 0) return;
  const targets = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set<string>(targets);
  for (const [i, container] of ephemeral.entries()) {
    const here = at.index(i);
    validateContainerCommon(container, scope, here, errors);
    validateImageText(container.image, here.child('image'), errors);
    const name = container.name ?? '';
    if (names.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    names.add(name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(fieldNotFound(here.child('targetContainerName'), target));
    validateOnlyEphemeral(container, here, errors);
  }
}

/** What only pods are held to: a template may have an image that is still to be filled in. */
export function validateImageText(image: string | undefined, at: FieldPath, errors: Errors): void {
  if (image === undefined || image === image.trim()) return;
  errors.push(fieldInvalid(at, image, 'must not have leading or trailing whitespace'));
}

function validateOnlyEphemeral(container: CoreV1EphemeralContainer, at: FieldPath, errors: Errors): void {
  for (const name of NOT_EPHEMERAL) {
    const value = container[name];
    // Resources are no pointer in Go: empty ones are none.
    const valued = Array.isArray(value) || name === 'resources';
    const empty = value === undefined || (valued && Object.keys(value as object).length === 0);
    if (!empty) errors.push(fieldForbidden(at.child(name), 'cannot be set for an Ephemeral Container'));
  }
  for (const [i, mount] of entriesOf(container.volumeMounts)) {
    const here = at.child('volumeMounts').index(i);
    if (mount.subPath) errors.push(fieldForbidden(here.child('subPath'), 'cannot be set for an Ephemeral Container'));
    if (mount.subPathExpr) {
      errors.push(fieldForbidden(here.child('subPathExpr'), 'cannot be set for an Ephemeral Container'));
    }
  }
}

function validateResourceClaims(
  claims: readonly CoreV1PodResourceClaim[] | undefined,
  { pod }: PodContext,
  at: FieldPath,
  errors: Errors,
): void {
  const names = new Set<string>();
  for (const [i, claim] of entriesOf(claims)) {
    const here = at.index(i);
    if (pod?.annotations?.[MIRROR_ANNOTATION] !== undefined) {
      errors.push(fieldForbidden(FieldPath.root(), 'static pods do not support resource claims'));
      continue;
    }
    const name = claim.name ?? '';
    if (name === '') errors.push(fieldRequired(here.child('name')));
    else if (names.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    else validateChecked(name, checkDns1123Label, here.child('name'), errors);
    names.add(name);
    validateClaimTarget(claim, here, errors);
  }
}

function validateClaimTarget(claim: CoreV1PodResourceClaim, at: FieldPath, errors: Errors): void {
  const { resourceClaimName: claimName, resourceClaimTemplateName: templateName } = claim;
  if (claimName !== undefined && templateName !== undefined) {
    const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
    errors.push(fieldInvalid(at, shownClaim(claim), text));
  }
  if (claimName === undefined && templateName === undefined) {
    const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
    errors.push(fieldInvalid(at, shownClaim(claim), text));
  }
  for (const name of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
    const value = claim[name];
    if (value !== undefined) validateChecked(value, checkDns1123Subdomain, at.child(name), errors);
  }
}

function shownClaim(claim: CoreV1PodResourceClaim) {
  const { name = '', resourceClaimName = null, resourceClaimTemplateName = null } = claim;
  return { Name: name, ResourceClaimName: resourceClaimName, ResourceClaimTemplateName: resourceClaimTemplateName };
}

function validateDnsConfig(
  config: CoreV1PodDNSConfig | undefined,
  policy: string | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (policy === 'None') {
    if (!config) {
      errors.push(fieldRequired(at, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if ((config.nameservers ?? []).length === 0) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      errors.push(fieldRequired(at.child('nameservers'), text));
      return;
    }
  }
  if (!config) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > NAMESERVERS_MAX) {
    const text = `must not have more than ${NAMESERVERS_MAX} nameservers`;
    errors.push(fieldInvalid(at.child('nameservers'), nameservers, text));
  }
  for (const [i, server] of nameservers.entries()) {
    validateChecked(server, checkStrictIp, at.child('nameservers').index(i), errors);
  }
  validateSearches(searches, at.child('searches'), errors);
  for (const [i, option] of options.entries()) {
    if (!option.name) errors.push(fieldRequired(at.child('options').index(i), 'must not be empty'));
  }
}

function validateSearches(searches: string[], at: FieldPath, errors: Errors): void {
  if (searches.length > SEARCH_PATHS_MAX) {
    errors.push(fieldInvalid(at, searches, `must not have more than ${SEARCH_PATHS_MAX} search paths`));
  }
  if (searches.join(' ').length > SEARCH_LENGTH_MAX) {
    const text = `must not have more than ${SEARCH_LENGTH_MAX} characters (including spaces) in the search list`;
    errors.push(fieldInvalid(at, searches, text));
  }
  for (const [i, search] of searches.entries()) {
    if (search !== '.') validateChecked(search.replace(/\.$/, ''), checkDnsSearchPath, at.index(i), errors);
  }
}

function validateHostAliases(aliases: readonly CoreV1HostAlias[] | undefined, at: FieldPath, errors: Errors): void {
  for (const [i, { ip = '', hostnames = [] }] of entriesOf(aliases)) {
    const here = at.index(i);
    validateChecked(ip, checkStrictIp, here.child('ip'), errors);
    for (const [j, hostname] of hostnames.entries()) {
      validateChecked(hostname, checkDns1123Subdomain, here.child('hostnames').index(j), errors);
    }
  }
}

function validateSchedulingGates(
  gates: readonly CoreV1PodSchedulingGate[] | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const seen = new Set<string>();
  for (const [i, { name = '' }] of entriesOf(gates)) {
    validateQualifiedName(name, at.index(i), errors);
    if (seen.has(name)) errors.push(fieldDuplicate(at.index(i), name));
    seen.add(name);
  }
}

/** A template's labels, annotations and spec. */
export function validatePodTemplate(
  template: CoreV1PodTemplateSpec,
  context: PodContext,
  at: FieldPath,
  errors: Errors,
): void {
  const { labels, annotations } = template.metadata ?? {};
  const spec = template.spec ?? { containers: [] };
  validateLabels(labels, at.child('labels'), errors);
  validateAnnotations(annotations, at.child('annotations'), errors);
  validatePodAnnotations(annotations ?? {}, spec, at.child('annotations'), errors);
  validatePodSpec(spec, context, at.child('spec'), errors);
  validateProfilesMatch(annotations ?? {}, spec, at.child('spec'), errors);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    const text = 'ephemeral containers not allowed in pod template';
    errors.push(fieldForbidden(at.child('spec', 'ephemeralContainers'), text));
  }
}
