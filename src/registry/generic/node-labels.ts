import type { FieldPath } from '../../apimachinery/validation/field-error.js';
import type { LabelSelectorShape } from '../../apimachinery/validation/label-selector-validation.js';

/** Labels of nodes that have new names. @see https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  ['scheduler.alpha.kubernetes.io/preferAvoidPods', 'deprecated since v1.22; use Taints and Tolerations instead'],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** What to say of the label; undefined where it is in use. */
export const deprecatedLabel = (key: string): string | undefined => DEPRECATED.get(key);

/** Texts for Warning headers about a selector of nodes. */
export function nodeSelectorWarnings(selector: LabelSelectorShape | undefined, at: FieldPath): string[] {
  const expressions = (selector?.matchExpressions ?? []).flatMap(({ key = '' }, i) => {
    const text = deprecatedLabel(key);
    return text === undefined ? [] : [`${at.child('matchExpressions').index(i).child('key')}: ${key} is ${text}`];
  });
  const labels = Object.keys(selector?.matchLabels ?? {}).flatMap((key) => {
    const text = deprecatedLabel(key);
    return text === undefined ? [] : [`${at.child('matchLabels', key)}: ${text}`];
  });
  return [...expressions, ...labels];
}
