import type { KubeObject } from '../apimachinery/meta/object.js';

/**
 * The class that counts where none is named: of those marked by an annotation the newest, of the same age the first by
 * name.
 * @param classes in order of name
 */
export function defaultClass<T extends KubeObject>(
  classes: readonly Readonly<T>[],
  annotations: readonly string[],
): Readonly<T> | undefined {
  let newest: Readonly<T> | undefined;
  for (const one of classes) {
    const { annotations: given, creationTimestamp = '' } = one.metadata;
    if (!annotations.some((annotation) => given?.[annotation] === 'true')) continue;
    if (newest === undefined || creationTimestamp > (newest.metadata.creationTimestamp ?? '')) newest = one;
  }
  return newest;
}
