import { identifierFaults } from '../../apimachinery/validation/declared-formats.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateCsiDriverName } from '../core/volume-sources.js';

/** Names around devices. @see https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */

const POOL_BYTES_MAX = 253;

/** Subdomains parted by slashes. */
export function validatePoolName(name: string | undefined, at: FieldPath, errors: Errors): void {
  if (!name) {
    errors.push(fieldRequired(at));
    return;
  }
  if (byteLength(name) > POOL_BYTES_MAX) errors.push(fieldTooLong(at, POOL_BYTES_MAX));
  for (const part of name.split('/')) validateChecked(part, checkDns1123Subdomain, at, errors);
}

/** `memory` or `domain/memory`: an attribute or capacity of a device. */
export function validateQualifiedIdentifier(name: string, at: FieldPath, errors: Errors): void {
  const [domain = '', id, ...more] = name.split('/');
  if (id === undefined) {
    errors.push(...identifierFaults(domain, at));
  } else if (more.length > 0) {
    errors.push(fieldInvalid(at, name, 'must not contain more than one slash'));
  } else {
    if (domain === '') errors.push(fieldInvalid(at, '', 'the domain must not be empty'));
    else validateCsiDriverName(domain, at, errors);
    if (id === '') errors.push(fieldInvalid(at, '', 'the name must not be empty'));
    else errors.push(...identifierFaults(id, at));
  }
}

/** Runs `each` over a list unless it is too long, which is one fault. */
export function validateList<T>(
  list: readonly T[] | null | undefined,
  max: number,
  at: FieldPath,
  errors: Errors,
  each: (item: T, at: FieldPath) => void,
): void {
  const items = list ?? [];
  if (items.length > max) {
    errors.push(fieldTooMany(at, items.length, max));
    return;
  }
  for (const [i, item] of items.entries()) each(item, at.index(i));
}
