import {
  checkPortName,
  checkPortNumber,
  type Errors,
  validateChecked,
} from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkStrictIp, ipWarnings, looseIp } from '../../apimachinery/validation/ip-strict.js';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkWildcardDns1123Subdomain,
} from '../../apimachinery/validation/names.js';
import type {
  NetworkingV1HTTPIngressPath,
  NetworkingV1Ingress,
  NetworkingV1IngressBackend,
  NetworkingV1IngressRule,
  NetworkingV1IngressServiceBackend,
} from '../../apis/types.gen.js';
import { validateTypedReference } from '../generic/reference-checks.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

/** The class in an annotation: how it was said before `spec.ingressClassName`. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const FORBIDDEN_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_SUFFIXES = ['/..', '/.'];
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const NOT_AN_IP_TEXT = 'must be a DNS name, not an IP address';
const SPEC = FieldPath.root('spec');
const BALANCERS = FieldPath.root('status', 'loadBalancer', 'ingress');

/** @see https://kubernetes.io/docs/concepts/services-networking/ingress/ */
export const ingressPolicy = ruledPolicy<NetworkingV1Ingress>({
  resource: 'ingresses',
  traits: {
    kind: { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
    namespaced: true,
    hasStatus: true,
    generation: 'spec',
  },
  validate: (ingress, errors) => {
    validateSpec(ingress, errors);
    const annotation = ingress.metadata.annotations?.[CLASS_ANNOTATION];
    const name = ingress.spec?.ingressClassName;
    if (annotation !== undefined && name !== undefined && annotation !== name) {
      const at = FieldPath.root('annotations', CLASS_ANNOTATION);
      errors.push(fieldInvalid(at, annotation, 'must match `ingressClassName` when both are specified'));
    }
  },
  validateUpdate: (ingress, _old, errors) => validateSpec(ingress, errors),
  validateStatus: (ingress, old, errors) => {
    const known = new Set(balancersOf(old).map(({ ip }) => ip));
    for (const [i, { ip, hostname }] of balancersOf(ingress).entries()) {
      const at = BALANCERS.index(i);
      if (ip && !known.has(ip)) validateChecked(ip, checkStrictIp, at.child('ip'), errors);
      if (!hostname) continue;
      validateChecked(hostname, checkDns1123Subdomain, at.child('hostname'), errors);
      if (looseIp(hostname) !== undefined) errors.push(fieldInvalid(at.child('hostname'), hostname, NOT_AN_IP_TEXT));
    }
  },
  warnings: ({ metadata }, old) =>
    old === undefined && metadata.annotations?.[CLASS_ANNOTATION] !== undefined
      ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  statusWarnings: (ingress) =>
    balancersOf(ingress).flatMap(({ ip }, i) => (ip ? ipWarnings(ip, BALANCERS.index(i).toString()) : [])),
});

const balancersOf = ({ status }: Readonly<NetworkingV1Ingress>) => status?.loadBalancer?.ingress ?? [];

function validateSpec({ spec = {} }: Readonly<NetworkingV1Ingress>, errors: Errors): void {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  if (rules.length === 0 && defaultBackend === undefined) {
    errors.push(fieldInvalid(SPEC, spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend !== undefined) validateBackend(defaultBackend, SPEC.child('defaultBackend'), errors);
  for (const [i, rule] of rules.entries()) validateRule(rule, SPEC.child('rules').index(i), errors);
  for (const [i, { hosts = [], secretName }] of tls.entries()) {
    const at = SPEC.child('tls').index(i);
    for (const [j, host] of hosts.entries()) validateHost(host, at.child('hosts').index(j), errors);
    if (secretName) validateChecked(secretName, checkDns1123Subdomain, at.child('secretName'), errors);
  }
  if (ingressClassName !== undefined) {
    validateChecked(ingressClassName, checkDns1123Subdomain, SPEC.child('ingressClassName'), errors);
  }
}

function validateHost(host: string, at: FieldPath, errors: Errors): void {
  validateChecked(host, host.includes('*') ? checkWildcardDns1123Subdomain : checkDns1123Subdomain, at, errors);
}

function validateRule({ host, http }: NetworkingV1IngressRule, at: FieldPath, errors: Errors): void {
  if (host) {
    if (looseIp(host) !== undefined) errors.push(fieldInvalid(at.child('host'), host, NOT_AN_IP_TEXT));
    validateHost(host, at.child('host'), errors);
  }
  if (http === undefined) return;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(fieldRequired(at.child('http', 'paths')));
  for (const [i, path] of paths.entries()) validatePath(path, at.child('http', 'paths').index(i), errors);
}

function validatePath(
  { path = '', pathType, backend }: NetworkingV1HTTPIngressPath,
  at: FieldPath,
  errors: Errors,
): void {
  const pathAt = at.child('path');
  if (pathType === undefined || pathType === null) {
    errors.push(fieldRequired(at.child('pathType'), 'pathType must be specified'));
    return;
  }
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) errors.push(fieldInvalid(pathAt, path, 'must be an absolute path'));
    for (const sequence of FORBIDDEN_SEQUENCES) {
      if (path.includes(sequence)) errors.push(fieldInvalid(pathAt, path, `must not contain '${sequence}'`));
    }
    for (const suffix of FORBIDDEN_SUFFIXES) {
      if (path.endsWith(suffix)) errors.push(fieldInvalid(pathAt, path, `cannot end with '${suffix}'`));
    }
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) errors.push(fieldInvalid(pathAt, path, 'must be an absolute path'));
  } else {
    errors.push(fieldNotSupported(at.child('pathType'), pathType, PATH_TYPES));
  }
  validateBackend(backend ?? {}, at.child('backend'), errors);
}

function validateBackend({ service, resource }: NetworkingV1IngressBackend, at: FieldPath, errors: Errors): void {
  if (service !== undefined && resource !== undefined) {
    errors.push(fieldInvalid(at, '', 'cannot set both resource and service backends'));
  } else if (resource !== undefined) {
    validateTypedReference(resource, at.child('resource'), errors);
  } else if (service !== undefined) {
    validateServiceBackend(service, at, errors);
  } else {
    errors.push(fieldInvalid(at, '', 'resource or service backend is required'));
  }
}

function validateServiceBackend(service: NetworkingV1IngressServiceBackend, at: FieldPath, errors: Errors): void {
  const { name = '', port } = service;
  const serviceAt = at.child('service');
  if (name === '') errors.push(fieldRequired(serviceAt.child('name')));
  else validateChecked(name, checkDns1123Label, serviceAt.child('name'), errors);
  const number = port?.number ?? 0;
  if (port?.name && number !== 0) {
    errors.push(fieldInvalid(at, '', 'cannot set both port name & port number'));
  } else if (port?.name) {
    validateChecked(port.name, checkPortName, serviceAt.child('port', 'name'), errors);
  } else if (number !== 0) {
    const numberAt = serviceAt.child('port', 'number');
    for (const text of checkPortNumber(number)) errors.push(fieldInvalid(numberAt, number, text));
  } else {
    errors.push(fieldRequired(at, 'port name or number is required'));
  }
}
