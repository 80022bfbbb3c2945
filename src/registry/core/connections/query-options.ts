import { badRequest } from '../../../apimachinery/errors/status-error.js';
import type { JsonObject, JsonValue } from '../../../apimachinery/meta/json.js';
import type { KubeObject } from '../../../apimachinery/meta/object.js';
import { parseTime, TimeError } from '../../../apimachinery/runtime/time.js';
import { goQuote } from '../../../apimachinery/validation/field-error.js';

/**
 * Options of connections travel in the query. Reading them follows Go's conversions, whose errors clients see.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/runtime/conversion.go (behaviour)
 */

const INT64_MAX = 2n ** 63n - 1n;
const PORT_MAX = 65_535;

/** Whatever is given is true, but `0` and `false`. */
export function booleanOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

/** Undefined where it is not given. @throws StatusError BadRequest */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[-+]?[0-9]+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
  const value = BigInt(text);
  if (value > INT64_MAX || value < -INT64_MAX - 1n) {
    throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: value out of range`);
  }
  return Number(value);
}

/** Given several times, or with commas. @throws StatusError BadRequest */
export function portsOf(query: URLSearchParams, name: string): number[] {
  const texts = query.getAll(name).flatMap((value) => value.split(','));
  return texts.map((text) => {
    const fault = !/^[0-9]+$/.test(text) ? 'invalid syntax' : Number(text) > PORT_MAX ? 'value out of range' : '';
    if (fault !== '') {
      throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${goQuote(text)}: ${fault}`);
    }
    return Number(text);
  });
}

/** RFC 3339, in whole seconds. @throws StatusError BadRequest */
export function timeOf(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  if (text === null || text === '' || text === 'null') return undefined;
  try {
    parseTime(text);
  } catch (error) {
    throw error instanceof TimeError ? badRequest(error.message) : error;
  }
  return text.replace(/[.,]\d+/, '');
}

/** An object of an options kind, without what is undefined, false or ''. */
export function optionsObject(kind: string, fields: Readonly<Record<string, JsonValue | undefined>>): KubeObject {
  const object: JsonObject = { apiVersion: 'v1', kind };
  for (const [name, value] of Object.entries(fields)) {
    const empty = Array.isArray(value) && value.length === 0;
    if (value !== undefined && value !== false && value !== '' && !empty) object[name] = value;
  }
  return object as KubeObject;
}
