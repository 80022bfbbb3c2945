import type { CoreV1Container, CoreV1EphemeralContainer, CoreV1PodSpec } from '../../apis/types.gen.js';

export type AnyContainer = CoreV1Container | CoreV1EphemeralContainer;
export const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

export interface PlacedContainer {
  readonly container: AnyContainer;
  /** Field of the spec that lists it, and where in that list. */
  readonly list: (typeof CONTAINER_LISTS)[number];
  readonly index: number;
}

/** All containers of a pod, in the order in which upstream visits them. */
export function allContainers(spec: CoreV1PodSpec): PlacedContainer[] {
  const all: PlacedContainer[] = [];
  for (const list of CONTAINER_LISTS) {
    const containers: readonly AnyContainer[] = spec[list] ?? [];
    for (let index = 0; index < containers.length; index++) all.push({ container: containers[index]!, list, index });
  }
  return all;
}

/** An init container that keeps running beside the others. */
export const isSidecar = (container: AnyContainer): boolean => container.restartPolicy === 'Always';
