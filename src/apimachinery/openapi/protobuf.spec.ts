import { Reader } from 'protobufjs/minimal.js';
import { expect, it } from 'vitest';
import { encodeOpenApiProtobuf } from './protobuf.js';

/** Fields of a message: [number, content]; length-delimited ones as bytes. */
function fields(bytes: Uint8Array): [number, Uint8Array | number][] {
  const reader = Reader.create(bytes);
  const found: [number, Uint8Array | number][] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    found.push([tag >>> 3, (tag & 7) === 2 ? reader.bytes() : (tag & 7) === 1 ? reader.double() : reader.uint32()]);
  }
  return found;
}

/** Follows field numbers down; the first field of each number. */
function at(bytes: Uint8Array, ...path: number[]): Uint8Array {
  return path.reduce((inner, number) => {
    const found = fields(inner).find(([n]) => n === number)?.[1];
    if (!(found instanceof Uint8Array)) throw new Error(`no field ${number}`);
    return found;
  }, bytes);
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

it('writes v2 documents by the numbers of gnostic', () => {
  const bytes = encodeOpenApiProtobuf(
    {
      swagger: '2.0',
      paths: {
        '/a': { get: { operationId: 'readA', responses: { 200: { description: 'OK', schema: { $ref: '#/d' } } } } },
      },
      definitions: { D: { type: 'object', properties: { p: { type: 'string' } }, 'x-kubernetes-map-type': 'atomic' } },
    },
    'v2',
  );
  expect(text(at(bytes, 1))).toBe('2.0');
  expect(text(at(bytes, 8, 2, 1))).toBe('/a');
  expect(text(at(bytes, 8, 2, 2, 2, 5))).toBe('readA');
  expect(text(at(bytes, 8, 2, 2, 2, 9, 1, 2, 1, 2, 1, 1))).toBe('#/d');
  expect(text(at(bytes, 9, 1, 1))).toBe('D');
  expect(text(at(bytes, 9, 1, 2, 22, 1))).toBe('object');
  expect(text(at(bytes, 9, 1, 2, 25, 1, 1))).toBe('p');
  expect(text(at(bytes, 9, 1, 2, 31, 1))).toBe('x-kubernetes-map-type');
  expect(text(at(bytes, 9, 1, 2, 31, 2, 2))).toBe('"atomic"\n');
});

it('writes v3 documents with references apart from schemas', () => {
  const bytes = encodeOpenApiProtobuf(
    {
      openapi: '3.0.0',
      components: {
        schemas: {
          A: { properties: { b: { allOf: [{ $ref: '#/b' }], default: {} }, c: { default: 7 }, d: { default: false } } },
        },
      },
    },
    'v3',
  );
  const properties = at(bytes, 5, 1, 1, 2, 1, 31);
  const [b, c, d] = fields(properties).map(([, property]) => property as Uint8Array);
  expect(text(at(b!, 2, 1, 26, 2, 1))).toBe('#/b');
  expect(at(b!, 2, 1, 33)).toHaveLength(0);
  expect(fields(at(c!, 2, 1, 33))).toEqual([[1, 7]]);
  expect(fields(at(d!, 2, 1, 33))).toEqual([[2, 0]]);
});
