import { reviewStorages } from '../../registry/authentication/review-storages.js';
import type { RegistrySecurity } from '../../registry/authorization/security-ports.js';
import { BindingCollection } from '../../registry/core/pod-binding.js';
import type { PolicyEnvironment } from '../../registry/kind-policy.js';
import type { RestStorage } from '../../registry/rest/storage.js';
import { COMPONENT_PROBES, ComponentStatusStorage } from './component-statuses.js';

/** What is answered without being stored, by `group/resource`. */
export function computedStorages(
  security: RegistrySecurity,
  environment: PolicyEnvironment,
): ReadonlyMap<string, RestStorage> {
  return new Map<string, RestStorage>([
    ...reviewStorages(security, environment.now),
    ['/bindings', new BindingCollection(environment)],
    ['/componentstatuses', new ComponentStatusStorage(COMPONENT_PROBES)],
  ]);
}
