import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { NetworkingV1IngressClass, NetworkingV1NetworkPolicy } from '../../apis/types.gen.js';
import { plainPolicy } from '../generic/plain-policies.js';
import type { KindPolicy } from '../kind-policy.js';

const GROUP = 'networking.k8s.io';

/** The directions that a policy speaks of are the ones it has rules for; incoming always. */
function networkPolicyDefaults(object: KubeObject): void {
  const policy = object as NetworkingV1NetworkPolicy;
  policy.spec ??= {};
  const { spec } = policy;
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if ((spec.policyTypes ?? []).length === 0) {
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  }
}

function ingressClassDefaults(object: KubeObject): void {
  const parameters = (object as NetworkingV1IngressClass).spec?.parameters;
  if (parameters) parameters.scope ??= 'Cluster';
}

export const networkingPolicies: readonly KindPolicy[] = [
  plainPolicy(GROUP, 'v1', {
    resource: 'networkpolicies',
    kind: 'NetworkPolicy',
    generation: 'spec',
    defaults: { v1: networkPolicyDefaults },
  }),
  plainPolicy(GROUP, 'v1', { resource: 'ingresses', kind: 'Ingress', hasStatus: true, generation: 'spec' }),
  plainPolicy(GROUP, 'v1', {
    resource: 'ingressclasses',
    kind: 'IngressClass',
    namespaced: false,
    generation: 'spec',
    defaults: { v1: ingressClassDefaults },
  }),
];
