import type { JsonValue } from '../meta/json.js';
import { formatGoFloat } from '../runtime/go-float.js';
import { encodeGoJson } from '../runtime/json.js';

/** Where a value stands: `spec.ports[0].name`, `metadata.labels[a/b]` is written `metadata.labels` upstream; see `key`. */
export class FieldPath {
  private constructor(
    private readonly parent: FieldPath | undefined,
    private readonly segment: string | number,
    /** What stands around the segment: most paths are never told, so their text is not made beforehand. */
    private readonly form: 'name' | 'bracketed' = 'name',
  ) {}

  static root(...names: string[]): FieldPath {
    let path = new FieldPath(undefined, names[0] ?? '');
    for (const name of names.slice(1)) path = path.child(name);
    return path;
  }

  child(...names: string[]): FieldPath {
    let path: FieldPath = this;
    for (const name of names) path = new FieldPath(path, name);
    return path;
  }

  index(i: number): FieldPath {
    return new FieldPath(this, i, 'bracketed');
  }

  key(name: string): FieldPath {
    return new FieldPath(this, name, 'bracketed');
  }

  toString(): string {
    const before = this.parent?.toString() ?? '';
    if (this.form === 'bracketed') return `${before}[${this.segment}]`;
    return before === '' ? String(this.segment) : `${before}.${this.segment}`;
  }
}

/** @see https://pkg.go.dev/k8s.io/apimachinery/pkg/util/validation/field#ErrorType : reason of a cause and lead of its message. */
export const FIELD_ERROR_LEADS = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
} as const;

export type FieldErrorReason = keyof typeof FIELD_ERROR_LEADS;

/** One fault of an object: a cause of a 422 Status. */
export interface FieldError {
  readonly reason: FieldErrorReason;
  readonly field: string;
  /** Whole text after the field: `Invalid value: "x": must be ...`. */
  readonly message: string;
}

type At = FieldPath | string;

/** A number that is a double to Go even where it has no fraction: it prints `1e+06`. */
export class Float64 {
  constructor(readonly value: number) {}
}

export type BadValue = JsonValue | Float64 | undefined;

/** A bad value as upstream prints it: strings quoted, objects and lists as JSON, null as `null`, doubles as Go's `%v`. */
export function formatBadValue(value: BadValue): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return goQuote(value);
  if (value instanceof Float64) return formatGoFloat(value.value);
  // An integer that a double cannot hold exactly is a bigint: what is no safe integer is a double.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : formatGoFloat(value);
  return typeof value === 'object' ? encodeGoJson(value) : String(value);
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
  '\x07': '\\a',
};

/** A string as Go's %q prints it. @see https://pkg.go.dev/strconv#Quote */
export function goQuote(text: string): string {
  return `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  const known = GO_ESCAPES[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

function withValue(reason: FieldErrorReason, at: At, value: BadValue, detail: string): FieldError {
  const lead = `${FIELD_ERROR_LEADS[reason]}: ${formatBadValue(value)}`;
  return { reason, field: at.toString(), message: detail === '' ? lead : `${lead}: ${detail}` };
}

function withoutValue(reason: FieldErrorReason, at: At, detail: string): FieldError {
  const lead = FIELD_ERROR_LEADS[reason];
  return { reason, field: at.toString(), message: detail === '' ? lead : `${lead}: ${detail}` };
}

export const fieldNotFound = (at: At, value: JsonValue): FieldError => withValue('FieldValueNotFound', at, value, '');
export const fieldRequired = (at: At, detail = ''): FieldError => withoutValue('FieldValueRequired', at, detail);
export const fieldDuplicate = (at: At, value: BadValue): FieldError => withValue('FieldValueDuplicate', at, value, '');
export const fieldInvalid = (at: At, value: BadValue, detail: string): FieldError =>
  withValue('FieldValueInvalid', at, value, detail);
export const fieldTypeInvalid = (at: At, value: BadValue, detail: string): FieldError =>
  withValue('FieldValueTypeInvalid', at, value, detail);
export const fieldForbidden = (at: At, detail: string): FieldError => withoutValue('FieldValueForbidden', at, detail);
export const fieldInternal = (at: At, detail: string): FieldError => withoutValue('InternalError', at, detail);

/** `Unsupported value: "x": supported values: "a", "b"`; the values are listed in order of text, as upstream does. */
export function fieldNotSupported(at: At, value: JsonValue, supported: readonly string[]): FieldError {
  const detail = supported.length > 0 ? `supported values: ${[...supported].sort().map(goQuote).join(', ')}` : '';
  return withValue('FieldValueNotSupported', at, value, detail);
}

/** `unit` is what the limit counts. */
export function fieldTooLong(at: At, maxLength: number, unit: 'byte' | 'character' = 'byte'): FieldError {
  const detail =
    maxLength >= 0 ? `may not be more than ${maxLength} ${unit}${maxLength === 1 ? '' : 's'}` : 'value is too long';
  return withoutValue('FieldValueTooLong', at, detail);
}

export function fieldTooMany(at: At, actual: number, max: number): FieldError {
  const detail = max >= 0 ? `must have at most ${max} item${max === 1 ? '' : 's'}` : 'has too many items';
  return actual >= 0
    ? { reason: 'FieldValueTooMany', field: at.toString(), message: `Too many: ${actual}: ${detail}` }
    : withoutValue('FieldValueTooMany', at, detail);
}

/** As {@link fieldNotSupported}, with the values listed as given: some rules of upstream do not sort theirs. */
export function fieldNotSupportedAsListed(at: At, value: BadValue, supported: readonly string[]): FieldError {
  return withValue('FieldValueNotSupported', at, value, `supported values: ${supported.map(goQuote).join(', ')}`);
}
