import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { Catalogue } from '../../src/apis/catalogue.js';
import { systemContext } from '../../src/reconcilers/cluster.js';
import { StorageVersionMigratorReconciler } from '../../src/reconcilers/storage-version-migrator/storage-version-migrator.reconciler.js';
import type { CustomResourceDefinition } from '../../src/registry/apiextensions/crd.js';
import { DeclaredResources } from '../../src/registry/declared-resource.js';
import type { ResourceStore } from '../../src/registry/resource-store.js';
import { VersionConverter, VersionConverters } from '../../src/registry/version-converter.js';
import { ExtensionsLifecycle } from '../../src/servers/extensions/extensions.module.js';
import { type CoreStores, startCoreStores } from '../support/core-stores.js';

const WRITE = { dryRun: false };
const CRDS = ['apiextensions.k8s.io', 'customresourcedefinitions'] as const;
const MIGRATIONS = ['storagemigration.k8s.io', 'storageversionmigrations'] as const;
const ctx = systemContext('');

/** v1 says `size` where v2 says `length`; fails while it is told to. */
class BoatConverter extends VersionConverter {
  readonly group = 'sea.example.com';
  readonly kind = 'Boat';
  fails = false;

  override convert({ spec, ...object }: KubeObject, _from: string, to: string): KubeObject {
    if (this.fails) throw new Error('no wind');
    const { size, length } = spec as { size?: number; length?: number };
    return { ...object, spec: to === 'v1' ? { size: length! } : { length: size! } };
  }
}

let core: CoreStores;
let extensions: ExtensionsLifecycle;
let reconciler: StorageVersionMigratorReconciler;
let converter: BoatConverter;
let nowMs: number;

function startExtensions(): ExtensionsLifecycle {
  const converters = new VersionConverters();
  converters.add(converter);
  return new ExtensionsLifecycle(core.registry, core.storage, new Catalogue(), converters, new DeclaredResources());
}

beforeEach(async () => {
  core = await startCoreStores();
  converter = new BoatConverter();
  extensions = startExtensions();
  await extensions.onApplicationBootstrap();
  nowMs = Date.now();
  reconciler = new StorageVersionMigratorReconciler({ ...core.cluster, now: () => nowMs });
  reconciler.start();
});

afterEach(async () => {
  await reconciler.stop();
  await extensions.onApplicationShutdown();
  await core.stop();
});

function boatVersions(storage: string) {
  const schema = (field: string) => ({
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { [field]: { type: 'integer' } } } },
    },
  });
  return [
    { name: 'v1', served: true, storage: storage === 'v1', schema: schema('size') },
    { name: 'v2', served: true, storage: storage === 'v2', schema: schema('length') },
  ];
}

const boats = (): ResourceStore => core.store('sea.example.com', 'boats');
const crd = () =>
  core
    .store(...CRDS)
    .collection.get('boats.sea.example.com')!
    .decode() as CustomResourceDefinition;
const migration = (name: string) =>
  core
    .store(...MIGRATIONS)
    .collection.get(name)!
    .decode() as KubeObject & {
    status?: {
      resourceVersion?: string;
      conditions?: { type: string; status: string; reason: string; message: string }[];
    };
  };
const condition = (name: string, type: string) =>
  migration(name).status?.conditions?.find((each) => each.type === type);
const over = (name: string) =>
  expect.poll(() => condition(name, 'Succeeded') ?? condition(name, 'Failed'), { timeout: 5_000 });

/** Definition with v1 stored, three boats, and then v2 stored. */
async function serveBoats(): Promise<void> {
  const definition = {
    metadata: { name: 'boats.sea.example.com' },
    spec: {
      group: 'sea.example.com',
      scope: 'Cluster',
      names: { plural: 'boats', kind: 'Boat', singular: 'boat', listKind: 'BoatList' },
      versions: boatVersions('v1'),
      conversion: { strategy: 'None' },
    },
  } as unknown as KubeObject;
  await core.store(...CRDS).create(ctx, '', definition, WRITE);
  await expect.poll(() => core.registry.find('sea.example.com', 'boats')).toBeDefined();
  for (const name of ['a', 'b', 'c']) {
    await boats().create(ctx, '', { metadata: { name }, spec: { size: 3 } }, WRITE);
  }
  await storeAs('v2');
  await expect.poll(() => boats().definition.hubVersion).toBe('v2');
}

async function storeAs(version: string): Promise<void> {
  const change = (old: Readonly<KubeObject> | undefined) => {
    const next = structuredClone(old) as CustomResourceDefinition;
    next.spec.versions = boatVersions(version);
    return next;
  };
  await core.store(...CRDS).update(ctx, 'boats.sea.example.com', change, WRITE);
}

function migrate(name: string, group: string, resource: string): Promise<unknown> {
  const object = { metadata: { name }, spec: { resource: { group, resource } } };
  return core.store(...MIGRATIONS).create(ctx, '', object, WRITE);
}

const storedIn = () => ['a', 'b', 'c'].map((name) => boats().collection.get(name)!.decode().apiVersion);

describe('stored versions that somebody takes away without a migration', () => {
  const specOf = async (name: string) => (await boats().valueOf(await boats().get(ctx, name)))['spec'];

  it('leave objects readable, also after a restart', async () => {
    await serveBoats();
    const status = core.registry.find(...CRDS)!.subresources.get('status')!.storage;
    const trim = (old: Readonly<KubeObject> | undefined) =>
      ({ ...old, status: { ...(old as CustomResourceDefinition).status, storedVersions: ['v2'] } }) as KubeObject;
    await status.update!(ctx, 'boats.sea.example.com', trim, WRITE);
    await expect.poll(() => crd().status?.storedVersions).toEqual(['v2']);
    expect(await specOf('a')).toEqual({ length: 3 });
    await extensions.onApplicationShutdown();
    core.registry.delete('sea.example.com', 'boats');
    extensions = startExtensions();
    await extensions.onApplicationBootstrap();
    expect(storedIn()).toEqual([undefined, undefined, undefined]);
    expect(await specOf('a')).toEqual({ length: 3 });
    await boats().update(ctx, 'b', (old) => ({ ...old, spec: { length: 9 } }) as KubeObject, WRITE);
    expect(await specOf('b')).toEqual({ length: 9 });
  });
});

describe('a StorageVersionMigration', () => {
  it('stores custom resources in the storage version, and takes older ones from the definition', async () => {
    await serveBoats();
    expect(crd().status?.storedVersions).toEqual(['v1', 'v2']);
    expect(storedIn()).toEqual([undefined, undefined, undefined]);
    await migrate('m', 'sea.example.com', 'boats');
    await over('m').toMatchObject({ type: 'Succeeded', status: 'True', reason: 'StorageVersionMigrationSucceeded' });
    expect(condition('m', 'Running')).toMatchObject({ status: 'False', reason: 'MigrationCompleted' });
    expect(Number(migration('m').status?.resourceVersion)).toBeGreaterThan(0);
    expect(storedIn()).toEqual(['sea.example.com/v2', 'sea.example.com/v2', 'sea.example.com/v2']);
    expect(crd().status?.storedVersions).toEqual(['v2']);
    expect(crd().status?.conditions?.find(({ type }) => type === 'StorageMigrating')).toMatchObject({
      status: 'False',
      reason: 'MigrationSucceeded',
      message: 'The migration has succeeded and the stored versions have been updated',
      observedGeneration: 2,
    });
    const boat = await boats().get(ctx, 'a');
    expect((await boats().valueOf(boat))['spec']).toEqual({ length: 3 });
  });

  it('leaves alone what was written after it was asked for', async () => {
    await serveBoats();
    await boats().update(ctx, 'b', (old) => ({ ...old, spec: { length: 9 } }) as KubeObject, WRITE);
    const before = boats().collection.get('b')!.revision;
    await migrate('m', 'sea.example.com', 'boats');
    await over('m').toMatchObject({ type: 'Succeeded' });
    expect(boats().collection.get('b')!.revision).toBe(before);
  });

  it('goes on after failures that pass', async () => {
    await serveBoats();
    converter.fails = true;
    await migrate('m', 'sea.example.com', 'boats');
    await expect.poll(() => core.failures.join()).toContain('no wind');
    expect(condition('m', 'Running')?.status).toBe('True');
    converter.fails = false;
    await over('m').toMatchObject({ type: 'Succeeded' });
    expect(storedIn()).toEqual(['sea.example.com/v2', 'sea.example.com/v2', 'sea.example.com/v2']);
  });

  it('keeps the stored versions of a definition that changed meanwhile', async () => {
    await serveBoats();
    converter.fails = true;
    await migrate('m', 'sea.example.com', 'boats');
    await expect.poll(() => condition('m', 'Running')?.status).toBe('True');
    await storeAs('v1');
    converter.fails = false;
    await over('m').toMatchObject({ type: 'Succeeded' });
    expect(crd().status?.storedVersions).toEqual(['v1', 'v2']);
    expect(crd().status?.conditions?.find(({ type }) => type === 'StorageMigrating')).toMatchObject({
      message: 'The migration has succeeded but the stored versions have not been updated due to a generation mismatch',
    });
  });

  it('writes nothing of a built-in kind that is stored as it should be', async () => {
    const ofNamespace = systemContext('n');
    const configMaps = core.store('', 'configmaps');
    await configMaps.create(ofNamespace, '', { metadata: { name: 'a', namespace: 'n' } }, WRITE);
    const { revision } = configMaps.collection.get('n/a')!;
    await migrate('m', '', 'configmaps');
    await over('m').toMatchObject({ type: 'Succeeded' });
    expect(configMaps.collection.get('n/a')!.revision).toBe(revision);
  });

  it('waits for its turn among those of its resource', async () => {
    await serveBoats();
    converter.fails = true;
    await migrate('first', 'sea.example.com', 'boats');
    await migrate('second', 'sea.example.com', 'boats');
    await expect.poll(() => core.failures.join()).toContain('no wind');
    expect(condition('first', 'Running')?.status).toBe('True');
    expect(migration('second').status?.conditions).toBeUndefined();
    converter.fails = false;
    await over('first').toMatchObject({ type: 'Succeeded' });
    await over('second').toMatchObject({ type: 'Succeeded' });
  });

  it('waits a minute for a resource that is not served, and then fails', async () => {
    await migrate('m', 'sea.example.com', 'ships');
    await reconciler.reconcile('ships.sea.example.com');
    expect(migration('m').status?.conditions).toBeUndefined();
    nowMs += 61_000;
    await reconciler.reconcile('ships.sea.example.com');
    expect(condition('m', 'Failed')).toMatchObject({
      status: 'True',
      reason: 'StorageVersionMigrationFailed',
      message: 'migration encountered unhandled error: unable to obtain GVR from discovery',
    });
    expect(condition('m', 'Running')).toBeUndefined();
  });
});
