import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../meta/json.js';
import type { FieldCodec, Schema } from './schema.js';
import { unstructuredFault, withWrappedIntegers } from './unstructured-fault.js';

const codec = (goType: string, special?: FieldCodec['special']): FieldCodec => ({
  goType,
  pointer: false,
  omitEmpty: true,
  ...(special && { special }),
});
const struct = (fields: Record<string, Schema>): Schema => ({
  type: 'object',
  properties: new Map(Object.entries(fields)),
});
const schema = struct({
  text: { type: 'string', codec: codec('v1.Protocol') },
  on: { type: 'boolean', codec: codec('bool') },
  small: { type: 'integer', format: 'int32', codec: codec('int32') },
  big: { type: 'integer', format: 'int64', codec: codec('int64') },
  real: { type: 'number', codec: codec('float64') },
  list: { type: 'array', items: struct({ on: { type: 'boolean', codec: codec('bool') } }) },
  map: { type: 'object', additionalProperties: { type: 'string', codec: codec('string') } },
  bytes: { type: 'string', format: 'byte', codec: codec('[]uint8', 'bytes') },
  time: { type: 'string', format: 'date-time', codec: codec('v1.Time', 'Time') },
  port: { codec: codec('intstr.IntOrString', 'IntOrString') },
  raw: { type: 'object', codec: codec('runtime.RawExtension', 'RawExtension') },
});

describe('unstructuredFault', () => {
  it.each<[JsonValue, string]>([
    [[], 'cannot restore struct from: slice'],
    [{ text: 5 }, 'cannot convert int64 to v1.Protocol'],
    [{ text: 1.5 }, 'unrecognized type: string'],
    [{ text: true }, 'unrecognized type: string'],
    [{ text: {} }, 'unrecognized type: string'],
    [{ on: 'x' }, 'unrecognized type: bool'],
    [{ small: 'x' }, 'unrecognized type: int32'],
    [{ big: 1.5 }, 'cannot convert float64 to int64'],
    [{ real: 'x' }, 'unrecognized type: float64'],
    [{ list: {} }, 'cannot restore slice from map'],
    [{ list: [{ on: 1 }] }, 'unrecognized type: bool'],
    [{ map: [] }, 'cannot restore map from slice'],
    [{ map: { a: 1 } }, 'cannot convert int64 to string'],
    [{ bytes: 1 }, 'cannot restore slice from int64'],
    [{ bytes: '!' }, 'error decoding from json: illegal base64 data at input byte 0'],
    [{ time: 5 }, 'json: cannot unmarshal number into Go value of type string'],
    [{ port: true }, 'json: cannot unmarshal bool into Go value of type int32'],
    [{ port: true, text: 5 }, 'cannot convert int64 to v1.Protocol'],
  ])('says of %j: %s', (value, fault) => {
    expect(unstructuredFault(schema, value)).toBe(fault);
  });

  it('takes null everywhere, unknown fields, and numbers that lose nothing', () => {
    const nulls = Object.fromEntries([...schema.properties!.keys()].map((name) => [name, null]));
    expect(unstructuredFault(schema, nulls)).toBeUndefined();
    expect(
      unstructuredFault(schema, { other: 1, raw: [1], real: 2, big: 12n, small: 3, list: [null] }),
    ).toBeUndefined();
  });
});

describe('withWrappedIntegers', () => {
  it.each<[JsonValue, JsonValue]>([
    [{ small: 2 ** 31 }, { small: -(2 ** 31) }],
    [
      { small: 2 ** 32 + 3, text: 'x' },
      { small: 3, text: 'x' },
    ],
    [
      { small: 2 ** 70, big: 2 ** 70 },
      { small: 0, big: -(2n ** 63n) },
    ],
    [
      { big: 2n ** 60n, small: 7 },
      { big: 2n ** 60n, small: 7 },
    ],
    [
      { unknown: 2 ** 40, port: 2 ** 40 },
      { unknown: 2 ** 40, port: 2 ** 40 },
    ],
  ])('%o', (value, cut) => {
    expect(withWrappedIntegers(schema, value)).toEqual(cut);
  });
});
