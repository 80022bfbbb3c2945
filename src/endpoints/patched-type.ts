import { internalError, invalid, type StatusError } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import { sortDeeply } from '../apimachinery/patch/patched-order.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import { fieldInvalid } from '../apimachinery/validation/field-error.js';
import { builtinTypeFault, typeMetaFault } from './body-decoder.js';
import type { RequestScope } from './request-scope.js';

/** What the type of a patched document means for the rest of the patch. */
export interface PatchedType {
  /** The document was taken for a value of the internal version, in which nothing of it has a name. */
  readonly nameless?: boolean;
  /** Throws what validation says of the type, once name and namespace are judged. */
  readonly refuse?: () => never;
}

const AS_IT_IS: PatchedType = {};

/**
 * Judges apiVersion and kind of what a JSON or merge patch made.
 * @param document what the patch made
 * @param strict gains what strict decoding says of fields that the type does not have
 * @param fault makes the refusal of the patch
 * @throws StatusError 422 where the decoder does not take it, 500 for custom resources without apiVersion
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/patch.go (behaviour)
 */
export function checkPatchedType(
  scope: RequestScope,
  document: JsonObject,
  strict: string[],
  fault: (detail: string) => StatusError,
): PatchedType {
  if (document.apiVersion === scope.apiVersion && document.kind === scope.kind.kind) return AS_IT_IS;
  const unreadable = typeMetaFault(document);
  if (unreadable !== undefined) throw fault(unreadable);
  return scope.definition.custom && scope.whole
    ? customType(scope, document, strict, fault)
    : builtinType(scope, document, strict, fault);
}

/** Without a version it counts as of the internal one, whose fields have no names in JSON. */
function builtinType(
  scope: RequestScope,
  document: JsonObject,
  strict: string[],
  fault: (detail: string) => StatusError,
): PatchedType {
  const refused = builtinTypeFault(scope, document);
  if (refused !== undefined) throw fault(refused.text);
  if (!scope.whole || (document.apiVersion ?? '') !== '') return AS_IT_IS;
  noteUnknownFields(document, ['apiVersion', 'kind'], strict);
  return { nameless: true };
}

function noteUnknownFields(document: JsonObject, known: readonly string[], strict: string[]): void {
  for (const field of Object.keys(document).sort()) {
    if (!known.includes(field)) strict.push(`unknown field ${JSON.stringify(field)}`);
  }
}

function customType(
  { definition, kind, apiVersion, request, subresource }: RequestScope,
  document: JsonObject,
  strict: string[],
  fault: (detail: string) => StatusError,
): PatchedType {
  const found = { kind: document.kind ?? '', apiVersion: document.apiVersion ?? '' };
  if (found.kind === '') throw fault(`Object 'Kind' is missing in '${encodeJson(sortDeeply(document))}'`);
  if (found.apiVersion === '')
    throw internalError("Object 'apiVersion' is missing in 'object has no apiVersion field'");
  const other = found.apiVersion !== apiVersion;
  if (other) noteUnknownFields(document, ['apiVersion', 'kind', 'metadata'], strict);
  // What a status update says beside the status is not looked at.
  if (subresource !== undefined) return AS_IT_IS;
  const cause = other
    ? fieldInvalid('apiVersion', found.apiVersion, `must be ${apiVersion}`)
    : fieldInvalid('kind', found.kind, `must be ${kind.kind}`);
  return {
    refuse: () => {
      throw invalid({ group: definition.group, kind: String(found.kind) }, request.info.name, [cause]);
    },
  };
}
