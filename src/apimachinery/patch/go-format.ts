import type { JsonValue } from '../meta/json.js';
import { formatGoFloat } from '../runtime/go-float.js';

/** A decoded JSON value as Go's `%v` prints it: `map[a:1 b:[x y]]`, keys sorted. Error texts of patches carry it. */
export function formatGoValue(value: JsonValue): string {
  return formatWith(value, (scalar) => (scalar === null ? '<nil>' : formatScalar(scalar)));
}

/** The same as `%s` prints it: `%!s(int64=7)` for what is no text. */
export function formatGoString(value: JsonValue): string {
  return formatWith(value, (scalar) => {
    if (typeof scalar === 'string') return scalar;
    return scalar === null ? '%!s(<nil>)' : `%!s(${goTypeName(scalar)}=${formatScalar(scalar)})`;
  });
}

/** A decoded JSON value as Go's `%#v` prints it: `map[string]interface {}{"a":1}`. */
export function formatGoLiteral(value: JsonValue): string {
  if (value === null) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(formatGoLiteral).join(', ')}}`;
  if (typeof value !== 'object') return formatScalar(value);
  const fields = Object.keys(value).sort();
  const texts = fields.map((name) => `${JSON.stringify(name)}:${formatGoLiteral(value[name] ?? null)}`);
  return `map[string]interface {}{${texts.join(', ')}}`;
}

/** Go type of a decoded JSON value, as `%s` prints a reflect.Type. */
export function goTypeName(value: JsonValue): string {
  if (value === null) return '%!s(<nil>)';
  const kind = goKindOf(value);
  if (kind === 'slice') return '[]interface {}';
  return kind === 'map' ? 'map[string]interface {}' : kind;
}

/** Kind of a decoded JSON value that is not null, as Go's reflection names it. @see https://pkg.go.dev/reflect#Kind */
export function goKindOf(value: JsonValue): string {
  if (Array.isArray(value)) return 'slice';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int64';
    case 'number':
      return Number.isSafeInteger(value) ? 'int64' : 'float64';
    default:
      return 'map';
  }
}

type Scalar = string | number | bigint | boolean | null;

function formatWith(value: JsonValue, scalar: (value: Scalar) => string): string {
  if (Array.isArray(value)) return `[${value.map((item) => formatWith(item, scalar)).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return scalar(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((name) => `${name}:${formatWith(value[name] ?? null, scalar)}`).join(' ')}]`;
}

function formatScalar(value: NonNullable<Scalar>): string {
  return typeof value === 'number' && !Number.isInteger(value) ? formatGoFloat(value) : String(value);
}
