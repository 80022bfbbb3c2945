import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStorage } from '../../../test/support/memory-storage.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import type { CrdNames, CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { CrdStatusStrategy, CrdStrategy } from '../../registry/apiextensions/crd.strategy.js';
import type { ObjectCodec, ResourceDefinition } from '../../registry/resource-definition.js';
import { ResourceRegistry } from '../../registry/resource-registry.js';
import { ResourceStore } from '../../registry/resource-store.js';
import { internalContext } from '../../registry/rest/context.js';
import type { Strategy } from '../../registry/rest/strategy.js';
import { CrdReconciler } from './crd.reconciler.js';
import { CrdStatusWriter } from './crd-status-writer.js';
import { CustomResourceBuilder } from './custom-resource-builder.js';
import { SchemaEngine } from './schema-engine.js';
import { ServedCustomResources } from './served-custom-resources.js';

const AS_SENT: ObjectCodec = { decode: (value) => value as KubeObject, normalize: (object) => object };

class PlainEngine extends SchemaEngine {
  compiled = 0;

  override compile() {
    this.compiled++;
    return {
      schema: {},
      codec: AS_SENT,
      applyDefaults: () => {},
      upgrade: () => {},
      prune: () => {},
      validate: () => [],
    };
  }

  override table() {
    return { columns: [], row: () => ({ cells: [] }), timeDependent: false };
  }

  override scale() {
    return {};
  }
}

const ctx = (namespace = '') => internalContext(LOOPBACK_USER, namespace);
const WRITE = { dryRun: false };

function crd(plural: string, kind: string, more: Partial<CrdNames> = {}): KubeObject {
  const schema: JsonObject = { openAPIV3Schema: { type: 'object' } };
  return {
    metadata: { name: `${plural}.sea.example.com` },
    spec: {
      group: 'sea.example.com',
      scope: 'Namespaced',
      names: { plural, kind, singular: plural.slice(0, -1), listKind: `${kind}List`, ...more },
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
      conversion: { strategy: 'None' },
    },
  };
}

describe('CrdReconciler', () => {
  let storage: MemoryStorage;
  let registry: ResourceRegistry;
  let engine: PlainEngine;
  let crds: ResourceStore;
  let reconciler: CrdReconciler;
  let uids = 0;

  function storeOf(definition: ResourceDefinition, strategy: Strategy, collection: ResourceStore['collection']) {
    const environment = { now: () => 0, newUid: () => `uid-${++uids}`, random: () => 0.5 };
    return new ResourceStore({ definition, strategy, storage, collection, environment, normalize: (object) => object });
  }

  beforeEach(async () => {
    storage = new MemoryStorage();
    registry = new ResourceRegistry();
    engine = new PlainEngine();
    const collection = await storage.open({
      collection: 'apiextensions.k8s.io/customresourcedefinitions',
      namespaced: false,
      attributesOf: () => ({ labels: {}, fields: {} }),
    });
    const strategy = new CrdStrategy(
      () => [],
      () => 0,
    );
    const definition = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', namespaced: false };
    crds = storeOf({ ...definition, kind: 'CustomResourceDefinition' } as ResourceDefinition, strategy, collection);
    const served = new ServedCustomResources(
      registry,
      storage,
      new CustomResourceBuilder(engine, () => undefined),
      (plan, objects) => storeOf(plan.definition, plan.strategy, objects),
    );
    const status = crds.withStrategy(new CrdStatusStrategy(strategy));
    reconciler = new CrdReconciler(() => collection, served, new CrdStatusWriter(() => status), {
      now: () => 0,
      settleDelayMs: 0,
      onError: (name, error) => console.error(name, error),
    });
    await reconciler.start();
  });

  const read = (plural: string) =>
    crds.collection.get(`${plural}.sea.example.com`)?.decode() as CustomResourceDefinition | undefined;
  const conditions = (plural: string) =>
    Object.fromEntries(read(plural)?.status?.conditions?.map((each) => [each.type, each.reason]) ?? []);
  const boats = () => registry.find('sea.example.com', 'boats');

  it('serves a new definition under its names and says so, without compiling its schema', async () => {
    await crds.create(ctx(), '', crd('boats', 'Boat', { shortNames: ['bo'] }), WRITE);
    await reconciler.idle();
    expect(registry.lookup('sea.example.com', 'v1', 'boats')?.server).toBe('extensions');
    expect(boats()?.definition).toMatchObject({ kind: 'Boat', listKind: 'BoatList', shortNames: ['bo'], custom: true });
    expect([...(boats()?.subresources.keys() ?? [])]).toEqual(['status']);
    expect(conditions('boats')).toEqual({ NamesAccepted: 'NoConflicts', Established: 'InitialNamesAccepted' });
    expect(engine.compiled).toBe(0);
  });

  it('serves it before the condition tells', async () => {
    let servedWhenTold: boolean | undefined;
    crds.collection.watch({
      afterRevision: 0,
      onEvents: () => {
        if (conditions('boats')['Established'] !== undefined) servedWhenTold ??= boats() !== undefined;
      },
      onEnd: () => {},
    });
    await crds.create(ctx(), '', crd('boats', 'Boat'), WRITE);
    await reconciler.idle();
    expect(servedWhenTold).toBe(true);
  });

  it('refuses a kind that another holds, until that one goes', async () => {
    await crds.create(ctx(), '', crd('boats', 'Boat'), WRITE);
    await reconciler.idle();
    await crds.create(ctx(), '', crd('ships', 'Boat', { listKind: 'ShipList' }), WRITE);
    await reconciler.idle();
    expect(conditions('ships')).toEqual({ NamesAccepted: 'KindConflict', Established: 'NotAccepted' });
    expect(read('ships')?.status?.acceptedNames).toEqual({
      plural: 'ships',
      singular: 'ship',
      kind: '',
      listKind: 'ShipList',
    });
    expect(registry.find('sea.example.com', 'ships')).toBeUndefined();
    await crds.delete(ctx(), 'boats.sea.example.com', {}, WRITE);
    await reconciler.idle();
    expect(conditions('ships')).toEqual({ NamesAccepted: 'NoConflicts', Established: 'InitialNamesAccepted' });
    expect(registry.find('sea.example.com', 'ships')).toBeDefined();
  });

  it('removes the objects of a deleted definition, then the definition', async () => {
    await crds.create(ctx(), '', crd('boats', 'Boat'), WRITE);
    await reconciler.idle();
    const store = boats()!.storage as ResourceStore;
    await store.create(ctx('n'), '', { metadata: { name: 'a', namespace: 'n' } }, WRITE);
    const answer = await crds.delete(ctx(), 'boats.sea.example.com', {}, WRITE);
    expect(answer.object.value().metadata).toMatchObject({
      generation: 1,
      finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
    });
    await reconciler.idle();
    expect(read('boats')).toBeUndefined();
    expect(boats()).toBeUndefined();
    expect(storage.collections.has('sea.example.com/boats')).toBe(false);
  });

  it('waits for objects with finalizers and takes no new ones meanwhile', async () => {
    await crds.create(ctx(), '', crd('boats', 'Boat'), WRITE);
    await reconciler.idle();
    const held = { metadata: { name: 'a', namespace: 'n', finalizers: ['example.com/hold'] } };
    await boats()!.storage.create!(ctx('n'), '', held, WRITE);
    await crds.delete(ctx(), 'boats.sea.example.com', {}, WRITE);
    await reconciler.idle();
    expect(conditions('boats')['Terminating']).toBe('InstanceDeletionInProgress');
    const store = boats()!.storage as ResourceStore;
    await expect(store.create(ctx('n'), '', { metadata: { name: 'b', namespace: 'n' } }, WRITE)).rejects.toMatchObject({
      code: 403,
      message:
        'boats.sea.example.com "b" is forbidden: create not allowed while custom resource definition is terminating',
    });
    const release = (old: Readonly<KubeObject> | undefined): KubeObject => {
      const { finalizers: _gone, ...metadata } = old!.metadata;
      return { ...old, metadata };
    };
    await store.update(ctx('n'), 'a', release, WRITE);
    await vi.waitFor(() => expect(read('boats')).toBeUndefined());
  });

  it('isolates status and counts changes of everything else', async () => {
    await crds.create(ctx(), '', crd('boats', 'Boat'), WRITE);
    await reconciler.idle();
    const { storage: main, subresources } = boats()!;
    const object = { metadata: { name: 'a', namespace: 'n' }, spec: { x: 1 }, status: { y: 1 } };
    const created = await main.create!(ctx('n'), '', object, WRITE);
    expect(created.value()['status']).toBeUndefined();
    const write = async (target: typeof main, change: JsonObject) =>
      (await target.update!(ctx('n'), 'a', (old) => ({ ...old, ...change }) as KubeObject, WRITE)).view.value();
    const status = subresources.get('status')!.storage;
    expect(await write(status, { spec: { x: 2 }, status: { y: 2 } })).toMatchObject({
      metadata: { generation: 1 },
      spec: { x: 1 },
      status: { y: 2 },
    });
    expect(await write(main, { spec: { x: 3 }, status: { y: 3 } })).toMatchObject({
      metadata: { generation: 2 },
      spec: { x: 3 },
      status: { y: 2 },
    });
  });
});
