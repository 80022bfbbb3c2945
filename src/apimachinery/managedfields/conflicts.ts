import { applyConflict, type StatusCause, type StatusError } from '../errors/status-error.js';
import { type FieldSet, forEachPath } from './field-set.js';
import { type Owner, ownerId } from './managers.js';
import { formatFieldPath } from './path-element.js';

/** Fields that an apply would take from another owner. */
export interface Conflict {
  readonly owner: Owner;
  readonly fields: FieldSet;
}

/** `"name" with subresource "status" using v1`. Appliers are named without their version. */
function formatOwner({ manager, subresource, operation, apiVersion }: Owner): string {
  let text = JSON.stringify(manager);
  if (subresource !== '') text += ` with subresource ${JSON.stringify(subresource)}`;
  return operation === 'Update' ? `${text} using ${apiVersion}` : text;
}

/** 409 with a cause for every field and owner. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes: StatusCause[] = [];
  const lines: string[] = [];
  const sorted = conflicts
    .map(({ owner, fields }) => ({ id: ownerId(owner), name: formatOwner(owner), fields }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { name, fields } of sorted) {
    lines.push(`conflicts with ${name}:`);
    forEachPath(fields, (path) => {
      const field = formatFieldPath(path);
      causes.push({ reason: 'FieldManagerConflict', message: `conflict with ${name}`, field });
      lines.push(`- ${field}`);
    });
  }
  const only = causes.length === 1 ? causes[0] : undefined;
  const message =
    only === undefined
      ? `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`
      : `Apply failed with 1 conflict: ${only.message}: ${only.field}`;
  return applyConflict(message, causes);
}
