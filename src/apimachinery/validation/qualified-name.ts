import type { JsonObject } from '../meta/json.js';
import { type FieldError, type FieldPath, fieldInvalid, fieldTooLong } from './field-error.js';
import { byteLength, checkDns1123Subdomain, EMPTY_TEXT, patternText, tooLongText } from './names.js';

/**
 * Keys and values of labels and annotations, and the other names that may carry a domain.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */

const KEY_FORMAT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const KEY = new RegExp(`^${KEY_FORMAT}$`);
const VALUE_FORMAT = `(${KEY_FORMAT})?`;
const VALUE = new RegExp(`^${VALUE_FORMAT}$`);
const NAME_BYTES_MAX = 63;
/** Keys and values of all annotations of one object together. */
export const ANNOTATIONS_BYTES_MAX = 256 * 1024;

const KEY_TEXT = patternText(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  KEY_FORMAT,
  'MyName',
  'my.name',
  '123-abc',
);
const VALUE_TEXT = patternText(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  VALUE_FORMAT,
  'MyValue',
  'my_value',
  '12345',
);

/** A key of a label: `name` or `domain/name`. Returns a text a broken rule. */
export function checkQualifiedName(value: string): string[] {
  const slash = value.indexOf('/');
  if (slash >= 0 && value.indexOf('/', slash + 1) >= 0) {
    return [`a valid label key ${KEY_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const faults: string[] = [];
  const prefix = value.slice(0, Math.max(slash, 0));
  const name = value.slice(slash + 1);
  if (slash === 0) faults.push(`prefix part ${EMPTY_TEXT}`);
  else if (slash > 0) faults.push(...checkDns1123Subdomain(prefix, tooLongText).map((text) => `prefix part ${text}`));
  if (name === '') faults.push(`name part ${EMPTY_TEXT}`);
  else if (byteLength(name) > NAME_BYTES_MAX) faults.push(`name part ${tooLongText(NAME_BYTES_MAX)}`);
  if (!KEY.test(name)) faults.push(`name part ${KEY_TEXT}`);
  return faults;
}

export function checkLabelValue(value: string): string[] {
  const faults: string[] = [];
  if (byteLength(value) > NAME_BYTES_MAX) faults.push(tooLongText(NAME_BYTES_MAX));
  if (!VALUE.test(value)) faults.push(VALUE_TEXT);
  return faults;
}

export function validateQualifiedName(value: string, at: FieldPath, errors: FieldError[]): void {
  for (const text of checkQualifiedName(value)) errors.push(fieldInvalid(at, value, text));
}

export function validateLabels(labels: JsonObject | undefined, at: FieldPath, errors: FieldError[]): void {
  if (labels === undefined) return;
  for (const key of Object.keys(labels)) {
    validateQualifiedName(key, at, errors);
    const value = String(labels[key] ?? '');
    for (const text of checkLabelValue(value)) errors.push(fieldInvalid(at, value, text));
  }
}

export function validateAnnotations(annotations: JsonObject | undefined, at: FieldPath, errors: FieldError[]): void {
  if (annotations === undefined) return;
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    for (const text of checkQualifiedName(key.toLowerCase())) errors.push(fieldInvalid(at, key, text));
    bytes += byteLength(key) + byteLength(String(annotations[key] ?? ''));
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.push(fieldTooLong(at, ANNOTATIONS_BYTES_MAX));
}
