import { internalError, type StatusCause, StatusError } from '../apimachinery/errors/status-error.js';
import { formatGroupResource, type GroupResource } from '../apimachinery/meta/group-version.js';
import type { CorruptChange, CorruptObject } from '../storage/storage.js';
import { registryKey } from './storage-keys.js';

/** Objects that one answer names. */
const CAUSES_MAX = 100;
/** Kubernetes' StatusReasonStoreReadError. */
export const STORE_READ_ERROR = 'StorageReadError';

/** The resource that corrupt objects are of, as their keys and messages name it. */
export interface CorruptResource extends GroupResource {
  readonly custom: boolean;
}

/** What kube-apiserver's decoder says of the object. */
export function decodeFault({ revision, fault }: CorruptObject): string {
  return `object not decodable revision=${revision}: ${fault}`;
}

function storageFault(key: string, object: CorruptObject): string {
  return `StorageError: corrupt object, Code: 7, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${decodeFault(object)}`;
}

function fullKey(resource: CorruptResource, { key }: CorruptObject): string {
  return registryKey(resource, resource.custom, key);
}

/** The answer where one object was asked for. */
export function unreadableObject(resource: CorruptResource, object: CorruptObject): StatusError {
  return internalError(storageFault(fullKey(resource, object).slice('/registry'.length), object));
}

/**
 * The answer where a list would have held them. Every one is named, so that an administrator can find them, up to a limit.
 * @param objects in key order, not empty
 * @see KEP-3926, "Retrieving a failing resource"
 */
export function unreadableList(resource: CorruptResource, objects: readonly CorruptObject[]): StatusError {
  const told = objects.slice(0, CAUSES_MAX).map((object) => {
    const field = fullKey(resource, object);
    return { reason: 'UnexpectedServerResponse', message: storageFault(field, object), field };
  });
  const causes: StatusCause[] = [...told];
  if (told.length === CAUSES_MAX) {
    causes.push({ reason: 'FieldValueTooMany', message: 'too many errors, the list is truncated' });
  }
  const more = told.length > 1 ? ` (and ${told.length - 1} more)` : '';
  return new StatusError(
    500,
    STORE_READ_ERROR,
    `failed to read one or more ${formatGroupResource(resource)} from the storage: ${told[0]!.message}${more}`,
    { name: 'list', ...(resource.group !== '' && { group: resource.group }), kind: resource.resource, causes },
  );
}

/** The error that ends a watch which would have shown the change. */
export function unreadableChange({ type, object }: CorruptChange): StatusError {
  const fault = decodeFault(object);
  if (type !== 'DELETED') return internalError(fault);
  return new StatusError(500, STORE_READ_ERROR, `saw a DELETED event, but object data is corrupt - ${fault}`);
}
