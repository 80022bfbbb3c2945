import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../meta/json.js';
import { compileCrdSchema } from '../../schema/compile-crd.js';
import { schemaValue } from './schema-value.js';

const made = (schema: JsonObject, value: JsonValue) => schemaValue(compileCrdSchema(schema), value);

describe('schemaValue', () => {
  it.each<[JsonObject, JsonValue, string]>([
    [{ type: 'string' }, [], 'expected string, got []interface {}'],
    [{ type: 'string' }, { a: 1 }, 'expected string, got map[string]interface {}'],
    [{ type: 'string' }, 1, 'expected string, got int64'],
    [{ type: 'integer' }, 1.5, 'expected int, got float64'],
    [{ type: 'number' }, 'x', 'expected float, got string'],
    [{ type: 'boolean' }, 'x', 'expected bool, got string'],
    [{ type: 'object' }, [], 'expected a map for the provided schema with type=object'],
    [{ type: 'array', items: { type: 'string' } }, {}, 'expected an array for the provided schema with type=array'],
    [{ type: 'string' }, null, 'got null for schema with nullable=false'],
  ])('tells %j that %j is not of it', (schema, value, fault) => {
    expect(() => made(schema, value)).toThrow(`invalid data, ${fault}`);
  });
});
