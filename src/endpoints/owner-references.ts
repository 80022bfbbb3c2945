import { isDeepStrictEqual } from 'node:util';
import type { AdmissionOperation } from '../admission/admission.js';
import type { KubeObject, OwnerReference } from '../apimachinery/meta/object.js';
import type { RestContext } from '../registry/rest/context.js';
import { admissionAttributes } from './admission-attributes.js';
import { restoreMalformedManagedFields } from './admitted-managed-fields.js';
import type { HandlerEnvironment } from './handlers/handler-environment.js';
import type { RequestScope } from './request-scope.js';

/**
 * Mutating admission of a write. An owner that is named twice in the same words is kept once, before and after, with a warning, and
 * managedFields stay well-formed.
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
  const managedFields = parts.object.metadata?.managedFields;
  await env.admission.mutate(admissionAttributes(scope, operation, parts));
  restoreMalformedManagedFields(parts.object, managedFields, context);
  dropRepeatedOwners(parts.object, context, ' after mutating admission happens');
}

function dropRepeatedOwners({ metadata }: KubeObject, context: RestContext, when: string): void {
  const owners = metadata?.ownerReferences;
  if (owners === undefined || owners.length < 2) return;
  if (new Set(owners.map(({ uid }) => uid)).size === owners.length) return;
  const isRepeated = (owner: OwnerReference, at: number) =>
    owners.slice(0, at).some((earlier) => isDeepStrictEqual(earlier, owner));
  const repeated = owners.filter(isRepeated).map(({ uid }) => uid);
  if (repeated.length === 0) return;
  metadata.ownerReferences = owners.filter((owner, at) => !isRepeated(owner, at));
  context.warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(', ')}`,
  );
}
