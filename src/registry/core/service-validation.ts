import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import {
  checkPortNumber,
  type Errors,
  validateChecked,
  validatePortNumOrName,
} from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { ipFamily, isIpAddress } from '../../apimachinery/validation/ip.js';
import { checkStrictCidr, checkStrictIp, looseIp, plainIp } from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import { validateLabels, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1Service, CoreV1ServicePort, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { PROTOCOLS } from './container-validation.js';

/** Faults of services, in upstream's order. @see https://kubernetes.io/docs/concepts/services-networking/service/ */

const SPEC = FieldPath.root('spec');
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITY_SECONDS_MAX = 86400;
export const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
export const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

export const usesNodePorts = (spec: CoreV1ServiceSpec): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer';

export const isHeadless = (spec: CoreV1ServiceSpec): boolean =>
  spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';

/** `old` where it is an update: what it has in an old form stays good. */
export function validateService(service: CoreV1Service, old: CoreV1Service | undefined, errors: Errors): void {
  const spec = service.spec ?? {};
  const type = spec.type ?? '';
  const ports = spec.ports ?? [];
  validateTopologyAnnotations(service, errors);
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName')
    errors.push(fieldRequired(SPEC.child('ports')));
  validateTypeRules(spec, errors);
  validatePorts(spec, errors);
  validateLabels(spec.selector as never, SPEC.child('selector'), errors);
  validateAffinity(spec, errors);
  validateClusterIps(spec, old?.spec?.clusterIPs, errors);
  validateExternalIps(spec, old?.spec?.externalIPs, errors);
  validateOneOf(type, TYPES, SPEC.child('type'), errors);
  validateNodePorts(spec, errors);
  validateRepeatedPorts(ports, errors);
  validateSourceRanges(service, old, errors);
  validateLoadBalancer(spec, errors);
  validateTrafficPolicies(spec, errors);
}

/** Both names of one annotation, as long as both are known. */
function validateTopologyAnnotations({ metadata }: CoreV1Service, errors: Errors): void {
  const { [TOPOLOGY_HINTS]: hints, [TOPOLOGY_MODE]: mode } = metadata.annotations ?? {};
  if (hints === undefined || mode === undefined || hints === mode) return;
  const at = FieldPath.root('metadata', 'annotations').key(TOPOLOGY_MODE);
  errors.push(fieldInvalid(at, mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`));
}

function validateOneOf(value: string, supported: readonly string[], at: FieldPath, errors: Errors): void {
  if (value === '') errors.push(fieldRequired(at));
  else if (!supported.includes(value)) errors.push(fieldNotSupported(at, value, supported));
}

function validateTypeRules(spec: CoreV1ServiceSpec, errors: Errors): void {
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    if (isHeadless(spec)) {
      const text = `may not be set to 'None' for ${spec.type} services`;
      errors.push(fieldInvalid(SPEC.child('clusterIPs').index(0), 'None', text));
    }
  }
  if (spec.type !== 'ExternalName') return;
  if ((spec.clusterIPs ?? []).length > 0) {
    errors.push(fieldForbidden(SPEC.child('clusterIPs'), 'may not be set for ExternalName services'));
  }
  if ((spec.ipFamilies ?? []).length > 0) {
    errors.push(fieldForbidden(SPEC.child('ipFamilies'), 'may not be set for ExternalName services'));
  }
  if (spec.ipFamilyPolicy !== undefined) {
    errors.push(fieldForbidden(SPEC.child('ipFamilyPolicy'), 'may not be set for ExternalName services'));
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.push(fieldRequired(SPEC.child('externalName')));
  else validateChecked(name, checkDns1123Subdomain, SPEC.child('externalName'), errors);
}

function validatePorts(spec: CoreV1ServiceSpec, errors: Errors): void {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = SPEC.child('ports').index(i);
    if (!port.name) {
      if (ports.length > 1) errors.push(fieldRequired(at.child('name')));
    } else {
      validateChecked(port.name, checkDns1123Label, at.child('name'), errors);
      if (names.has(port.name)) errors.push(fieldDuplicate(at.child('name'), port.name));
      names.add(port.name);
    }
    for (const text of checkPortNumber(port.port ?? 0))
      errors.push(fieldInvalid(at.child('port'), port.port ?? 0, text));
    validateOneOf(port.protocol ?? '', PROTOCOLS, at.child('protocol'), errors);
    validatePortNumOrName(port.targetPort, at.child('targetPort'), errors);
    if (port.appProtocol !== undefined) validateQualifiedName(port.appProtocol, at.child('appProtocol'), errors);
  }
}

function validateAffinity(spec: CoreV1ServiceSpec, errors: Errors): void {
  const affinity = spec.sessionAffinity ?? '';
  validateOneOf(affinity, ['ClientIP', 'None'], SPEC.child('sessionAffinity'), errors);
  const at = SPEC.child('sessionAffinityConfig');
  if (affinity === 'ClientIP') {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds === undefined) {
      errors.push(fieldRequired(at, 'when session affinity type is ClientIP'));
    } else if (seconds <= 0 || seconds > AFFINITY_SECONDS_MAX) {
      const text = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`;
      errors.push(fieldInvalid(at.child('clientIP', 'timeoutSeconds'), seconds, text));
    }
  } else if (affinity === 'None' && spec.sessionAffinityConfig !== undefined) {
    errors.push(fieldForbidden(at, 'must not be set when session affinity is None'));
  }
}

/** Addresses and their families among each other: judged before anything is allocated. */
export function validateClusterIps(
  spec: CoreV1ServiceSpec,
  before: readonly string[] | undefined,
  errors: Errors,
): void {
  if (spec.type === 'ExternalName') return;
  const at = SPEC.child('clusterIPs');
  const ips = spec.clusterIPs ?? [];
  if (spec.clusterIP) {
    if (ips.length === 0) errors.push(fieldRequired(at));
    else if (ips[0] !== spec.clusterIP) errors.push(fieldInvalid(at, ips, 'first value must match `clusterIP`'));
  } else if (ips.length > 0) {
    errors.push(fieldInvalid(at, ips, 'must be empty when `clusterIP` is not specified'));
  }
  validateFamilies(spec, errors);
  const faults: Errors = [];
  for (const [i, ip] of ips.entries()) {
    if (i > 0 || ip !== 'None') validateLegacyIp(ip, before, at.index(i), faults);
    else if (ips.length > 1) faults.push(fieldInvalid(at, ips, "'None' must be the first and only value"));
  }
  errors.push(...faults);
  if (ips.length > 2) errors.push(fieldInvalid(at, ips, 'may only hold up to 2 values'));
  if (faults.length > 0) return;
  const families = ips.map((ip) => ipFamily(ip));
  if (ips.length > 1 && !(families.includes('IPv4') && families.includes('IPv6'))) {
    errors.push(fieldInvalid(at, ips, 'may specify no more than one IP for each IP family'));
  }
  if (isHeadless(spec)) return;
  for (const [i, family] of (spec.ipFamilies ?? []).slice(0, ips.length).entries()) {
    if (families[i] === family || (family !== 'IPv4' && family !== 'IPv6')) continue;
    const text = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    errors.push(fieldInvalid(at.index(i), ips[i]!, text));
  }
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: CoreV1ServiceSpec, errors: Errors): void {
  for (const [i, family] of ipFamilies.entries()) {
    const here = SPEC.child('ipFamilies').index(i);
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(fieldNotSupported(here, family, ['IPv4', 'IPv6']));
    if (ipFamilies.indexOf(family) < i) errors.push(fieldDuplicate(here, family));
  }
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(fieldNotSupported(SPEC.child('ipFamilyPolicy'), ipFamilyPolicy, policies));
  }
}

/** Strict, but for what was there before. */
export function validateLegacyIp(
  ip: string,
  before: readonly string[] | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (!before?.includes(ip)) validateChecked(ip, checkStrictIp, at, errors);
}

function validateExternalIps(spec: CoreV1ServiceSpec, before: readonly string[] | undefined, errors: Errors): void {
  for (const [i, ip] of entriesOf(spec.externalIPs)) {
    const at = SPEC.child('externalIPs').index(i);
    const known = errors.length;
    validateLegacyIp(ip, before, at, errors);
    if (errors.length === known) validateRoutable(ip, at, errors);
  }
}

/** An address that others can reach, in whatever form. */
export function validateRoutable(ip: string, at: FieldPath, errors: Errors): void {
  const address = looseIp(ip);
  if (address === undefined) {
    errors.push(fieldInvalid(at, ip, 'must be a valid IP address'));
    return;
  }
  const plain = plainIp(address);
  if (plain === '0.0.0.0' || plain === '::') {
    errors.push(fieldInvalid(at, ip, `may not be unspecified (${ip})`));
  }
  if (plain.startsWith('127.') || plain === '::1') {
    errors.push(fieldInvalid(at, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  }
  if (plain.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(plain)) {
    errors.push(fieldInvalid(at, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  }
  if (plain.startsWith('224.0.0.') || plain.startsWith('ff02:')) {
    errors.push(fieldInvalid(at, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  }
}

function validateNodePorts(spec: CoreV1ServiceSpec, errors: Errors): void {
  const taken = new Set<string>();
  const at = (i: number): FieldPath => SPEC.child('ports').index(i).child('nodePort');
  for (const [i, { nodePort }] of entriesOf(spec.ports)) {
    if (spec.type === 'ClusterIP' && nodePort) {
      errors.push(fieldForbidden(at(i), "may not be used when `type` is 'ClusterIP'"));
    }
  }
  for (const [i, port] of entriesOf(spec.ports)) {
    if (!port.nodePort) continue;
    const claim = `${port.protocol}/${port.nodePort}`;
    if (taken.has(claim)) errors.push(fieldDuplicate(at(i), port.nodePort));
    taken.add(claim);
  }
}

function validateRepeatedPorts(ports: readonly CoreV1ServicePort[], errors: Errors): void {
  const taken = new Set<string>();
  for (const [i, { port = 0, protocol = '' }] of ports.entries()) {
    const claim = `${protocol}/${port}`;
    if (taken.has(claim)) {
      const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
      errors.push(fieldDuplicate(SPEC.child('ports').index(i), shown));
    }
    taken.add(claim);
  }
}

const BALANCED_ONLY = "may only be used when `type` is 'LoadBalancer'";

/** The field, or the annotation that was there before it. */
function validateSourceRanges(service: CoreV1Service, old: CoreV1Service | undefined, errors: Errors): void {
  const { spec = {}, metadata } = service;
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (ranges.length > 0) {
    // Upstream writes Go's name here.
    const at = SPEC.child('LoadBalancerSourceRanges');
    if (spec.type !== 'LoadBalancer') errors.push(fieldForbidden(at, BALANCED_ONLY));
    const before = new Set((old?.spec?.loadBalancerSourceRanges ?? []).map((range) => range.trim()));
    for (const [i, range] of ranges.entries()) {
      if (!before.has(range.trim())) validateChecked(range.trim(), checkStrictCidr, at.index(i), errors);
    }
  } else if (annotation !== undefined) {
    const at = FieldPath.root('metadata', 'annotations').key(SOURCE_RANGES);
    if (spec.type !== 'LoadBalancer') errors.push(fieldForbidden(at, BALANCED_ONLY));
    if (old?.metadata.annotations?.[SOURCE_RANGES] === annotation || annotation.trim() === '') return;
    for (const range of annotation.split(',')) validateChecked(range.trim(), checkStrictCidr, at, errors);
  }
}

function validateLoadBalancer(spec: CoreV1ServiceSpec, errors: Errors): void {
  const balanced = spec.type === 'LoadBalancer';
  if (!balanced && spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(fieldForbidden(SPEC.child('allocateLoadBalancerNodePorts'), BALANCED_ONLY));
  }
  if (balanced && spec.allocateLoadBalancerNodePorts === undefined) {
    errors.push(fieldRequired(FieldPath.root('allocateLoadBalancerNodePorts')));
  }
  validateBalancerClass(spec, undefined, errors);
}

/** As long as a service is balanced, it is so by the same. */
function validateBalancerClass(spec: CoreV1ServiceSpec, before: CoreV1ServiceSpec | undefined, errors: Errors): void {
  const at = SPEC.child('loadBalancerClass');
  const { loadBalancerClass } = spec;
  const balanced = spec.type === 'LoadBalancer';
  if (before?.type === 'LoadBalancer' && balanced && before.loadBalancerClass !== loadBalancerClass) {
    errors.push(fieldInvalid(at, loadBalancerClass ?? null, 'may not change once set'));
  }
  if (loadBalancerClass === undefined) return;
  if (balanced) validateQualifiedName(loadBalancerClass, at, errors);
  else errors.push(fieldForbidden(at, BALANCED_ONLY));
}

function validateTrafficPolicies(spec: CoreV1ServiceSpec, errors: Errors): void {
  const external = spec.externalTrafficPolicy ?? '';
  const at = SPEC.child('externalTrafficPolicy');
  if (!isExternallyReachable(spec)) {
    if (external !== '') errors.push(fieldInvalid(at, external, 'may only be set for externally-accessible services'));
  } else if (external === '') {
    errors.push(fieldRequired(at));
  } else if (external !== 'Cluster' && external !== 'Local') {
    errors.push(fieldNotSupported(at, external, ['Cluster', 'Local']));
  }
  validateHealthCheckPort(spec, errors);
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (usesNodePorts(spec) || spec.type === 'ClusterIP') {
      errors.push(fieldRequired(SPEC.child('internalTrafficPolicy')));
    }
  } else if (internal !== 'Cluster' && internal !== 'Local') {
    errors.push(fieldNotSupported(SPEC.child('internalTrafficPolicy'), internal, ['Cluster', 'Local']));
  }
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  if (spec.trafficDistribution !== undefined && !distributions.includes(spec.trafficDistribution)) {
    errors.push(fieldNotSupportedAsListed(SPEC.child('trafficDistribution'), spec.trafficDistribution, distributions));
  }
}

export function isExternallyReachable(spec: CoreV1ServiceSpec): boolean {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0;
}

export const needsHealthCheck = (spec: CoreV1ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

function validateHealthCheckPort(spec: CoreV1ServiceSpec, errors: Errors): void {
  const at = SPEC.child('healthCheckNodePort');
  const port = spec.healthCheckNodePort ?? 0;
  if (!needsHealthCheck(spec)) {
    if (port === 0) return;
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(fieldInvalid(at, port, text));
    return;
  }
  // A new one gets its port after it has been judged.
  if (port !== 0) for (const text of checkPortNumber(port)) errors.push(fieldInvalid(at, port, text));
}

/** Addresses and families stay for as long as the type has any. */
export function validateServiceUpdate(service: CoreV1Service, old: CoreV1Service, errors: Errors): void {
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    if (!isHeadless(spec) || !isHeadless(before)) {
      validateKept(spec, before, 'clusterIPs', errors);
    }
    if (!isHeadless(spec) && !isHeadless(before)) {
      validateKept(spec, before, 'ipFamilies', errors);
    }
  }
  validateBalancerClass(spec, before, errors);
  if (needsHealthCheck(spec) && needsHealthCheck(before) && spec.healthCheckNodePort !== before.healthCheckNodePort) {
    errors.push(fieldForbidden(SPEC.child('healthCheckNodePort'), IMMUTABLE_TEXT));
  }
  validateService(service, old, errors);
}

/** The first of two stays, the second comes and goes with the policy. */
function validateKept(
  spec: CoreV1ServiceSpec,
  before: CoreV1ServiceSpec,
  field: 'clusterIPs' | 'ipFamilies',
  errors: Errors,
): void {
  const noun = field === 'clusterIPs' ? 'clusterIP' : 'ipFamily';
  const now = spec[field] ?? [];
  const was = before[field] ?? [];
  const refuse = (i: number, text: string, shown: readonly string[] = now): unknown =>
    errors.push(fieldInvalid(SPEC.child(field).index(i), [...shown], text));
  if (was.length === now.length) {
    for (const [i, value] of was.entries()) {
      if (value !== now[i]) refuse(field === 'clusterIPs' ? i : 0, 'may not change once set');
    }
    return;
  }
  // Upstream shows the addresses in the families' stead.
  const changed = was.length > 0 && now.length > 0 && now[0] !== was[0];
  const refuseChange = (): void => {
    if (changed) refuse(0, 'may not change once set', spec.clusterIPs ?? []);
  };
  if (was.length < now.length) {
    refuseChange();
    return;
  }
  if ((spec.clusterIPs ?? []).length === 0) refuse(0, `primary ${noun} can not be unset`);
  refuseChange();
  if (now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const text = `must be set to 'SingleStack' when releasing the secondary ${noun}`;
    errors.push(fieldInvalid(SPEC.child('ipFamilyPolicy'), spec.ipFamilyPolicy ?? null, text));
  }
}

export function validateServiceStatus(service: CoreV1Service, old: CoreV1Service, errors: Errors): void {
  const { spec = {} } = service;
  const at = FieldPath.root('status', 'loadBalancer', 'ingress');
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  if (spec.type !== 'LoadBalancer' && ingress.length > 0) {
    errors.push(fieldForbidden(at, "may only be used when `spec.type` is 'LoadBalancer'"));
    return;
  }
  const known = (old.status?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip).filter((ip) => ip !== '');
  for (const [i, { ip, ipMode, hostname }] of ingress.entries()) {
    const here = at.index(i);
    if (ip) validateLegacyIp(ip, known, here.child('ip'), errors);
    if (ipMode === undefined) {
      if (ip) errors.push(fieldRequired(here.child('ipMode'), 'must be specified when `ip` is set'));
    } else if (!ip) errors.push(fieldForbidden(here.child('ipMode'), 'may not be specified when `ip` is not set'));
    else if (ipMode !== 'VIP' && ipMode !== 'Proxy') {
      errors.push(fieldNotSupported(here.child('ipMode'), ipMode, ['Proxy', 'VIP']));
    }
    if (!hostname) continue;
    validateChecked(hostname, checkDns1123Subdomain, here.child('hostname'), errors);
    if (isIpAddress(hostname)) {
      errors.push(fieldInvalid(here.child('hostname'), hostname, 'must be a DNS name, not an IP address'));
    }
  }
}
