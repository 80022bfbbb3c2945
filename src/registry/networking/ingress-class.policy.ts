import type { KubeObject } from '../../apimachinery/meta/object.js';
import { optionalPointer, required, struct } from '../../apimachinery/validation/declared-rules.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  FieldPath,
  fieldForbidden,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Label, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type { NetworkingV1IngressClass, NetworkingV1IngressClassParametersReference } from '../../apis/types.gen.js';
import { validateDomainPrefixedPath, validatePathSegment } from '../generic/reference-checks.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

const CONTROLLER_LENGTH_MAX = 250;
const CONTROLLER = FieldPath.root('spec', 'controller');
const PARAMETERS = FieldPath.root('spec', 'parameters');

/** @see https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class */
export const ingressClassPolicy = ruledPolicy<NetworkingV1IngressClass>({
  resource: 'ingressclasses',
  traits: {
    kind: { group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass' },
    namespaced: false,
    generation: 'spec',
  },
  defaults: {
    v1: (object: KubeObject) => {
      const parameters = (object as NetworkingV1IngressClass).spec?.parameters;
      if (parameters) parameters.scope ??= 'Cluster';
    },
  },
  validate,
  validateUpdate: (object, old, errors) => {
    validateImmutable(object.spec?.controller ?? '', old.spec?.controller ?? '', CONTROLLER, errors);
    validate(object, errors);
  },
  declared: struct({
    spec: [struct({ parameters: [optionalPointer, struct({ kind: [required], name: [required] })] })],
  }),
});

function validate({ spec = {} }: Readonly<NetworkingV1IngressClass>, errors: Errors): void {
  const { controller = '', parameters } = spec;
  if (byteLength(controller) > CONTROLLER_LENGTH_MAX) errors.push(fieldTooLong(CONTROLLER, CONTROLLER_LENGTH_MAX));
  validateDomainPrefixedPath(controller, CONTROLLER, errors);
  if (parameters !== undefined) validateParameters(parameters, errors);
}

function validateParameters(parameters: NetworkingV1IngressClassParametersReference, errors: Errors): void {
  const { apiGroup, kind, name, scope, namespace } = parameters;
  const scopeAt = PARAMETERS.child('scope');
  const namespaceAt = PARAMETERS.child('namespace');
  if (apiGroup !== undefined) validateChecked(apiGroup, checkDns1123Subdomain, PARAMETERS.child('apiGroup'), errors);
  if (kind) validatePathSegment(kind, PARAMETERS.child('kind'), errors);
  if (name) validatePathSegment(name, PARAMETERS.child('name'), errors);
  if (scope === 'Namespace') {
    if (namespace === undefined) errors.push(fieldRequired(namespaceAt, "`parameters.scope` is set to 'Namespace'"));
    else validateChecked(namespace, checkDns1123Label, namespaceAt, errors);
  } else if (scope === 'Cluster') {
    if (namespace !== undefined) errors.push(fieldForbidden(namespaceAt, "`parameters.scope` is set to 'Cluster'"));
  } else if (scope === undefined) {
    errors.push(fieldRequired(scopeAt));
  } else {
    errors.push(fieldNotSupported(scopeAt, scope, ['Cluster', 'Namespace']));
  }
}
