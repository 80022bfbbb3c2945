import type { KindPolicy } from './kind-policy.js';
import { rbacPolicies } from './rbac/policies.js';

/**
 * Every built-in kind that has code of its own, group by group. What is not listed is served from the catalogue by
 * {@link GenericStrategy}. A group's list lives in `<group>/policies.ts`; a new group is one line here.
 */
export function kindPolicies(): readonly KindPolicy[] {
  return [...rbacPolicies];
}
