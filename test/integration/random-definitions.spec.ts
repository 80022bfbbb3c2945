import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatusError } from '../../src/apimachinery/errors/status-error.js';
import type { JsonObject } from '../../src/apimachinery/meta/json.js';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { Catalogue } from '../../src/apis/catalogue.js';
import { systemContext } from '../../src/reconcilers/cluster.js';
import { CatalogueSchemaEngine } from '../../src/servers/extensions/catalogue-schema-engine.js';
import { SchemaCache } from '../../src/servers/extensions/schema-cache.js';
import { anyJson, anySchema, soundSchema } from '../support/arbitrary-schemas.js';
import { type CoreStores, startCoreStores } from '../support/core-stores.js';

const KIND = { group: 'fuzz.example.com', version: 'v1', kind: 'Thing' };
/** One definition or object; most take a millisecond. A busy machine takes its time. */
const RUN_MS_MAX = 5_000;
const TEST_TIMEOUT_MS = 120_000;
const SCHEMAS = 100;

let core: CoreStores;
beforeAll(async () => {
  core = await startCoreStores();
});
afterAll(() => core.stop());

function definition(openAPIV3Schema: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.fuzz.example.com' },
    spec: {
      group: 'fuzz.example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
      ...more,
    },
  };
}

/** Sends a definition through decoding, defaults and validation; nothing is stored. */
async function judge(crd: JsonObject): Promise<StatusError | undefined> {
  const { definition: type, store } = core.registry.find('apiextensions.k8s.io', 'customresourcedefinitions')!;
  const { codec, applyDefaults } = type.versions[0]!;
  let object: KubeObject;
  try {
    object = codec.decode(structuredClone(crd), []);
  } catch (error) {
    expect((error as Error).message).not.toBe('');
    return undefined;
  }
  applyDefaults(object);
  try {
    await store!.create(systemContext(''), '', object, { dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

async function timed<T>(run: () => Promise<T> | T): Promise<T> {
  const from = performance.now();
  const result = await run();
  expect(performance.now() - from).toBeLessThan(RUN_MS_MAX);
  return result;
}

const causesOf = (error: StatusError | undefined) =>
  (error?.details as { causes?: { field: string; message: string }[] } | undefined)?.causes ?? [];

describe('a random schema', () => {
  it('is accepted, or refused with causes, and never breaks the server', { timeout: TEST_TIMEOUT_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(anySchema, async (schema) => {
        const error = await timed(() => judge(definition({ type: 'object', properties: { spec: schema } })));
        if (error === undefined) return;
        expect(error.code).toBe(422);
        expect(causesOf(error).length).toBeGreaterThan(0);
        expect(await judge(definition({ type: 'object', properties: { spec: schema } }))).toMatchObject({
          message: error.message,
        });
      }),
      { numRuns: 3000 },
    );
  });

  it('is accepted where it is sound', { timeout: TEST_TIMEOUT_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(soundSchema, async (schema) => {
        const error = await judge(definition({ type: 'object', properties: { spec: schema } }));
        expect(causesOf(error)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a random object', () => {
  const engine = new CatalogueSchemaEngine(new Catalogue());

  it('is read, defaulted and judged, and comes to rest, whatever the schema', {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    const schema = fc.oneof(soundSchema, anySchema);
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'spec', 'size', 'status'), anyJson, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(schema, object, async (spec, content) => {
        const compiled = engine.compile({ type: 'object', properties: { spec } });
        const given = { apiVersion: 'fuzz.example.com/v1', kind: 'Thing', metadata: { name: 'x' }, ...content };
        await timed(() => {
          const decoded = compiled.codec.decode(structuredClone(given) as JsonObject, []);
          compiled.applyDefaults(decoded);
          const settled = compiled.codec.normalize(structuredClone(decoded));
          expect(compiled.codec.normalize(structuredClone(settled))).toEqual(settled);
          const faults = compiled.validate(settled, undefined, [], () => undefined);
          expect(Array.isArray(faults)).toBe(true);
          // What has not changed is forgiven or refused, never a crash.
          compiled.validate(settled, structuredClone(settled), [], () => undefined);
        });
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['(a+)+$', '^(a|a)*$', '(.*a){20}'])('is matched against %s in linear time', async (pattern) => {
    const compiled = engine.compile({ type: 'object', properties: { a: { type: 'string', pattern } } });
    const object = { metadata: { name: 'x' }, a: `${'a'.repeat(20_000)}!` };
    await timed(() => compiled.validate(object, undefined, [], () => undefined));
  });
});

describe('an invalid definition', () => {
  const FAULTS: readonly (readonly [string, JsonObject])[] = [
    ['no type', {}],
    ['a list of nothing', { type: 'array' }],
    ['unique items', { type: 'array', items: { type: 'string' }, uniqueItems: true }],
    ['an unknown list type', { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'bag' }],
    [
      'fields and values',
      { type: 'object', properties: {}, additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'heap' },
    ],
    ['list keys on a text', { type: 'string', 'x-kubernetes-list-map-keys': ['a'] }],
  ];

  it('is told all its causes at once', async () => {
    const fields = fc.dictionary(fc.stringMatching(/^[a-z]{3,6}$/), fc.constantFrom(...FAULTS), {
      minKeys: 1,
      maxKeys: 6,
    });
    await fc.assert(
      fc.asyncProperty(fields, async (broken) => {
        const properties = Object.fromEntries(Object.entries(broken).map(([name, [, schema]]) => [name, schema]));
        const more = { scope: 'Everywhere', names: { plural: 'Things', kind: 'Thing' } };
        const causes = causesOf(await judge(definition({ type: 'object', properties }, more)));
        const named = causes.map(({ field }) => field);
        for (const [name, [fault]] of Object.entries(broken)) {
          expect(
            named.some((field) => field.includes(`.properties[${name}]`)),
            `${name} has ${fault}: ${named.join()}`,
          ).toBe(true);
        }
        expect(named).toContain('spec.scope');
        expect(named).toContain('spec.names.plural');
      }),
      { numRuns: 300 },
    );
  });
});

describe('schemas that come and go', () => {
  it('leave nothing behind', async () => {
    const cache = new SchemaCache(new CatalogueSchemaEngine(new Catalogue()));
    const schemas = fc.sample(soundSchema, SCHEMAS);
    for (const [i, schema] of schemas.entries()) {
      const compiled = cache.get({ type: 'object', properties: { spec: schema, [`n${i}`]: { type: 'string' } } }, KIND);
      compiled.validate({ metadata: { name: 'x' }, spec: 1 }, undefined, [], () => undefined);
    }
    expect(cache.size).toBe(SCHEMAS);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const size = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
      return cache.size;
    };
    // The engine may still hold the one that it worked on last.
    await expect.poll(size, { timeout: 10_000 }).toBeLessThanOrEqual(1);
  });
});
