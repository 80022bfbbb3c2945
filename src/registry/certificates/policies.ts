import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import type { ResourceStore } from '../resource-store.js';
import type { RestStorage } from '../rest/storage.js';
import { clusterTrustBundlePolicy } from './cluster-trust-bundle.policy.js';
import { podCertificateRequestPolicy } from './pod-certificate-request.policy.js';
import { SigningRequestStrategy, SigningStatusStrategy } from './signing-request.strategy.js';

/** The approval or status endpoint; who may use it is admission's to say. */
function decisionStorage(
  store: ResourceStore,
  endpoint: 'approval' | 'status',
  environment: PolicyEnvironment,
): RestStorage {
  const view = store.withStrategy(new SigningStatusStrategy(endpoint, environment.now));
  return {
    get: (ctx, name) => view.get(ctx, name),
    update: (ctx, name, request, options) => view.update(ctx, name, request, { ...options, forceAllowCreate: false }),
  };
}

export const certificatesPolicies: readonly KindPolicy[] = [
  clusterTrustBundlePolicy,
  podCertificateRequestPolicy,
  {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    strategy: () => new SigningRequestStrategy(),
    subresources: (store, environment) => [
      { name: 'approval', storage: decisionStorage(store, 'approval', environment) },
      { name: 'status', storage: decisionStorage(store, 'status', environment) },
    ],
  },
];
