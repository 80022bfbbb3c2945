import type { JsonValue } from '../meta/json.js';

/** A decoded JSON value as Go's `%v` prints it: `map[a:1 b:[x y]]`, keys sorted. Error texts of patches carry it. */
export function formatGoValue(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(formatGoValue).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((name) => `${name}:${formatGoValue(value[name] ?? null)}`).join(' ')}]`;
}

/** A decoded JSON value as Go's `%#v` prints it: `map[string]interface {}{"a":1}`. */
export function formatGoLiteral(value: JsonValue): string {
  if (value === null) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(formatGoLiteral).join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const fields = Object.keys(value).sort();
  const texts = fields.map((name) => `${JSON.stringify(name)}:${formatGoLiteral(value[name] ?? null)}`);
  return `map[string]interface {}{${texts.join(', ')}}`;
}
