import type { ObjectMeta } from '../../../apimachinery/meta/object.js';
import type { CoreV1PodSpec } from '../../../apis/types.gen.js';
import { BASELINE_CHECKS } from './baseline-checks.js';
import type { Check, CheckPod, Violation } from './check.js';
import type { LevelVersion } from './policy.js';
import { RESTRICTED_CHECKS } from './restricted-checks.js';

/** Everything about a pod that a level does not allow; nothing where it may run. */
export function violationsOf(
  { level, minor }: LevelVersion,
  spec: CoreV1PodSpec,
  metadata: Readonly<ObjectMeta>,
): readonly Violation[] {
  const out: Violation[] = [];
  for (const check of checksFor(level, minor)) {
    const violation = check(spec, metadata);
    if (violation !== undefined) out.push(violation);
  }
  return out;
}

function* checksFor(level: LevelVersion['level'], minor: number): Iterable<CheckPod> {
  if (level === 'privileged') return;
  const restricted = level === 'restricted' ? RESTRICTED_CHECKS.filter((check) => formOf(check, minor)) : [];
  const overridden = new Set(restricted.flatMap(({ overrides = [] }) => overrides));
  for (const check of [...BASELINE_CHECKS.filter(({ id }) => !overridden.has(id)), ...restricted]) {
    const form = formOf(check, minor);
    if (form !== undefined) yield form;
  }
}

/** The newest form that is no newer than the version. */
function formOf({ since }: Check, minor: number): CheckPod | undefined {
  return since.findLast(([from]) => from <= minor)?.[1];
}

/** `hostPort, privileged` */
export function reasonsText(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}

/** `hostPort (container "a" uses hostPort 80), ...` */
export function detailsText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}
