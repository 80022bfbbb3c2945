import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { reasonsText, violationsOf } from './evaluate.js';
import { type LevelVersion, levelVersionText } from './policy.js';

/** Pods looked at when a namespace becomes stricter. */
const PODS_MAX = 3000;

/**
 * Tells of the pods that are there and would not be let in any more: one line for pods of the same faults, named
 * after the first of them.
 */
export function namespaceWarnings(
  namespace: string,
  pods: readonly Readonly<CoreV1Pod>[],
  enforce: LevelVersion,
): string[] {
  const checked = oneOfEachOwnerFirst(pods).slice(0, PODS_MAX);
  const byReason = new Map<string, string[]>();
  for (const { spec, metadata } of checked) {
    const violations = spec === undefined ? [] : violationsOf(enforce, spec, metadata);
    if (violations.length === 0) continue;
    const reason = reasonsText(violations);
    const names = byReason.get(reason);
    if (names === undefined) byReason.set(reason, [metadata.name ?? '']);
    else names.push(metadata.name ?? '');
  }
  const warnings: string[] = [];
  if (checked.length < pods.length) {
    warnings.push(
      `new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`,
    );
  }
  if (byReason.size === 0) return warnings;
  warnings.push(
    `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${levelVersionText(enforce)}"`,
  );
  const lines = [...byReason].map(([reason, names]) => `${podsText(names)}: ${reason}`);
  return [...warnings, ...lines.sort()];
}

function podsText(names: string[]): string {
  const [first = ''] = names.sort();
  const others = names.length - 1;
  if (others === 0) return first;
  return others === 1 ? `${first} (and 1 other pod)` : `${first} (and ${others} other pods)`;
}

/** Replicas of one owner are alike: the first of each comes before all others. */
function oneOfEachOwnerFirst(pods: readonly Readonly<CoreV1Pod>[]): Readonly<CoreV1Pod>[] {
  const seen = new Set<string>();
  const first: Readonly<CoreV1Pod>[] = [];
  const others: Readonly<CoreV1Pod>[] = [];
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (owner !== undefined && seen.has(owner)) {
      others.push(pod);
      continue;
    }
    if (owner !== undefined) seen.add(owner);
    first.push(pod);
  }
  return [...first, ...others];
}
