import type { AdmissionOperation } from '../admission/admission.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { RestContext } from '../registry/rest/context.js';
import { admissionAttributes } from './admission-attributes.js';
import type { HandlerEnvironment } from './handlers/handler-environment.js';
import type { RequestScope } from './request-scope.js';

/**
 * Mutating admission of a write. An owner that is named twice is kept once, before and after, with a warning.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 */
export async function mutateWithOwners(
  scope: RequestScope,
  env: HandlerEnvironment,
  operation: AdmissionOperation,
  parts: Parameters<typeof admissionAttributes>[2] & { readonly object: KubeObject },
): Promise<void> {
  const { context } = scope.request;
  dropRepeatedOwners(parts.object, context, '');
  await env.admission.mutate(admissionAttributes(scope, operation, parts));
  dropRepeatedOwners(parts.object, context, ' after mutating admission happens');
}

function dropRepeatedOwners({ metadata }: KubeObject, context: RestContext, when: string): void {
  const owners = metadata?.ownerReferences;
  if (owners === undefined || owners.length < 2) return;
  const distinct = new Map(owners.toReversed().map((owner) => [owner.uid, owner]));
  if (distinct.size === owners.length) return;
  const kept = owners.filter((owner) => distinct.get(owner.uid) === owner);
  const repeated = new Set(owners.filter((owner) => !kept.includes(owner)).map(({ uid }) => uid));
  metadata.ownerReferences = kept;
  context.warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...repeated].join(', ')}`,
  );
}
