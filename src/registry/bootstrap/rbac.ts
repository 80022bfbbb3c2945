import { type JsonObject, type JsonValue, jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject, StringMap } from '../../apimachinery/meta/object.js';
import { missingRules } from '../../apis/rbac/rule-cover.js';
import type { PolicyRule } from '../../apis/rbac/types.js';
import type { Reconcile } from './reconcile.js';

/** "false" keeps the server from touching a default role or binding. */
const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

/** Rights, selectors, labels and annotations that a default role lost come back; what it has beyond stays. */
export const reconcileRole: Reconcile = (existing, wanted) => {
  if (isProtected(existing)) return undefined;
  const next = withMetadata(existing, wanted);
  const selectors = selectorsOf(wanted);
  if (selectors === undefined) {
    const rules = (existing['rules'] ?? []) as PolicyRule[];
    const missing = missingRules(rules, (wanted['rules'] ?? []) as PolicyRule[]);
    if (missing.length > 0) next['rules'] = [...rules, ...missing];
  } else {
    const own = selectorsOf(existing) ?? [];
    const missing = selectors.filter((selector) => !own.some((each) => jsonEqual(each, selector)));
    if (missing.length > 0) next['aggregationRule'] = { clusterRoleSelectors: [...own, ...missing] };
  }
  return jsonEqual(next, existing as KubeObject) ? undefined : next;
};

/** Subjects that a default binding lost come back; one that binds another role is made anew. */
export const reconcileBinding: Reconcile = (existing, wanted) => {
  if (isProtected(existing)) return undefined;
  if (!jsonEqual(existing['roleRef'], wanted['roleRef'])) return 'recreate';
  const next = withMetadata(existing, wanted);
  const subjects = listOf(existing['subjects']);
  const missing = listOf(wanted['subjects']).filter((subject) => !subjects.some((each) => jsonEqual(each, subject)));
  if (missing.length > 0) next['subjects'] = [...subjects, ...missing];
  return jsonEqual(next, existing as KubeObject) ? undefined : next;
};

/** By resource. */
export const RBAC_RECONCILERS: Readonly<Record<string, Reconcile>> = {
  clusterroles: reconcileRole,
  clusterrolebindings: reconcileBinding,
  roles: reconcileRole,
  rolebindings: reconcileBinding,
};

function isProtected({ metadata }: Readonly<KubeObject>): boolean {
  return metadata.annotations?.[AUTOUPDATE] === 'false';
}

/** A copy with the wanted labels and annotations added; the administrator's values win. */
function withMetadata(existing: Readonly<KubeObject>, wanted: Readonly<KubeObject>): KubeObject {
  const next = jsonClone(existing as KubeObject);
  for (const field of ['labels', 'annotations'] as const) {
    const given: StringMap | undefined = wanted.metadata[field];
    if (given !== undefined) next.metadata[field] = { ...given, ...next.metadata[field] };
  }
  return next;
}

function selectorsOf(role: Readonly<KubeObject>): JsonValue[] | undefined {
  const rule = role['aggregationRule'] as JsonObject | null | undefined;
  return rule ? listOf(rule['clusterRoleSelectors']) : undefined;
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
