import { type DeclaredRule, format } from './declared-rules.js';
import { type FieldError, type FieldPath, fieldInvalid, fieldTooLong } from './field-error.js';
import { byteLength, checkDns1123Label, checkDns1123Subdomain, patternText } from './names.js';
import { checkQualifiedName } from './qualified-name.js';

/**
 * The named formats of rules that stand in types. Their texts count bytes where those of hand-written rules count characters.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/api/validate/strfmt.go (behaviour)
 */

const inBytes = (texts: readonly string[]): string[] => texts.map((text) => text.replace(/ characters$/, ' bytes'));

const checkLongName = (value: string): string[] => inBytes(checkDns1123Subdomain(value));

/** A subdomain in any case, as driver names are. */
const checkLongNameCaseless = (value: string): string[] =>
  checkLongName(value.toLowerCase()).map((text) =>
    text
      .replace('a lowercase RFC 1123 subdomain must consist of lower case', 'an RFC 1123 subdomain must consist of')
      .replace("'example.com'", "'Example.com'"),
  );

export const shortName = format((value) => inBytes(checkDns1123Label(value)));
export const longName = format(checkLongName);
export const longNameCaseless = format(checkLongNameCaseless);
export const labelKey = format(checkQualifiedName);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const uuid = format((value) => (UUID.test(value) ? [] : ['must be a lowercase UUID in 8-4-4-4-12 format']));

const text =
  (check: (value: string, at: FieldPath) => readonly FieldError[]): DeclaredRule =>
  (value, _old, at) =>
    typeof value === 'string' ? check(value, at) : [];

const POOL_BYTES_MAX = 253;

/** Subdomains parted by slashes. */
export const resourcePoolName = text((value, at) => {
  const errors = byteLength(value) > POOL_BYTES_MAX ? [fieldTooLong(at, POOL_BYTES_MAX)] : [];
  for (const [i, part] of value.split('/').entries()) {
    if (part === '') errors.push(fieldInvalid(at, value, `segment ${i}: must not be empty`));
    else for (const fault of checkLongName(part)) errors.push(fieldInvalid(at, part, `segment ${i}: ${fault}`));
  }
  return errors;
});

const QUOTA_PREFIX = 'requests.';
const OWN_DOMAIN = 'kubernetes.io/';

/** `example.com/gpu`: a name under which pods may ask for devices as for any extended resource. */
export const extendedResourceName = text((value, at) => {
  const faults: string[] = [];
  if (!value.includes('/')) faults.push("a name must be a domain-prefixed path, such as 'example.com/my-prop'");
  else if (value.includes(OWN_DOMAIN)) faults.push(`must not have "${OWN_DOMAIN}" domain`);
  if (value.startsWith(QUOTA_PREFIX)) faults.push(`must not have "${QUOTA_PREFIX}" prefix`);
  faults.push(...checkQualifiedName(QUOTA_PREFIX + value));
  return faults.map((fault) => fieldInvalid(at, value, fault));
});

const DOMAIN_BYTES_MAX = 63;
const IDENTIFIER_BYTES_MAX = 32;
const IDENTIFIER_FORMAT = '[A-Za-z_][A-Za-z0-9_]*';
const IDENTIFIER = new RegExp(`^${IDENTIFIER_FORMAT}$`);
const IDENTIFIER_TEXT = patternText(
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  IDENTIFIER_FORMAT,
  'my_name',
  'MY_NAME',
  'MyName',
);

/** A name as in C, of a length that attributes and capacities of devices keep to. */
export function identifierFaults(id: string, at: FieldPath): FieldError[] {
  const errors = byteLength(id) > IDENTIFIER_BYTES_MAX ? [fieldTooLong(at, IDENTIFIER_BYTES_MAX)] : [];
  if (!IDENTIFIER.test(id)) errors.push(fieldInvalid(at, id, IDENTIFIER_TEXT));
  return errors;
}

/** `domain/name`: an attribute of a device. */
export const fullyQualifiedName = text((value, at) => {
  const [domain = '', id, ...more] = value.split('/');
  if (id === undefined) {
    const missing = 'a fully qualified name must be a domain and a name separated by a slash';
    return [...identifierFaults(domain, at), fieldInvalid(at, value, missing)];
  }
  return more.length > 0 ? [] : [...domainFaults(domain, at), ...localFaults(id, at)];
});

function domainFaults(domain: string, at: FieldPath): FieldError[] {
  if (domain === '') return [fieldInvalid(at, '', 'prefix must not be empty')];
  const errors = byteLength(domain) > DOMAIN_BYTES_MAX ? [fieldTooLong(at, DOMAIN_BYTES_MAX)] : [];
  for (const fault of checkLongName(domain)) errors.push(fieldInvalid(at, domain, `prefix: ${fault}`));
  return errors;
}

const localFaults = (id: string, at: FieldPath): FieldError[] =>
  id === '' ? [fieldInvalid(at, '', 'name must not be empty')] : identifierFaults(id, at);
