import type { JsonObject } from '../../apimachinery/meta/json.js';
import {
  type Errors,
  validateChecked,
  validateEnum,
  validateInRange,
} from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { isIpAddress } from '../../apimachinery/validation/ip.js';
import { checkDns1123Label, checkDns1123Subdomain, checkDnsSearchPath } from '../../apimachinery/validation/names.js';
import { validateFinalizerDomain } from '../../apimachinery/validation/object-meta.js';
import {
  validateAnnotations,
  validateLabels,
  validateQualifiedName,
} from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1Container,
  CoreV1EphemeralContainer,
  CoreV1HostAlias,
  CoreV1PodDNSConfig,
  CoreV1PodResourceClaim,
  CoreV1PodSchedulingGate,
  CoreV1PodSpec,
  CoreV1PodTemplateSpec,
} from '../../apis/types.gen.js';
import { validateContainerResourceName, validateResourceQuantity } from '../generic/resource-names.js';
import { validateAffinity, validateTolerations, validateTopologySpread } from './affinity-validation.js';
import {
  type ContainerScope,
  validateContainerCommon,
  validateHostPorts,
  validateResources,
} from './container-validation.js';
import { validatePodOs } from './pod-os-validation.js';
import type { PodContext } from './pod-validation-options.js';
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

export function validatePodSpec(spec: CoreV1PodSpec, context: PodContext, at: FieldPath, errors: Errors): void {
  const graceSeconds = spec.terminationGracePeriodSeconds ?? 30;
  const volumes = validateVolumes(spec.volumes, at.child('volumes'), errors);
  const claims = validateResourceClaims(spec.resourceClaims, at.child('resourceClaims'), errors);
  const scope: ContainerScope = { internal: context.internal, volumes, claims, hostUsers: spec.hostUsers !== false };
  validateContainers(spec, scope, graceSeconds, at.child('containers'), errors);
  validateInitContainers(spec, scope, graceSeconds, at.child('initContainers'), errors);
  validateEphemeralContainers(spec, scope, at.child('ephemeralContainers'), errors);
  if (spec.resources) validateResources(spec.resources, claims, at.child('resources'), errors);
  validateListed(spec.restartPolicy, RESTART_POLICIES, at.child('restartPolicy'), errors);
  validateListed(spec.dnsPolicy, DNS_POLICIES, at.child('dnsPolicy'), errors);
  validateLabels(spec.nodeSelector as JsonObject | undefined, at.child('nodeSelector'), errors);
  validatePodSecurity(spec, at, errors);
  validateAffinity(spec.affinity, at.child('affinity'), errors);
  validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, at.child('dnsConfig'), errors);
  for (const [i, gate] of (spec.readinessGates ?? []).entries()) {
    validateQualifiedName(gate.conditionType ?? '', at.child('readinessGates').index(i).child('conditionType'), errors);
  }
  validateSchedulingGates(spec.schedulingGates, at.child('schedulingGates'), errors);
  validateTopologySpread(spec.topologySpreadConstraints, at.child('topologySpreadConstraints'), errors);
  validateHostProcesses(spec, at, errors);
  validateHostUsers(spec, at, errors);
  validatePodNames(spec, at, errors);
  validatePodOs(spec, at, errors);
}

/** `Required` where empty; else one of the values, listed as upstream lists these. */
function validateListed(value: string | undefined, supported: readonly string[], at: FieldPath, errors: Errors): void {
  if (!value) errors.push(fieldRequired(at));
  else if (!supported.includes(value)) errors.push(fieldNotSupportedAsListed(at, value, supported));
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
    validateEnum(preemptionPolicy, ['PreemptLowerPriority', 'Never'], at.child('preemptionPolicy'), errors);
  }
  for (const [name, quantity] of Object.entries(spec.overhead ?? {})) {
    const here = at.child('overhead').key(name);
    validateContainerResourceName(name, here, errors);
    validateResourceQuantity(name, quantity, here, errors);
  }
}

function validateContainers(
  spec: CoreV1PodSpec,
  scope: ContainerScope,
  graceSeconds: number,
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
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0) {
      errors.push(fieldRequired(here, 'must specify restartPolicy when restart rules are used'));
    }
  } else if (!CONTAINER_RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(fieldNotSupported(here, restartPolicy, CONTAINER_RESTART_POLICIES));
  }
  for (const [i, rule] of restartPolicyRules.entries()) {
    const ruleAt = at.child('restartPolicyRules').index(i);
    if (rule.action !== 'Restart' && rule.action !== 'RestartAllContainers') {
      errors.push(fieldNotSupported(ruleAt.child('action'), rule.action ?? '', ['Restart', 'RestartAllContainers']));
    }
    if (!rule.exitCodes) {
      errors.push(fieldRequired(ruleAt.child('exitCodes'), 'must be specified'));
    } else if (rule.exitCodes.operator !== 'In' && rule.exitCodes.operator !== 'NotIn') {
      errors.push(
        fieldNotSupported(ruleAt.child('exitCodes', 'operator'), rule.exitCodes.operator ?? '', ['In', 'NotIn']),
      );
    }
  }
  if (restartPolicyRules.length > RESTART_RULES_MAX) {
    const text = `Too many: ${restartPolicyRules.length}: must have at most ${RESTART_RULES_MAX} items`;
    errors.push({ reason: 'FieldValueTooMany', field: at.child('restartPolicyRules').toString(), message: text });
  }
}

const ROLE_FIELDS = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function validateInitContainers(
  spec: CoreV1PodSpec,
  scope: ContainerScope,
  graceSeconds: number,
  at: FieldPath,
  errors: Errors,
): void {
  const names = new Set((spec.containers ?? []).map(({ name }) => name ?? ''));
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const here = at.index(i);
    validateContainerCommon(container, scope, here, errors);
    validateContainerRestart(container, here, errors);
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
  }
}

/** Fields that a debugging container may not have, in the order of its type. */
const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
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
    const name = container.name ?? '';
    if (names.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    else if (name !== '') names.add(name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(fieldNotFound(here.child('targetContainerName'), target));
    validateOnlyEphemeral(container, here, errors);
  }
}

function validateOnlyEphemeral(container: CoreV1EphemeralContainer, at: FieldPath, errors: Errors): void {
  for (const name of NOT_EPHEMERAL) {
    const value = container[name];
    const empty = value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
    if (!empty) errors.push(fieldForbidden(at.child(name), 'cannot be set for an Ephemeral Container'));
  }
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const here = at.child('volumeMounts').index(i);
    if (mount.subPath) errors.push(fieldForbidden(here.child('subPath'), 'cannot be set for an Ephemeral Container'));
    if (mount.subPathExpr) {
      errors.push(fieldForbidden(here.child('subPathExpr'), 'cannot be set for an Ephemeral Container'));
    }
  }
}

function validateResourceClaims(
  claims: readonly CoreV1PodResourceClaim[] | undefined,
  at: FieldPath,
  errors: Errors,
): Set<string> {
  const names = new Set<string>();
  for (const [i, claim] of (claims ?? []).entries()) {
    const here = at.index(i);
    const name = claim.name ?? '';
    if (names.has(name)) errors.push(fieldDuplicate(here.child('name'), name));
    if (name === '') errors.push(fieldRequired(here.child('name')));
    else validateChecked(name, checkDns1123Label, here.child('name'), errors);
    names.add(name);
    const { resourceClaimName: claimName, resourceClaimTemplateName: templateName } = claim;
    if (claimName !== undefined && templateName !== undefined) {
      const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(fieldInvalid(here, shownClaim(claim), text));
    }
    if (claimName === undefined && templateName === undefined) {
      const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      errors.push(fieldInvalid(here, shownClaim(claim), text));
    }
    if (claimName !== undefined)
      validateChecked(claimName, checkDns1123Subdomain, here.child('resourceClaimName'), errors);
    if (templateName !== undefined) {
      validateChecked(templateName, checkDns1123Subdomain, here.child('resourceClaimTemplateName'), errors);
    }
  }
  return names;
}

function shownClaim(claim: CoreV1PodResourceClaim) {
  const { name = '', resourceClaimName = null, resourceClaimTemplateName = null } = claim;
  return { Name: name, ResourceClaimName: resourceClaimName, ResourceClaimTemplateName: resourceClaimTemplateName };
}

const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

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
    if (!isIpAddress(server)) errors.push(fieldInvalid(at.child('nameservers').index(i), server, IP_TEXT));
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
  for (const [i, { ip = '', hostnames = [] }] of (aliases ?? []).entries()) {
    const here = at.index(i);
    if (!isIpAddress(ip)) errors.push(fieldInvalid(here.child('ip'), ip, IP_TEXT));
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
  for (const [i, { name = '' }] of (gates ?? []).entries()) {
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
  const { labels, annotations, finalizers } = template.metadata ?? {};
  validateLabels(labels, at.child('labels'), errors);
  validateAnnotations(annotations, at.child('annotations'), errors);
  for (const [i, finalizer] of (finalizers ?? []).entries()) {
    validateFinalizerDomain(finalizer, at.child('metadata', 'finalizers').index(i), errors);
  }
  validatePodSpec(template.spec ?? { containers: [] }, context, at.child('spec'), errors);
  if ((template.spec?.ephemeralContainers ?? []).length > 0) {
    const text = 'ephemeral containers not allowed in pod template';
    errors.push(fieldForbidden(at.child('spec', 'ephemeralContainers'), text));
  }
}
