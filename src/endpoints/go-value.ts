import type { JsonValue } from '../apimachinery/meta/json.js';

/** A value as Go's %v prints a decoded JSON document: `map[a:1 b:[x y]]`. Patches that are refused are shown so. */
export function goValue(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (typeof value === 'object') {
    const fields = Object.keys(value).sort();
    return `map[${fields.map((name) => `${name}:${goValue(value[name]!)}`).join(' ')}]`;
  }
  return String(value);
}
