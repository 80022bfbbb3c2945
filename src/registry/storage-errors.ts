import {
  alreadyExists,
  expired,
  internalError,
  modifiedConflict,
  notFound,
  plainError,
  StatusError,
  serviceUnavailable,
  tooManyRequests,
} from '../apimachinery/errors/status-error.js';
import type { GroupResource } from '../apimachinery/meta/group-version.js';
import { StorageError } from '../storage/errors.js';

/** The one place where the lower error family becomes the upper one. Other errors pass unchanged. */
export function toStatusError(error: unknown, resource: GroupResource, name: string): unknown {
  if (!(error instanceof StorageError)) return error;
  switch (error.code) {
    case 'KeyExists':
      return alreadyExists(resource, name);
    case 'CorruptObject':
      return internalError(error.message);
    case 'KeyNotFound':
      return notFound(resource, name);
    case 'RevisionMismatch':
      return modifiedConflict(resource, name);
    case 'Compacted':
      return expired('The resourceVersion for the provided list is too old.');
    case 'FutureRevision':
      return tooLargeResourceVersion(error.message);
    case 'LimitExceeded':
      // Clients know it by the words of etcd.
      return plainError('etcdserver: request is too large');
    case 'Busy':
      return tooManyRequests(error.message, 1);
    case 'Unavailable':
      return serviceUnavailable(error.message);
  }
}

/** @see https://kubernetes.io/docs/reference/using-api/api-concepts/#unavailable-resource-versions */
export function tooLargeResourceVersion(text: string): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: ${text}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
