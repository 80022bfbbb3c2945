import { jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Reconcile } from './reconcile.js';

/** "true" lets the server keep the spec of its own flow schemas and priority levels up to date. */
const AUTOUPDATE = 'apf.kubernetes.io/autoupdate-spec';

/**
 * Brings the spec of a flow schema or priority level back to the server's own, where the object asks for it, or says nothing and
 * nobody has changed it yet.
 * @see https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#maintenance-of-the-mandatory-and-suggested-configuration-objects
 */
export const reconcileFlowControl: Reconcile = (existing, wanted) => {
  const { annotations, generation } = existing.metadata;
  const mode = annotations?.[AUTOUPDATE];
  if (mode === undefined ? generation !== 1 : mode !== 'true') return undefined;
  const specMoved = !jsonEqual(existing['spec'], wanted['spec']);
  if (!specMoved && mode !== undefined) return undefined;
  const next = jsonClone(existing as KubeObject);
  next.metadata.annotations = { ...annotations, [AUTOUPDATE]: 'true' };
  if (specMoved) {
    next['spec'] = jsonClone(wanted['spec']);
    next.metadata.generation = (generation ?? 0) + 1;
  }
  return next;
};
