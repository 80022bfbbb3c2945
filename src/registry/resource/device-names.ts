import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Subdomain, patternText } from '../../apimachinery/validation/names.js';
import { checkQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import { validateCsiDriverName } from '../core/volume-sources.js';
import { checkCaselessSubdomain } from '../generic/reference-checks.js';

/** Names around devices. @see https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */

const DOMAIN_BYTES_MAX = 63;
const IDENTIFIER_BYTES_MAX = 32;
const POOL_BYTES_MAX = 253;
const IDENTIFIER_FORMAT = '[A-Za-z_][A-Za-z0-9_]*';
const IDENTIFIER = new RegExp(`^${IDENTIFIER_FORMAT}$`);
const IDENTIFIER_TEXT = patternText(
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  IDENTIFIER_FORMAT,
  'my_name',
  'MY_NAME',
  'MyName',
);

/** A driver's name where the type itself carries the rule. */
export function validateDriverForm(driver: string | undefined, at: FieldPath, errors: Errors): void {
  if (!driver) {
    errors.push(fieldRequired(at));
    return;
  }
  if (byteLength(driver) > DOMAIN_BYTES_MAX) errors.push(fieldTooLong(at, DOMAIN_BYTES_MAX));
  validateChecked(driver, checkCaselessSubdomain, at, errors);
}

/** Subdomains parted by slashes. */
export function validatePoolName(name: string | undefined, at: FieldPath, errors: Errors): void {
  if (!name) {
    errors.push(fieldRequired(at));
    return;
  }
  if (byteLength(name) > POOL_BYTES_MAX) errors.push(fieldTooLong(at, POOL_BYTES_MAX));
  for (const part of name.split('/')) validateChecked(part, checkDns1123Subdomain, at, errors);
}

function validateIdentifier(id: string, at: FieldPath, errors: Errors): void {
  if (byteLength(id) > IDENTIFIER_BYTES_MAX) errors.push(fieldTooLong(at, IDENTIFIER_BYTES_MAX));
  if (!IDENTIFIER.test(id)) errors.push(fieldInvalid(at, id, IDENTIFIER_TEXT));
}

/** `memory` or `domain/memory`: an attribute or capacity of a device. */
export function validateQualifiedIdentifier(name: string, at: FieldPath, errors: Errors): void {
  const [domain = '', id, ...more] = name.split('/');
  if (id === undefined) {
    validateIdentifier(domain, at, errors);
  } else if (more.length > 0) {
    errors.push(fieldInvalid(at, name, 'must not contain more than one slash'));
  } else {
    if (domain === '') errors.push(fieldInvalid(at, '', 'the domain must not be empty'));
    else validateCsiDriverName(domain, at, errors);
    if (id === '') errors.push(fieldInvalid(at, '', 'the name must not be empty'));
    else validateIdentifier(id, at, errors);
  }
}

/** The same where the domain has to be there. */
export function validateFullyQualified(name: string, at: FieldPath, errors: Errors): void {
  validateQualifiedIdentifier(name, at, errors);
  if (!name.includes('/')) {
    errors.push(fieldInvalid(at, name, 'a fully qualified name must be a domain and a name separated by a slash'));
  }
}

/** The name under which pods may ask for devices of a class as for any extended resource. */
export function validateExtendedResource(name: string, at: FieldPath, errors: Errors): void {
  if (!name.includes('/')) {
    errors.push(fieldInvalid(at, name, "a name must be a domain-prefixed path, such as 'example.com/my-prop'"));
  } else if (name.includes('kubernetes.io/')) {
    errors.push(fieldInvalid(at, name, 'must not have "kubernetes.io/" prefix'));
  }
  if (name.startsWith('requests.')) errors.push(fieldInvalid(at, name, 'must not have "requests." prefix'));
  for (const text of checkQualifiedName(`requests.${name}`)) errors.push(fieldInvalid(at, name, text));
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
