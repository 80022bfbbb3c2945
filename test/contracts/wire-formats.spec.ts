import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupVersionKind } from '../../src/apimachinery/meta/group-version.js';
import type { JsonObject, JsonValue } from '../../src/apimachinery/meta/json.js';
import { encodeJson, parseJson } from '../../src/apimachinery/runtime/json.js';
import { decodeMessage, encodeMessage } from '../../src/apimachinery/runtime/protobuf.js';
import { unwrapMessage, wrapMessage } from '../../src/apimachinery/runtime/protobuf-envelope.js';
import { formatYaml, parseYamlDocument } from '../../src/apimachinery/runtime/yaml.js';
import { decodeBuiltin } from '../../src/apimachinery/schema/decode-builtin.js';
import { Catalogue } from '../../src/apis/catalogue.js';
import { arbitraryObject } from '../support/arbitrary-objects.js';
import { PROJECT_ROOT } from '../support/project-root.js';

const WIRE = join(PROJECT_ROOT, 'test', 'conformance', 'wire');
const RUNS = 15;
const catalogue = new Catalogue();

function gvkOf(apiVersion: string, kind: string): GroupVersionKind {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return { group, version, kind };
}

/** Every kind of a resource or subresource, once. */
function kinds(): (readonly [apiVersion: string, kind: string])[] {
  const names = catalogue
    .builtinResources()
    .flatMap(({ groupVersion, kind, subresources = [] }) => [
      `${groupVersion} ${kind}`,
      ...subresources.map((sub) => `${sub.groupVersion ?? groupVersion} ${sub.kind}`),
    ]);
  return [...new Set(names)]
    .map((name) => name.split(' ') as [string, string])
    .filter(([apiVersion, kind]) => catalogue.typeNameOf(gvkOf(apiVersion, kind)) !== undefined);
}

describe('random objects of', () => {
  it.each(kinds())('%s %s lose nothing on their way through JSON, YAML and protobuf', (apiVersion, kind) => {
    const schema = catalogue.schemaOfKind(gvkOf(apiVersion, kind));
    const decode = (value: JsonValue): JsonObject => {
      const strict: string[] = [];
      const object = decodeBuiltin(schema, value, strict);
      expect(strict).toEqual([]);
      return object;
    };
    fc.assert(
      fc.property(arbitraryObject(schema), (given) => {
        const object = decode(given);
        expect(decode(object)).toEqual(object);
        expect(decode(parseJson(encodeJson(object)))).toEqual(object);
        expect(decode(parseYamlDocument(Buffer.from(formatYaml(object)), []))).toEqual(object);
        const message = encodeMessage(schema, object);
        expect(decode(decodeMessage(schema, message))).toEqual(object);
        expect(Buffer.from(encodeMessage(schema, object)).equals(Buffer.from(message))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the bytes that Kubernetes itself writes for', () => {
  const recorded = readdirSync(WIRE)
    .filter((file) => file.endsWith('.pb'))
    .map((file) => file.slice(0, -'.pb'.length));

  it.each(recorded)('%s are read and written back, byte for byte', (name) => {
    const bytes = readFileSync(join(WIRE, `${name}.pb`));
    const json = readFileSync(join(WIRE, `${name}.json`), 'utf8');
    const { apiVersion, kind, raw } = unwrapMessage(bytes);
    const schema = catalogue.schemaOfKind(gvkOf(apiVersion, kind));
    const fromJson = decodeBuiltin(schema, parseJson(json), []);
    const fromBytes = decodeBuiltin(schema, { apiVersion, kind, ...decodeMessage(schema, raw) }, []);
    expect(fromBytes).toEqual(fromJson);
    expect(fromJson).toEqual(parseJson(json));
    expect(wrapMessage({ apiVersion, kind, raw: encodeMessage(schema, fromJson) }).toString('hex')).toBe(
      bytes.toString('hex'),
    );
  });
});
