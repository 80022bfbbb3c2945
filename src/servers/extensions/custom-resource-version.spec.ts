import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../test/support/memory-storage.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { EVERYTHING } from '../../apimachinery/selectors/selector.js';
import { Catalogue } from '../../apis/catalogue.js';
import type { CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { ResourceStore } from '../../registry/resource-store.js';
import { internalContext } from '../../registry/rest/context.js';
import type { ListOptions } from '../../registry/rest/storage.js';
import { CatalogueSchemaEngine } from './catalogue-schema-engine.js';
import { CustomResourceBuilder } from './custom-resource-builder.js';
import type { CompiledSchema } from './schema-engine.js';
import { ServedCustomResources } from './served-custom-resources.js';

class CountingEngine extends CatalogueSchemaEngine {
  compiled = 0;

  override compile(source: JsonObject): CompiledSchema {
    this.compiled += 1;
    return super.compile(source);
  }
}

const SCHEMA = { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } };

function definition(name: string, versions: readonly string[], openAPIV3Schema: JsonObject = SCHEMA) {
  return {
    metadata: { name: `${name}s.sea.example.com`, uid: name, generation: 1 },
    spec: {
      group: 'sea.example.com',
      scope: 'Cluster',
      names: { plural: `${name}s`, kind: name },
      versions: versions.map((version, i) => ({
        name: version,
        served: true,
        storage: i === 0,
        schema: { openAPIV3Schema },
      })),
    },
  } as CustomResourceDefinition;
}

async function collectGarbage(): Promise<void> {
  // A weak reference holds until the end of the turn that made it.
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

async function serve(...crds: CustomResourceDefinition[]) {
  const engine = new CountingEngine(new Catalogue());
  const registry = new ResourceRegistry();
  const storage = new MemoryStorage();
  const environment = { now: () => 0, newUid: () => 'uid', random: () => 0.5 };
  const served = new ServedCustomResources(
    registry,
    storage,
    new CustomResourceBuilder(engine, () => undefined),
    ({ definition: made, strategy, normalize, form }, collection, watches) =>
      new ResourceStore({ definition: made, strategy, storage, collection, environment, normalize, form, watches }),
  );
  const reads: string[] = [];
  const read = (crd: CustomResourceDefinition, note = crd.metadata.name!) => {
    return () => {
      reads.push(note);
      return crd;
    };
  };
  for (const crd of crds) await served.serve(crd, read(crd));
  const resource = (kind: string) => registry.find('sea.example.com', `${kind}s`)!;
  const make = (kind: string, name: string) =>
    resource(kind).storage.create!(internalContext(LOOPBACK_USER, ''), '', { metadata: { name } }, { dryRun: false });
  return { engine, served, reads, read, resource, make };
}

describe('the schema of a definition', () => {
  it('is neither read nor compiled before an object needs it, and then once', async () => {
    const { engine, reads, resource, make } = await serve(definition('boat', ['v1']));
    const everything: ListOptions = {
      labels: EVERYTHING,
      fields: EVERYTHING,
      limit: 0,
      continueToken: '',
      resourceVersion: '',
      resourceVersionMatch: '',
    };
    await resource('boat').storage.list!(internalContext(LOOPBACK_USER, ''), everything);
    expect(resource('boat').definition.versions[0]!.codec).toBeDefined();
    expect([engine.compiled, reads.length]).toEqual([0, 0]);
    await make('boat', 'a');
    await make('boat', 'b');
    expect([engine.compiled, reads.length]).toEqual([1, 1]);
  });

  it('is not kept by what is served', async () => {
    const { served, read, resource } = await serve();
    const kept = await (async () => {
      const crd = definition('boat', ['v1', 'v2']);
      crd.spec.versions[1]!.schema = { openAPIV3Schema: { type: 'object' } };
      await served.serve(structuredClone(crd), read(crd));
      const other = structuredClone(crd);
      other.metadata.generation = 2;
      await served.serve(other, read(crd));
      return new WeakRef(other.spec.versions[0]!.schema!);
    })();
    await collectGarbage();
    expect(kept.deref()).toBeUndefined();
    expect(resource('boat').definition.versions).toHaveLength(2);
  });

  it('is shared by all versions and definitions that have an equal one', async () => {
    const { engine, resource } = await serve(definition('boat', ['v1', 'v2']), definition('ship', ['v1']));
    const schemas = ['boat', 'ship'].flatMap((kind) => resource(kind).definition.versions.map(({ schema }) => schema));
    expect(new Set(schemas).size).toBe(1);
    expect(engine.compiled).toBe(1);
  });

  it('is compiled again after nobody used it for a while', async () => {
    const { engine, served, reads, make } = await serve(definition('boat', ['v1']));
    await make('boat', 'a');
    served.rest();
    await make('boat', 'b');
    served.rest();
    expect(reads).toHaveLength(1);
    served.rest();
    await make('boat', 'c');
    expect(reads).toHaveLength(2);
    expect(engine.compiled).toBeLessThanOrEqual(2);
  });

  it('is read from the newest state of the definition that has it', async () => {
    const crd = definition('boat', ['v1']);
    const { served, reads, read, make } = await serve(crd);
    await served.serve(structuredClone(crd), read(crd, 'newer'));
    await make('boat', 'a');
    expect(reads).toEqual(['newer']);
  });

  it('has another edition after each change, and after the deletion that takes one off the generation', async () => {
    const crd = definition('boat', ['v1']);
    const { served, read, resource } = await serve(crd);
    const edition = () => resource('boat').definition.versions[0]!.edition;
    const seen = [edition()];
    for (const change of [
      { metadata: { ...crd.metadata, generation: 2 } },
      { status: { acceptedNames: crd.spec.names, conditions: [{ type: 'Terminating', status: 'True' }] } },
    ]) {
      const next = { ...crd, ...change } as CustomResourceDefinition;
      await served.serve(next, read(next));
      seen.push(edition());
    }
    expect(new Set(seen).size).toBe(3);
  });
});
