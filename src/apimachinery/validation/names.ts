/**
 * The syntax of names, with the texts clients are shown. Each check returns one text a broken rule, in upstream's order.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */

/** Checks a name; `prefix` when more will be appended to it (generateName). */
export type NameRule = (name: string, prefix: boolean) => string[];

const LABEL_FORMAT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_FORMAT = `${LABEL_FORMAT}(\\.${LABEL_FORMAT})*`;
const LABEL_1035_FORMAT = '[a-z]([-a-z0-9]*[a-z0-9])?';
const LABEL = new RegExp(`^${LABEL_FORMAT}$`);
const SUBDOMAIN = new RegExp(`^${SUBDOMAIN_FORMAT}$`);
const LABEL_1035 = new RegExp(`^${LABEL_1035_FORMAT}$`);

export const DNS_LABEL_BYTES_MAX = 63;
export const DNS_SUBDOMAIN_BYTES_MAX = 253;

/** The text of a broken pattern: what it must be, examples, and the pattern. */
export function patternText(rule: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${format}')`;
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${format}')`;
}

export const tooLongText = (max: number): string => `must be no more than ${max} bytes`;
/** DNS names are ASCII: their texts count characters. */
const tooLongNameText = (max: number): string => `must be no more than ${max} characters`;
export const EMPTY_TEXT = 'must be non-empty';

export function rangeText(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

const LABEL_TEXT = patternText(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL_FORMAT,
  'my-name',
  '123-abc',
);
const SUBDOMAIN_TEXT = patternText(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN_FORMAT,
  'example.com',
);
const LABEL_1035_TEXT = patternText(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  LABEL_1035_FORMAT,
  'my-name',
  'abc-123',
);

/** Length in UTF-8, as Go counts it. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

export function checkDns1123Label(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > DNS_LABEL_BYTES_MAX) faults.push(tooLongNameText(DNS_LABEL_BYTES_MAX));
  if (!LABEL.test(value)) faults.push(SUBDOMAIN.test(value) ? 'must not contain dots' : LABEL_TEXT);
  return faults;
}

export function checkDns1123Subdomain(value: string, lengthText = tooLongNameText): string[] {
  const faults: string[] = [];
  if (byteLength(value) > DNS_SUBDOMAIN_BYTES_MAX) faults.push(lengthText(DNS_SUBDOMAIN_BYTES_MAX));
  if (!SUBDOMAIN.test(value)) faults.push(SUBDOMAIN_TEXT);
  return faults;
}

export function checkDns1035Label(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > DNS_LABEL_BYTES_MAX) faults.push(tooLongNameText(DNS_LABEL_BYTES_MAX));
  if (!LABEL_1035.test(value)) faults.push(LABEL_1035_TEXT);
  return faults;
}

const WILDCARD_FORMAT = `\\*\\.${SUBDOMAIN_FORMAT}`;
const WILDCARD = new RegExp(`^${WILDCARD_FORMAT}$`);

export function checkWildcardDns1123Subdomain(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > DNS_SUBDOMAIN_BYTES_MAX) faults.push(tooLongNameText(DNS_SUBDOMAIN_BYTES_MAX));
  if (!WILDCARD.test(value)) {
    faults.push(
      patternText(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD_FORMAT,
        '*.example.com',
      ),
    );
  }
  return faults;
}

const SEARCH_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SEARCH_FORMAT = `${SEARCH_LABEL}(\\.${SEARCH_LABEL})*`;
const SEARCH = new RegExp(`^${SEARCH_FORMAT}$`);

/** A DNS search path: a subdomain that may have underscores. */
export function checkDnsSearchPath(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > DNS_SUBDOMAIN_BYTES_MAX) faults.push(tooLongNameText(DNS_SUBDOMAIN_BYTES_MAX));
  if (!SEARCH.test(value)) {
    faults.push(
      patternText(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
        SEARCH_FORMAT,
        'example.com',
      ),
    );
  }
  return faults;
}

/** A prefix may end in a dash: judge it as if a letter came there. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

const named =
  (check: (value: string) => string[]): NameRule =>
  (name, prefix) =>
    check(prefix ? maskTrailingDash(name) : name);

export const dns1123Subdomain: NameRule = named(checkDns1123Subdomain);
export const dns1123Label: NameRule = named(checkDns1123Label);
export const dns1035Label: NameRule = named(checkDns1035Label);

/** Names of kinds that only have to survive in a URL path (RBAC). */
export const pathSegment: NameRule = (name, prefix) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%']
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`);
};
