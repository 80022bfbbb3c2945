import type { JsonValue } from '../meta/json.js';
import {
  type FieldError,
  type FieldPath,
  fieldInvalid,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
} from './field-error.js';
import { patternText, rangeText } from './names.js';

/** Checks of single values that many kinds share. They add to `errors`; absent values count as zero. */

export type Errors = FieldError[];

export const NON_NEGATIVE_TEXT = 'must be greater than or equal to 0';
export const POSITIVE_TEXT = 'must be greater than zero';

export function validateNonNegative(value: number | undefined, at: FieldPath, errors: Errors): void {
  if (value !== undefined && value < 0) errors.push(fieldInvalid(at, value, NON_NEGATIVE_TEXT));
}

export function validatePositive(value: number | undefined, at: FieldPath, errors: Errors): void {
  if ((value ?? 0) <= 0) errors.push(fieldInvalid(at, value ?? 0, POSITIVE_TEXT));
}

export function validateInRange(value: number, low: number, high: number, at: FieldPath, errors: Errors): void {
  if (value < low || value > high) errors.push(fieldInvalid(at, value, rangeText(low, high)));
}

export const checkPortNumber = (port: number): string[] => (port >= 1 && port <= 65535 ? [] : [rangeText(1, 65535)]);

export function validateChecked(
  value: string,
  check: (value: string) => string[],
  at: FieldPath,
  errors: Errors,
): void {
  for (const text of check(value)) errors.push(fieldInvalid(at, value, text));
}

/** A required value out of a fixed set. `required` false: the empty text passes. */
export function validateEnum(
  value: string | undefined,
  supported: readonly string[],
  at: FieldPath,
  errors: Errors,
  required = true,
): void {
  if (value === undefined || value === '') {
    if (required) errors.push(fieldRequired(at));
  } else if (!supported.includes(value)) {
    errors.push(fieldNotSupported(at, value, supported));
  }
}

/** As {@link validateEnum}, with the values told in the order given: some rules of upstream do not sort theirs. */
export function validateListed(
  value: string | undefined,
  supported: readonly string[],
  at: FieldPath,
  errors: Errors,
): void {
  if (!value) errors.push(fieldRequired(at));
  else if (!supported.includes(value)) errors.push(fieldNotSupportedAsListed(at, value, supported));
}

/** IANA service name of a port: the name of a container's or service's port. */
export function checkPortName(name: string): string[] {
  const faults: string[] = [];
  if (name.length > 15) faults.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(name)) {
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) faults.push('must contain at least one letter (a-z)');
  if (name.includes('--')) faults.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}

/** A port given by number or by name. */
export function validatePortNumOrName(port: JsonValue | undefined, at: FieldPath, errors: Errors): void {
  if (typeof port === 'string') {
    for (const text of checkPortName(port)) errors.push(fieldInvalid(at, port, text));
  } else {
    for (const text of checkPortNumber(Number(port ?? 0))) errors.push(fieldInvalid(at, port ?? 0, text));
  }
}

const PERCENT = /^[0-9]+%$/;
const PERCENT_TEXT = patternText(
  "a valid percent string must be a numeric string followed by an ending '%'",
  '[0-9]+%',
  '1%',
  '93%',
);

export const isPercent = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && PERCENT.test(value);

/** A count or a percentage, not negative. */
export function validateIntOrPercent(value: JsonValue | undefined, at: FieldPath, errors: Errors): void {
  if (typeof value === 'string') {
    if (!PERCENT.test(value)) errors.push(fieldInvalid(at, value, PERCENT_TEXT));
  } else {
    validateNonNegative(Number(value ?? 0), at, errors);
  }
}

export function validatePercentAtMost100(value: JsonValue | undefined, at: FieldPath, errors: Errors): void {
  if (isPercent(value) && Number(value.slice(0, -1)) > 100)
    errors.push(fieldInvalid(at, value, 'must not be greater than 100%'));
}

/** The count of an int-or-percent, a percentage as its bare number: what cross-field rules compare with zero. */
export function intOrPercentValue(value: JsonValue | undefined): number {
  return isPercent(value) ? Number(value.slice(0, -1)) : typeof value === 'number' ? value : 0;
}

const CONFIG_KEY_FORMAT = '[-._a-zA-Z0-9]+';
const CONFIG_KEY = new RegExp(`^${CONFIG_KEY_FORMAT}$`);

/** A key of a config map or secret. */
export function checkConfigMapKey(value: string): string[] {
  const faults: string[] = [];
  if (value.length > 253) faults.push('must be no more than 253 characters');
  if (!CONFIG_KEY.test(value)) {
    faults.push(
      patternText(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY_FORMAT,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (value === '.') faults.push("must not be '.'");
  else if (value === '..') faults.push("must not be '..'");
  else if (value.startsWith('..')) faults.push("must not start with '..'");
  return faults;
}
