import type { ObjectMeta } from '../../../apimachinery/meta/object.js';
import type { CoreV1Container, CoreV1PodSpec } from '../../../apis/types.gen.js';

/** Why a pod is not allowed. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type CheckPod = (spec: CoreV1PodSpec, metadata: Readonly<ObjectMeta>) => Violation | undefined;

/** One rule of a level; which form of it counts depends on the policy's version. */
export interface Check {
  readonly id: string;
  /** Forms by the minor version that they are in force from, oldest first. */
  readonly since: readonly (readonly [minor: number, check: CheckPod])[];
  /** Laxer rules that this one makes needless from its first version on. */
  readonly overrides?: readonly string[];
}

/** Every container of the pod in the order in which violations name them. */
export function containersOf(spec: CoreV1PodSpec): CoreV1Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

export function namesWhere(spec: CoreV1PodSpec, wrong: (container: CoreV1Container) => boolean): string[] {
  return containersOf(spec)
    .filter(wrong)
    .map(({ name }) => name);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** `"a", "b"` */
export function quoted(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(', ');
}

/** `container "a"`, `containers "a", "b"` */
export function containersText(names: readonly string[]): string {
  return `${plural(names.length, 'container')} ${quoted(names)}`;
}

/** Who has set something wrong: `pod and containers "a", "b"`; empty where nobody has. */
export function settersText(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(' and ');
}

export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** Values that containers hold and may not, with the containers' names. */
export function collect(
  spec: CoreV1PodSpec,
  wrongIn: (container: CoreV1Container) => readonly string[],
): { readonly names: string[]; readonly values: string[] } {
  const names: string[] = [];
  const values: string[] = [];
  for (const container of containersOf(spec)) {
    const wrong = wrongIn(container);
    if (wrong.length > 0) names.push(container.name);
    values.push(...wrong);
  }
  return { names, values: distinct(values) };
}

/** Pods in a user namespace of their own are root only there. */
export function hasOwnUsers(spec: CoreV1PodSpec): boolean {
  return spec.hostUsers === false;
}
