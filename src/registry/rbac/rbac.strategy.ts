import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { pathSegment } from '../../apimachinery/validation/names.js';
import { RBAC_GROUP } from '../../apis/rbac/types.js';
import { GenericStrategy } from '../generic/generic-strategy.js';
import type { RestContext } from '../rest/context.js';
import { validateBinding, validateBindingUpdate, validateRole } from './validation.js';

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
    return validateRole(role, this.namespaced);
  }

  override validateUpdate(_ctx: RestContext, role: Readonly<KubeObject>): FieldError[] {
    return validateRole(role, this.namespaced);
  }
}

/** RoleBinding, and ClusterRoleBinding for the whole cluster. */
export class RoleBindingStrategy extends GenericStrategy {
  constructor(namespaced: boolean) {
    super(traits(namespaced ? 'RoleBinding' : 'ClusterRoleBinding', namespaced));
  }

  override validateCreate(_ctx: RestContext, binding: Readonly<KubeObject>): FieldError[] {
    return validateBinding(binding, this.namespaced);
  }

  override validateUpdate(_ctx: RestContext, binding: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return validateBindingUpdate(binding, old, this.namespaced);
  }
}
