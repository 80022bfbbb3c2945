import { StatusError } from '../errors/status-error.js';
import type { JsonValue } from '../meta/json.js';
import { formatGoValue } from './go-format.js';

/** 422 with upstream's blank text: a patch that is well formed but cannot be applied. */
export function unprocessable(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** 500 without a reason: what upstream makes of a strategic merge patch that contradicts itself. */
export function patchFault(message: string): StatusError {
  return new StatusError(500, '', message);
}

/** 500: an item of a merged list cannot be told from the others. */
export function noMergeKey(item: JsonValue, mergeKey: string): StatusError {
  return patchFault(`map: ${formatGoValue(item)} does not contain declared merge key: ${mergeKey}`);
}

/** Kind of a JSON value as Go's decoder names it in its errors. */
function jsonKind(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'number' : typeof value;
}

/** What Go's decoder says of a document of another shape. */
export const unmarshalFault = (value: JsonValue, goType: string): string =>
  `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${goType}`;

/** The same for a field of a struct. */
export const unmarshalFieldFault = (value: JsonValue, field: string, goType: string): string =>
  `json: cannot unmarshal ${jsonKind(value)} into Go struct field ${field} of type ${goType}`;
