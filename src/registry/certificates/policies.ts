import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { SubresourceDefinition } from '../resource-definition.js';
import type { ResourceStore } from '../resource-store.js';
import type { RestStorage } from '../rest/storage.js';
import { clusterTrustBundlePolicy } from './cluster-trust-bundle.policy.js';
import { podCertificateRequestPolicy } from './pod-certificate-request.policy.js';
import { SigningRequestStrategy, SigningStatusStrategy } from './signing-request.strategy.js';

/** The approval or status endpoint; who may use it is admission's to say. */
function decision(
  store: ResourceStore,
  endpoint: 'approval' | 'status',
  environment: PolicyEnvironment,
): SubresourceDefinition {
  const strategy = new SigningStatusStrategy(endpoint, environment.now);
  const view = store.withStrategy(strategy);
  const storage: RestStorage = {
    get: (ctx, name) => view.get(ctx, name),
    update: (ctx, name, request, options) => view.update(ctx, name, request, { ...options, forceAllowCreate: false }),
  };
  return { name: endpoint, storage, resetFields: strategy.resetFields() };
}

export const certificatesPolicies: readonly KindPolicy[] = [
  clusterTrustBundlePolicy,
  podCertificateRequestPolicy,
  {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    strategy: () => new SigningRequestStrategy(),
    subresources: (store, environment) => [
      decision(store, 'approval', environment),
      decision(store, 'status', environment),
    ],
  },
];
