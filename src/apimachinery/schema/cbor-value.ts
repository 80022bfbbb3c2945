import { Tagged } from 'cborg';
import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { BASE64_TAG } from '../runtime/cbor.js';
import type { Schema } from './schema.js';

/** Whether some value by the schema may hold bytes. */
const holdsBytes = new WeakMap<Schema, boolean>();

function mayHoldBytes(schema: Schema): boolean {
  const known = holdsBytes.get(schema);
  if (known !== undefined) return known;
  // A type that holds itself asks again: that alone brings no bytes.
  holdsBytes.set(schema, false);
  const inner = schema.additionalProperties;
  const found =
    schema.codec?.special === 'bytes' ||
    (schema.items !== undefined && mayHoldBytes(schema.items)) ||
    (typeof inner === 'object' && mayHoldBytes(inner)) ||
    [...(schema.properties?.values() ?? [])].some(mayHoldBytes);
  holdsBytes.set(schema, found);
  return found;
}

/**
 * A value as CBOR has it: what JSON shows as base64 are bytes, with a tag that says how they are shown. Everything else is as
 * it is.
 */
export function cborValue(schema: Schema, value: JsonValue): JsonValue | object {
  if (value === null || !mayHoldBytes(schema)) return value;
  if (schema.codec?.special === 'bytes') {
    return typeof value === 'string' ? new Tagged(BASE64_TAG, Buffer.from(value, 'base64')) : value;
  }
  if (Array.isArray(value)) return value.map((item) => (schema.items ? cborValue(schema.items, item) : item));
  return isJsonObject(value) ? objectValue(schema, value) : value;
}

function objectValue(schema: Schema, object: JsonObject): object {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => {
      const inner = schema.properties?.get(name) ?? schema.additionalProperties;
      return [name, typeof inner === 'object' && value !== undefined ? cborValue(inner, value) : value];
    }),
  );
}
