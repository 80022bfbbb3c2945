import { readOwners } from '../apimachinery/managedfields/managers.js';
import { setManagedFields } from '../apimachinery/managedfields/scale-owners.js';
import type { KubeObject, ManagedFieldsEntry } from '../apimachinery/meta/object.js';
import type { RestContext } from '../registry/rest/context.js';

const LEAD =
  '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ';

/**
 * Puts managedFields back as they were where mutating admission left them malformed, and warns the client.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#manage-fields
 */
export function restoreMalformedManagedFields(
  object: KubeObject,
  before: ManagedFieldsEntry[] | undefined,
  context: RestContext,
): void {
  const managedFields = object.metadata?.managedFields;
  if (managedFields === undefined || managedFields === before) return;
  const fault = readOwners(managedFields, false);
  if (typeof fault !== 'string') return;
  setManagedFields(object, before);
  context.warn(LEAD + fault);
}
