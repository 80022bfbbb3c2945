import { reviewStorages } from '../../registry/authentication/review-storages.js';
import type { RegistrySecurity } from '../../registry/authorization/security-ports.js';
import type { PolicyEnvironment } from '../../registry/kind-policy.js';
import type { RestStorage } from '../../registry/rest/storage.js';

/** What is answered without being stored, by `group/resource`. */
export function computedStorages(
  security: RegistrySecurity,
  { now }: PolicyEnvironment,
): ReadonlyMap<string, RestStorage> {
  return new Map([...reviewStorages(security, now)]);
}
