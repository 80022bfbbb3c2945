import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { type FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { checkDns1123Subdomain, pathSegment } from '../../apimachinery/validation/names.js';
import type { CoreV1TypedLocalObjectReference } from '../../apis/types.gen.js';

/** Checks of names by which one object speaks of another. */

/** A value that has to fit into a URL path. `detail` is the text where it is missing. */
export function validatePathSegment(value: string | undefined, at: FieldPath, errors: Errors, detail = ''): void {
  if (!value) {
    errors.push(fieldRequired(at, detail));
    return;
  }
  validateChecked(value, (name) => pathSegment(name, false), at, errors);
}

export function validateTypedReference(
  reference: CoreV1TypedLocalObjectReference,
  at: FieldPath,
  errors: Errors,
): void {
  const { apiGroup, kind, name } = reference;
  if (typeof apiGroup === 'string') validateChecked(apiGroup, checkDns1123Subdomain, at.child('apiGroup'), errors);
  validatePathSegment(kind, at.child('kind'), errors);
  validatePathSegment(name, at.child('name'), errors);
}

const HTTP_PATH_FORMAT = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const HTTP_PATH = new RegExp(`^${HTTP_PATH_FORMAT}$`);

/** `example.com/name`: who controls a class of objects. */
export function validateDomainPrefixedPath(value: string | undefined, at: FieldPath, errors: Errors): void {
  if (!value) {
    errors.push(fieldRequired(at));
    return;
  }
  const slash = value.indexOf('/');
  const path = value.slice(slash + 1);
  if (slash <= 0 || path === '') {
    errors.push(fieldInvalid(at, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    return;
  }
  validateChecked(value.slice(0, slash), checkDns1123Subdomain, at, errors);
  if (!HTTP_PATH.test(path)) {
    errors.push(fieldInvalid(at, path, `Invalid path (regex used for validation is '${HTTP_PATH_FORMAT}')`));
  }
}
