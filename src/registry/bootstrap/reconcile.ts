import type { KubeObject } from '../../apimachinery/meta/object.js';

/** What becomes of an object that is there already: the object to store instead, undefined to leave it alone, or 'recreate'. */
export type Reconcile = (
  existing: Readonly<KubeObject>,
  wanted: Readonly<KubeObject>,
) => KubeObject | 'recreate' | undefined;
