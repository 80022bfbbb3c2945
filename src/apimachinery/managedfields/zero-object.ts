import { type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import type { Schema } from '../schema/schema.js';

const zeros = new WeakMap<Schema, JsonObject>();

/**
 * What a new, empty object of a type looks like: fields of Go structs that are printed even when empty are there, custom
 * resources are `{}`. A create is compared with it, which decides whether a struct itself belongs to its creator. Shared;
 * never change it.
 */
export function zeroObject(schema: Schema): JsonObject {
  let zero = zeros.get(schema);
  if (zero === undefined) {
    zero = zeroStruct(schema);
    zeros.set(schema, zero);
  }
  return zero;
}

function zeroStruct(schema: Schema): JsonObject {
  const out: JsonObject = {};
  for (const [name, field] of schema.properties ?? []) {
    if (field.codec === undefined || field.codec.omitEmpty) continue;
    setOwn(out, name, field.codec.pointer ? null : zeroValue(field));
  }
  return out;
}

function zeroValue(schema: Schema): JsonValue {
  if (schema.codec?.special === 'Quantity') return '0';
  if (schema.codec?.special === 'IntOrString') return 0;
  if (schema.codec?.special !== undefined) return null;
  if (schema.type === 'string') return '';
  if (schema.type === 'boolean') return false;
  if (schema.type === 'integer' || schema.type === 'number') return 0;
  return schema.type === 'object' && schema.properties !== undefined ? zeroStruct(schema) : null;
}
