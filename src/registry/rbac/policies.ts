import type { KubeObject } from '../../apimachinery/meta/object.js';
import { RBAC_GROUP, type RoleRef, type Subject } from '../../apis/rbac/types.js';
import type { KindPolicy } from '../kind-policy.js';
import { bindingCheck, GuardedStorage, roleCheck } from './guarded-storage.js';
import { RoleBindingStrategy, RoleStrategy } from './rbac.strategy.js';

/** Roles and bindings speak of RBAC's own group where they name none; service accounts are of the core group. */
function defaultBinding(binding: KubeObject): void {
  const roleRef = binding['roleRef'] as RoleRef | undefined;
  if (roleRef) roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of (binding['subjects'] ?? []) as Subject[]) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}

function rolePolicy(resource: 'roles' | 'clusterroles'): KindPolicy {
  return {
    group: RBAC_GROUP,
    resource,
    strategy: () => new RoleStrategy(resource === 'roles'),
    guard: (store, environment) =>
      new GuardedStorage(
        store,
        roleCheck(() => environment.security?.escalation, resource),
      ),
  };
}

function bindingPolicy(resource: 'rolebindings' | 'clusterrolebindings'): KindPolicy {
  return {
    group: RBAC_GROUP,
    resource,
    strategy: () => new RoleBindingStrategy(resource === 'rolebindings'),
    defaults: { v1: defaultBinding },
    guard: (store, environment) =>
      new GuardedStorage(
        store,
        bindingCheck(() => environment.security?.escalation, resource),
      ),
  };
}

export const rbacPolicies: readonly KindPolicy[] = [
  rolePolicy('roles'),
  rolePolicy('clusterroles'),
  bindingPolicy('rolebindings'),
  bindingPolicy('clusterrolebindings'),
];
