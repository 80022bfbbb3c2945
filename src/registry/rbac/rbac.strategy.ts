import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { pathSegment } from '../../apimachinery/validation/names.js';
import { RBAC_GROUP } from '../../apis/rbac/types.js';
import { declaredFaults } from '../generic/declared.js';
import { GenericStrategy } from '../generic/generic-strategy.js';
import type { RestContext } from '../rest/context.js';
import { declaredBinding, declaredRole, validateBinding, validateRole, validateRoleRefKept } from './validation.js';

function traits(kind: string, namespaced: boolean) {
  return {
    kind: { group: RBAC_GROUP, version: 'v1', kind },
    namespaced,
    nameRule: pathSegment,
    allowCreateOnUpdate: true,
  };
}

/** Role, and ClusterRole for the whole cluster. */
export class RoleStrategy extends GenericStrategy {
  constructor(namespaced: boolean) {
    super(traits(namespaced ? 'Role' : 'ClusterRole', namespaced));
  }

  override validateCreate(_ctx: RestContext, role: Readonly<KubeObject>): FieldError[] {
    return validateRole(role, this.namespaced).concat(declaredFaults(declaredRole, role, undefined));
  }

  override validateUpdate(_ctx: RestContext, role: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return validateRole(role, this.namespaced).concat(declaredFaults(declaredRole, role, old));
  }
}

/** RoleBinding, and ClusterRoleBinding for the whole cluster. */
export class RoleBindingStrategy extends GenericStrategy {
  constructor(namespaced: boolean) {
    super(traits(namespaced ? 'RoleBinding' : 'ClusterRoleBinding', namespaced));
  }

  override validateCreate(_ctx: RestContext, binding: Readonly<KubeObject>): FieldError[] {
    return validateBinding(binding, this.namespaced).concat(declaredFaults(declaredBinding, binding, undefined));
  }

  override validateUpdate(_ctx: RestContext, binding: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const faults = declaredFaults(declaredBinding, binding, old);
    return [...validateBinding(binding, this.namespaced), ...faults, ...validateRoleRefKept(binding, old)];
  }
}
