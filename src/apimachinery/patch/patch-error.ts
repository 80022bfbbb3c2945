import { badRequest, StatusError } from '../errors/status-error.js';
import type { JsonValue } from '../meta/json.js';

/** 422 with upstream's blank text: a patch that is well formed but cannot be applied. */
export function unprocessable(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** 500 without a reason: what upstream makes of a strategic merge patch that contradicts itself. */
export function patchFault(message: string): StatusError {
  return new StatusError(500, '', message);
}

/** Kind of a JSON value as Go's decoder names it in its errors. */
function jsonKind(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'number' : typeof value;
}

/** 400: the document is not of the shape a patch of this kind has. `goType` is what upstream decodes it into. */
export function undecodablePatch(value: JsonValue, goType: string): StatusError {
  return badRequest(`error decoding patch: ${unmarshalFault(value, goType)}`);
}

/** The same for strategic merge patches, which upstream reports without saying what it was at. */
export function undecodableStrategicPatch(value: JsonValue): StatusError {
  return badRequest(unmarshalFault(value, 'map[string]interface {}'));
}

/** What Go's decoder says of a document of another shape. */
export const unmarshalFault = (value: JsonValue, goType: string): string =>
  `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${goType}`;
