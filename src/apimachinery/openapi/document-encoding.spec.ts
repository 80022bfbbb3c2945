import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../meta/json.js';
import { JsonDocumentEncoding, ProtobufDocumentEncoding } from './document-encoding.js';
import { encodeOpenApiProtobuf } from './protobuf.js';

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 6 });
const part = fc.record({ paths: names, models: names });

function objects(kept: Set<string>, given: readonly string[], value: JsonObject): JsonObject {
  const fresh = given.filter((name) => name !== '__proto__' && !kept.has(name));
  for (const name of fresh) kept.add(name);
  return Object.fromEntries(fresh.map((name) => [name, value]));
}

/** The same document in parts, and as one. */
function sample(parts: readonly { paths: string[]; models: string[] }[]) {
  const paths = new Set<string>();
  const models = new Set<string>();
  const made = parts.map((each) => ({
    paths: objects(paths, each.paths, { get: { operationId: 'read' } }),
    models: objects(models, each.models, { type: 'object' }),
  }));
  const merged = (key: 'paths' | 'models'): JsonObject => Object.assign({}, ...made.map((each) => each[key]));
  return { made, paths: merged('paths'), models: merged('models') };
}

const SECURITY = { scheme: { type: 'apiKey' } };

describe.each([
  ['v2', { swagger: '2.0' }],
  ['v3', { openapi: '3.0.0' }],
] as const)('a %s document in parts', (flavor, head) => {
  const more: { rest?: JsonObject } = flavor === 'v2' ? { rest: { security: [{ scheme: [] }] } } : {};
  const securitySchemes = flavor === 'v3' ? { securitySchemes: SECURITY } : {};
  const models = (all: JsonObject) =>
    flavor === 'v2' ? { definitions: all } : { components: { schemas: all, ...securitySchemes } };

  it('is the same JSON as the whole, joined or not', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.nat(5), (given, at) => {
        const { made, paths, models: all } = sample(given);
        const encoding = new JsonDocumentEncoding(flavor);
        const parts = made.map((each) => encoding.part(each.paths, each.models));
        const joined = [encoding.join(parts.slice(0, at)), ...parts.slice(at)];
        for (const some of [parts, joined]) {
          const bytes = Buffer.concat(encoding.whole({ head, ...more, ...securitySchemes }, some));
          expect(JSON.parse(bytes.toString())).toEqual({ ...head, paths, ...models(all), ...more.rest });
        }
      }),
    );
  });

  it('has the same entries in protobuf as the whole', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.nat(5), (given, at) => {
        const { made, paths, models: all } = sample(given);
        const encoding = new ProtobufDocumentEncoding(flavor);
        const parts = made.map((each) => encoding.part(each.paths, each.models));
        const bytes = Buffer.concat(
          encoding.whole({ head, ...more, ...securitySchemes }, [
            encoding.join(parts.slice(0, at)),
            ...parts.slice(at),
          ]),
        );
        const whole = encodeOpenApiProtobuf({ ...head, paths, ...models(all), ...more.rest }, flavor);
        expect(entriesOf(bytes, `${flavor} `)).toEqual(entriesOf(whole, `${flavor} `));
      }),
    );
  });
});

/** Fields that are messages of entries: the maps of both versions, and what wraps them. */
const WRAPPERS: ReadonlySet<string> = new Set(['v2 8', 'v2 9', 'v3 4', 'v3 5', 'v3 5.1', 'v3 5.7']);

/** What a reader that merges repeated messages sees, in no order: an entry by its place, or a plain field. */
function entriesOf(bytes: Buffer, at: string): string[] {
  return fieldsOf(bytes)
    .flatMap(([number, content]) => {
      const place = `${at}${at.endsWith(' ') ? '' : '.'}${number}`;
      return WRAPPERS.has(place) ? entriesOf(content, place) : [`${place} ${content.toString('hex')}`];
    })
    .sort();
}

function fieldsOf(bytes: Buffer): [number, Buffer][] {
  const fields: [number, Buffer][] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const length = varint();
    fields.push([tag >>> 3, bytes.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}
