import { formatGroupResource, type GroupResource } from '../meta/group-version.js';
import type { JsonObject } from '../meta/json.js';
import type { FieldError } from '../validation/field-error.js';

export interface StatusCause extends JsonObject {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails extends JsonObject {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The body of every failure. @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface Status extends JsonObject {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: JsonObject;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/**
 * The upper of the two error families: an answer for the client. Everything above `storage/` throws these and nothing
 * else on purpose; `http/` turns any other error into an InternalError. No stack is taken: it is an answer, not a fault.
 */
export class StatusError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: StatusDetails,
  ) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.name = 'StatusError';
  }

  toStatus(): Status {
    const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: this.message };
    if (this.reason !== '') status.reason = this.reason;
    if (this.details !== undefined) status.details = this.details;
    status.code = this.code;
    return status;
  }
}

function details(resource: GroupResource, name: string, more: StatusDetails = {}): StatusDetails {
  const out: StatusDetails = {};
  if (name !== '') out.name = name;
  if (resource.group !== '') out.group = resource.group;
  if (resource.resource !== '') out.kind = resource.resource;
  return Object.assign(out, more);
}

export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${formatGroupResource(resource)} "${name}" not found`,
    details(resource, name),
  );
}

/** No such resource type at this path: what the end of the chain answers. */
export function resourceNotFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${formatGroupResource(resource)} "${name}" already exists`,
    details(resource, name),
  );
}

export function conflict(resource: GroupResource, name: string, cause: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${formatGroupResource(resource)} "${name}": ${cause}`,
    details(resource, name),
  );
}

/** A write whose resourceVersion is no longer the stored one. */
export function modifiedConflict(resource: GroupResource, name: string): StatusError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** Server-side apply conflicts: one cause a field and manager. */
export function applyConflict(message: string, causes: StatusCause[]): StatusError {
  return new StatusError(409, 'Conflict', message, { causes });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function forbidden(resource: GroupResource, name: string, cause: string): StatusError {
  let message = `forbidden: ${cause}`;
  if (resource.resource !== '') {
    message =
      name === ''
        ? `${formatGroupResource(resource)} is forbidden: ${cause}`
        : `${formatGroupResource(resource)} "${name}" is forbidden: ${cause}`;
  }
  return new StatusError(403, 'Forbidden', message, details(resource, name));
}

/** 422 with one cause a fault; kind names the object's type in message and details. */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = errors.map((e) => (e.field === '' ? e.message : `${e.field}: ${e.message}`));
  const unique = [...new Set(texts)];
  const joined = unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`;
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  return new StatusError(
    422,
    'Invalid',
    `${qualified} "${name}" is invalid${errors.length === 0 ? '' : `: ${joined}`}`,
    details({ group: kind.group, resource: kind.kind }, name, { causes }),
  );
}

export function methodNotSupported(resource: GroupResource, action: string): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    `${action} is not supported on resources of kind "${formatGroupResource(resource)}"`,
    details(resource, ''),
  );
}

/** 410: the resource version or continue token is older than what is kept. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function notAcceptable(message: string): StatusError {
  return new StatusError(406, 'NotAcceptable', message);
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', message);
}

export function requestEntityTooLarge(message: string): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds });
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', message);
}

export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  return new StatusError(
    504,
    'Timeout',
    `Timeout: ${message}`,
    retryAfterSeconds > 0 ? { retryAfterSeconds } : undefined,
  );
}

/** A fault of the server (or an error upstream reports as one): the cause is told to the client. */
export function internalError(cause: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${cause}`, { causes: [{ message: cause }] });
}

/** What upstream makes of the failures of a server that does not answer with a Status. */
const GENERIC_FAILURES: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  409: ['Conflict', 'the server reported a conflict'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
};

/**
 * The failure of another server that a resource is asked of, which answered with text.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/api/errors/errors.go NewGenericServerResponse (behaviour)
 */
export function genericFailure(code: number, resource: GroupResource, name: string, text: string): StatusError {
  let [reason, message] = GENERIC_FAILURES[code] ?? ['', ''];
  if (code === 403) [reason, message] = ['Forbidden', text];
  else if (message === '' && code >= 500) {
    reason = 'InternalError';
    message = `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  } else if (message === '') {
    message = `the server responded with the status code ${code} but did not return more information`;
  }
  return new StatusError(
    code,
    reason,
    `${message} ( ${formatGroupResource(resource)} ${name})`,
    details(resource, name),
  );
}

/** Upstream lets some plain Go errors through as a bare 500: message and code, neither reason nor details. */
export function plainError(message: string, code = 500): StatusError {
  return new StatusError(code, '', message);
}
