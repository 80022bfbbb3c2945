import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type LabelSelectorShape, selectorMatches } from '../../apimachinery/validation/label-selector-validation.js';
import type { PolicyRule } from '../../apis/rbac/types.js';

/**
 * The rules an aggregated ClusterRole should have: those of every other ClusterRole that one of its selectors picks, in order of
 * name and without repeats. Undefined where the role does not aggregate.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
export function aggregatedRules(
  role: Readonly<KubeObject>,
  all: readonly Readonly<KubeObject>[],
): PolicyRule[] | undefined {
  const aggregation = role['aggregationRule'] as JsonObject | null | undefined;
  if (!aggregation) return undefined;
  const selectors = (aggregation['clusterRoleSelectors'] ?? []) as unknown as LabelSelectorShape[];
  const rules: PolicyRule[] = [];
  for (const selector of selectors) {
    const picked = all
      .filter(
        ({ metadata }) => metadata.name !== role.metadata.name && selectorMatches(selector, metadata.labels ?? {}),
      )
      .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
    for (const part of picked) {
      for (const rule of (part['rules'] ?? []) as PolicyRule[]) {
        if (!rules.some((known) => jsonEqual(known, rule))) rules.push(rule);
      }
    }
  }
  return rules;
}
