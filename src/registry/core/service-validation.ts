import { jsonEqual } from '../../apimachinery/meta/json.js';
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
import { CIDR_TEXT, canonicalIp, IP_TEXT, ipFamily, isIpAddress, parseCidr } from '../../apimachinery/validation/ip.js';
import { checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateLabels, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1Service, CoreV1ServicePort, CoreV1ServiceSpec, CoreV1ServiceStatus } from '../../apis/types.gen.js';
import { PROTOCOLS } from './container-validation.js';

/** Faults of services, in upstream's order. @see https://kubernetes.io/docs/concepts/services-networking/service/ */

const SPEC = FieldPath.root('spec');
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITY_SECONDS_MAX = 86400;

export const usesNodePorts = (spec: CoreV1ServiceSpec): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer';

export const isHeadless = (spec: CoreV1ServiceSpec): boolean => spec.clusterIPs?.[0] === 'None';

export function validateServiceSpec(spec: CoreV1ServiceSpec, errors: Errors): void {
  const type = spec.type ?? '';
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName')
    errors.push(fieldRequired(SPEC.child('ports')));
  validateTypeRules(spec, errors);
  validatePorts(spec, errors);
  validateLabels(spec.selector as never, SPEC.child('selector'), errors);
  validateAffinity(spec, errors);
  validateClusterIps(spec, errors);
  validateExternalIps(spec, errors);
  validateOneOf(type, TYPES, SPEC.child('type'), errors);
  if (type === 'LoadBalancer') forbidKubeletPort(spec, errors);
  validateNodePorts(spec, errors);
  validateRepeatedPorts(ports, errors);
  validateLoadBalancer(spec, errors);
  validateTrafficPolicies(spec, errors);
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
    if (port.appProtocol) validateQualifiedName(port.appProtocol, at.child('appProtocol'), errors);
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
export function validateClusterIps(spec: CoreV1ServiceSpec, errors: Errors): void {
  if (spec.type === 'ExternalName') return;
  const at = SPEC.child('clusterIPs');
  const ips = spec.clusterIPs ?? [];
  const families = spec.ipFamilies ?? [];
  if ((spec.clusterIP ?? '') !== (ips[0] ?? '')) {
    if (ips.length === 0) errors.push(fieldRequired(at));
    else errors.push(fieldInvalid(at, ips, 'first value must match `clusterIP`'));
  }
  if (isHeadless(spec)) {
    if (ips.length > 1) errors.push(fieldInvalid(at, ips, "'None' must be the first and only value"));
  } else {
    for (const [i, ip] of ips.entries()) {
      const family = ipFamily(ip);
      if (family === undefined) {
        errors.push(fieldInvalid(at.index(i), ip, IP_TEXT));
      } else if (families[i] !== undefined && families[i] !== family) {
        const text = `expected an ${families[i]} value as indicated by \`ipFamilies[${i}]\``;
        errors.push(fieldInvalid(at.index(i), ip, text));
      }
    }
    if (ips.length > 2) errors.push(fieldInvalid(at, ips, 'may only hold up to 2 values'));
  }
  for (const [i, family] of families.entries()) {
    const here = SPEC.child('ipFamilies').index(i);
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(fieldNotSupported(here, family, ['IPv4', 'IPv6']));
    if (families.indexOf(family) < i) errors.push(fieldDuplicate(here, family));
  }
  const policy = spec.ipFamilyPolicy;
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(fieldNotSupported(SPEC.child('ipFamilyPolicy'), policy, policies));
  }
}

function validateExternalIps(spec: CoreV1ServiceSpec, errors: Errors): void {
  for (const [i, ip] of (spec.externalIPs ?? []).entries())
    validateRoutable(ip, SPEC.child('externalIPs').index(i), errors);
}

/** An address that others can reach; one fault at most. */
export function validateRoutable(ip: string, at: FieldPath, errors: Errors): void {
  if (!isIpAddress(ip)) {
    errors.push(fieldInvalid(at, ip, IP_TEXT));
    return;
  }
  const plain = canonicalIp(ip);
  if (plain === '0.0.0.0' || plain === '::') {
    errors.push(fieldInvalid(at, ip, `may not be unspecified (${plain})`));
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

/** Ports that the kubelet keeps are not for load balancers. */
function forbidKubeletPort(spec: CoreV1ServiceSpec, errors: Errors): void {
  for (const [i, { port }] of (spec.ports ?? []).entries()) {
    if (port === 10250) {
      const text = 'may not expose port 10250 externally since it is used by kubelet';
      errors.push(fieldInvalid(SPEC.child('ports').index(i), port, text));
    }
  }
}

function validateNodePorts(spec: CoreV1ServiceSpec, errors: Errors): void {
  const forbidden = spec.type === 'ClusterIP' || spec.type === 'ExternalName';
  const taken = new Set<string>();
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort) continue;
    const at = SPEC.child('ports').index(i).child('nodePort');
    if (forbidden) errors.push(fieldForbidden(at, `may not be used when \`type\` is '${spec.type}'`));
    const claim = `${port.protocol}/${port.nodePort}`;
    if (taken.has(claim)) errors.push(fieldDuplicate(at, port.nodePort));
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

function validateLoadBalancer(spec: CoreV1ServiceSpec, errors: Errors): void {
  const balanced = spec.type === 'LoadBalancer';
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const rangesAt = SPEC.child('loadBalancerSourceRanges');
  if (ranges.length > 0 && !balanced) {
    errors.push(fieldForbidden(rangesAt, "may only be used when `type` is 'LoadBalancer'"));
  } else {
    for (const [i, range] of ranges.entries()) {
      if (parseCidr(range.trim()) === undefined) errors.push(fieldInvalid(rangesAt.index(i), range, CIDR_TEXT));
    }
  }
  if (!balanced && spec.allocateLoadBalancerNodePorts !== undefined) {
    const text = "may only be used when `type` is 'LoadBalancer'";
    errors.push(fieldForbidden(SPEC.child('allocateLoadBalancerNodePorts'), text));
  }
  if (balanced && spec.allocateLoadBalancerNodePorts === undefined) {
    errors.push(fieldRequired(SPEC.child('allocateLoadBalancerNodePorts')));
  }
  if (spec.loadBalancerClass === undefined) return;
  const at = SPEC.child('loadBalancerClass');
  if (!balanced) errors.push(fieldForbidden(at, "may only be used when `type` is 'LoadBalancer'"));
  else validateQualifiedName(spec.loadBalancerClass, at, errors);
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
  if (spec.healthCheckNodePort && !needsHealthCheck(spec)) {
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(fieldInvalid(SPEC.child('healthCheckNodePort'), spec.healthCheckNodePort, text));
  }
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (spec.type !== 'ExternalName') errors.push(fieldRequired(SPEC.child('internalTrafficPolicy')));
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

/** Addresses stay for as long as the type has any. */
export function validateServiceUpdate(service: CoreV1Service, old: CoreV1Service, errors: Errors): void {
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    for (const [name, shown] of [['clusterIPs', spec.clusterIPs ?? []] as const]) {
      const first = before.clusterIPs?.[0] ?? '';
      if (first !== '' && shown[0] !== first) {
        errors.push(fieldInvalid(SPEC.child(name).index(0), shown, 'may not change once set'));
      }
    }
  }
  const was = before.loadBalancerClass;
  if (before.type === 'LoadBalancer' && spec.type === 'LoadBalancer' && !jsonEqual(was, spec.loadBalancerClass)) {
    errors.push(
      fieldInvalid(SPEC.child('loadBalancerClass'), spec.loadBalancerClass ?? null, 'may not change once set'),
    );
  }
}

export function validateServiceStatus(status: CoreV1ServiceStatus, spec: CoreV1ServiceSpec, errors: Errors): void {
  const at = FieldPath.root('status', 'loadBalancer', 'ingress');
  const ingress = status.loadBalancer?.ingress ?? [];
  if (spec.type !== 'LoadBalancer' && ingress.length > 0) {
    errors.push(fieldForbidden(at, "may only be used when `spec.type` is 'LoadBalancer'"));
    return;
  }
  for (const [i, { ip, ipMode, hostname }] of ingress.entries()) {
    const here = at.index(i);
    if (ip && !isIpAddress(ip)) errors.push(fieldInvalid(here.child('ip'), ip, IP_TEXT));
    if (ipMode !== undefined) {
      if (!ip) errors.push(fieldForbidden(here.child('ipMode'), 'may not be specified when `ip` is not set'));
      else if (ipMode !== 'VIP' && ipMode !== 'Proxy') {
        errors.push(fieldNotSupported(here.child('ipMode'), ipMode, ['Proxy', 'VIP']));
      }
    }
    if (!hostname) continue;
    validateChecked(hostname, checkDns1123Subdomain, here.child('hostname'), errors);
    if (isIpAddress(hostname)) {
      errors.push(fieldInvalid(here.child('hostname'), hostname, 'must be a DNS name, not an IP address'));
    }
  }
}
