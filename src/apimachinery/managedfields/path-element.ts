import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import { formatGoFloat } from '../runtime/go-float.js';
import { encodeGoJson, encodeJson, parseJson } from '../runtime/json.js';
import { goQuote } from '../validation/field-error.js';
import { EMPTY_SET, type FieldSet, LEAF, type MutableFieldSet } from './field-set.js';

/** `f:name`: a field of an object or a key of a map. */
export const fieldElement = (name: string): string => `f:${name}`;
/** `v:"x"`: an item of a set. */
export const valueElement = (value: JsonValue): string => `v:${encodeGoJson(value)}`;

/** `k:{"name":"a","port":80}`: an item of a list map; `names` are the list's keys in order of name. */
export function keyElement(names: readonly string[], values: readonly JsonValue[]): string {
  let text = 'k:{';
  for (let i = 0; i < names.length; i++) {
    text += `${i === 0 ? '' : ','}${JSON.stringify(names[i])}:${encodeGoJson(values[i]!)}`;
  }
  return `${text}}`;
}

/** One element as paths in messages have it: `.name`, `[name="a",port=80]`, `[="x"]`, `[0]`. */
export function formatElement(element: string): string {
  const text = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${text}`;
    case 'k': {
      const key = parseJson(text) as JsonObject;
      return `[${Object.keys(key)
        .map((name) => `${name}=${formatValue(key[name]!)}`)
        .join(',')}]`;
    }
    case 'v':
      return `[=${formatValue(parseJson(text))}]`;
    default:
      return `[${text}]`;
  }
}

/** A value as paths in messages have it: text is quoted as Go quotes it. */
function formatValue(value: JsonValue): string {
  if (typeof value === 'string') return goQuote(value);
  if (Array.isArray(value)) return `[${value.map(formatValue).join(',')}]`;
  if (typeof value === 'number' && !Number.isInteger(value)) return formatGoFloat(value);
  if (!isJsonObject(value)) return encodeJson(value);
  return Object.keys(value)
    .map((name) => `${name}=${formatValue(value[name] ?? null)}`)
    .join('');
}

export function formatFieldPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

/**
 * Reads FieldsV1 that a client wrote into the normal form that sets are compared in.
 * @returns undefined where it is malformed; elements of an unknown kind are passed over, as upstream does
 */
export function parseFieldSet(fields: JsonValue | undefined): FieldSet | undefined {
  if (fields === undefined || fields === null) return EMPTY_SET;
  if (!isJsonObject(fields)) return undefined;
  const out: MutableFieldSet = {};
  for (const raw of Object.keys(fields)) {
    if (raw === '.') {
      out['.'] = LEAF;
      continue;
    }
    const element = normalElement(raw);
    const child = parseFieldSet(fields[raw]);
    if (element === undefined || child === undefined) return undefined;
    if (element !== '') out[element] = child;
  }
  return out;
}

function normalElement(raw: string): string | undefined {
  if (raw.length < 2 || raw[1] !== ':') return undefined;
  const text = raw.slice(2);
  if (raw[0] === 'f') return raw;
  if (raw[0] === 'i') return /^-?[0-9]+$/.test(text) ? `i:${Number(text)}` : undefined;
  if (raw[0] !== 'k' && raw[0] !== 'v') return '';
  try {
    const value = JSON.parse(text) as JsonValue;
    if (raw[0] === 'v') return valueElement(value);
    if (!isJsonObject(value)) return undefined;
    const sorted: JsonObject = {};
    for (const name of Object.keys(value).sort()) setOwn(sorted, name, value[name]!);
    return `k:${encodeGoJson(sorted)}`;
  } catch {
    return undefined;
  }
}
