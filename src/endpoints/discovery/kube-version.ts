const KUBE_VERSION = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/;
const STABILITY: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };
const STABLE = 3;

/**
 * Order of API versions, best first: stable before beta before alpha, newer before older, anything else last by its name.
 * Negative when `a` comes first.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
 */
export function compareKubeVersions(a: string, b: string): number {
  const left = KUBE_VERSION.exec(a);
  const right = KUBE_VERSION.exec(b);
  if (left === null || right === null) {
    if (left !== null) return -1;
    if (right !== null) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return (
    stability(right) - stability(left) ||
    Number(right[1]) - Number(left[1]) ||
    Number(right[3] ?? 0) - Number(left[3] ?? 0)
  );
}

function stability(version: RegExpExecArray): number {
  return version[2] === undefined ? STABLE : STABILITY[version[2]]!;
}
