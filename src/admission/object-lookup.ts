import type { KubeObject } from '../apimachinery/meta/object.js';

/**
 * What plugins ask about other objects. Answers come from memory and see every acknowledged write; they are shared, so
 * nobody may change them, and an unchanged object is answered with the same reference (what is derived from one may be
 * kept in a WeakMap).
 */
export abstract class ObjectLookup {
  /** @param namespace '' for cluster-scoped resources */
  abstract get<T extends KubeObject>(
    group: string,
    resource: string,
    namespace: string,
    name: string,
  ): Readonly<T> | undefined;

  /** In order of name. @param namespace '' for all objects of a cluster-scoped resource */
  abstract list<T extends KubeObject>(group: string, resource: string, namespace: string): readonly Readonly<T>[];

  /** Whether `list` would find anything; costs no allocation worth speaking of. */
  abstract any(group: string, resource: string, namespace: string): boolean;
}
