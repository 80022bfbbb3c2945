import type { JsonObject } from '../../apimachinery/meta/json.js';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/ */
export interface PolicyRule extends JsonObject {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-binding-v1/ */
export interface RoleRef extends JsonObject {
  apiGroup?: string;
  kind: string;
  name: string;
}

export interface Subject extends JsonObject {
  kind: string;
  apiGroup?: string;
  name: string;
  namespace?: string;
}
