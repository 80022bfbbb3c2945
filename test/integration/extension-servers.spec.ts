import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../src/apimachinery/meta/user-info.js';
import { Catalogue } from '../../src/apis/catalogue.js';
import type { ServerConfig, ServerOptions } from '../../src/config/server-options.js';
import type { ResourceHandler } from '../../src/endpoints/resource-handler.js';
import { builtinCodec } from '../../src/registry/builtin-codec.js';
import { DeclaredResources } from '../../src/registry/declared-resource.js';
import { kindPolicies } from '../../src/registry/kind-policies.js';
import type { PolicyEnvironment } from '../../src/registry/kind-policy.js';
import type { ResourceDefinition } from '../../src/registry/resource-definition.js';
import { ResourceRegistry } from '../../src/registry/resource-registry.js';
import { ResourceStore } from '../../src/registry/resource-store.js';
import { internalContext } from '../../src/registry/rest/context.js';
import { VersionConverter, VersionConverters } from '../../src/registry/version-converter.js';
import { Aggregation } from '../../src/servers/aggregation/aggregation.module.js';
import { ExtensionsLifecycle } from '../../src/servers/extensions/extensions.module.js';
import { MemoryStorage } from '../support/memory-storage.js';

const OPTIONS = {
  serviceClusterIpRange: ['10.0.0.0/24'],
  serviceNodePortRange: { from: 30000, to: 32767 },
  apiGroups: [] as string[],
  featureGates: [] as string[],
  proxyClientCertFile: '',
  proxyClientKeyFile: '',
  microserviceTransportsFile: '',
} as Partial<ServerOptions> as ServerOptions;
const ctx = internalContext(LOOPBACK_USER, '');

const LENGTH = {
  type: 'object',
  properties: { spec: { type: 'object', properties: { length: { type: 'integer' } } } },
};
const SIZE = { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'string' } } } } };

class BoatConverter extends VersionConverter {
  readonly group = 'sea.example.com';
  readonly kind = 'Boat';

  override convert({ spec, ...object }: KubeObject, _from: string, to: string): KubeObject {
    const { length, size } = spec as { length?: number; size?: string };
    const unknown = 'dropped, as the schema does not name it';
    return { ...object, spec: to === 'v1' ? { length: Number(size), unknown } : { size: String(length), unknown } };
  }
}

/** The two built-in kinds that the servers live on, from their policies and the catalogue. */
async function installCore(registry: ResourceRegistry, storage: MemoryStorage, catalogue: Catalogue): Promise<void> {
  const environment = { now: Date.now, newUid: randomUUID, random: Math.random };
  for (const policy of kindPolicies()) {
    const { group, resource } = policy;
    if (resource !== 'customresourcedefinitions' && resource !== 'apiservices') continue;
    const strategy = policy.strategy({ now: Date.now } as PolicyEnvironment);
    const attributesOf = () => ({ labels: {}, fields: {} });
    const collection = await storage.open({ collection: `${group}/${resource}`, namespaced: false, attributesOf });
    const codec = builtinCodec(catalogue.schemaOfKind(strategy.kind));
    const version = { version: 'v1', codec, applyDefaults: policy.defaults!['v1']! };
    const definition = { group, resource, kind: strategy.kind.kind, namespaced: false, versions: [version] };
    const store = new ResourceStore({
      definition: definition as unknown as ResourceDefinition,
      strategy,
      storage,
      collection,
      environment,
      normalize: codec.normalize,
    });
    const status = {
      name: 'status',
      storage: store.withStrategy(policy.statusStrategy!(strategy, {} as PolicyEnvironment)),
    };
    registry.set('core', {
      definition: store.definition,
      store,
      storage: store,
      subresources: new Map([['status', status]]),
    });
  }
}

describe('extensions and aggregation together', () => {
  it('serve and register a new definition, and take it away again', async () => {
    const registry = new ResourceRegistry();
    const storage = new MemoryStorage();
    const catalogue = new Catalogue();
    const config: ServerConfig = { options: OPTIONS };
    await installCore(registry, storage, catalogue);
    const declared = new DeclaredResources();
    const extensions = new ExtensionsLifecycle(registry, storage, catalogue, new VersionConverters(), declared);
    const aggregation = new Aggregation(registry, catalogue, config, {} as ResourceHandler, declared);
    await extensions.onApplicationBootstrap();
    await aggregation.onApplicationBootstrap();
    try {
      const crds = registry.find('apiextensions.k8s.io', 'customresourcedefinitions')!;
      const { applyDefaults } = crds.definition.versions[0]!;
      const crd: KubeObject = {
        metadata: { name: 'boats.sea.example.com' },
        spec: {
          group: 'sea.example.com',
          scope: 'Namespaced',
          names: { plural: 'boats', kind: 'Boat' },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
        },
      };
      applyDefaults(crd);
      const created = await crds.storage.create!(ctx, '', crd, { dryRun: false });
      expect(created.value()).toMatchObject({
        metadata: { generation: 1 },
        spec: { names: { singular: 'boat', listKind: 'BoatList' }, conversion: { strategy: 'None' } },
        status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
      });
      await expect.poll(() => registry.lookup('sea.example.com', 'v1', 'boats'), { interval: 1 }).toBeDefined();
      const find = () => aggregation.registrations.list().find(({ group }) => group === 'sea.example.com');
      await expect.poll(find).toMatchObject({ version: 'v1', groupPriority: 1000, versionPriority: 100 });
      expect(aggregation.table.get('v1.apps')).toMatchObject({ available: true, backend: undefined });
      await crds.storage.delete!(ctx, 'boats.sea.example.com', {}, { dryRun: false });
      await expect.poll(() => registry.lookup('sea.example.com', 'v1', 'boats')).toBeUndefined();
      await expect.poll(find).toBeUndefined();
    } finally {
      await aggregation.onApplicationShutdown();
      await extensions.onApplicationShutdown();
    }
  });

  it('convert custom resources by what a plugin brought', async () => {
    const registry = new ResourceRegistry();
    const storage = new MemoryStorage();
    const catalogue = new Catalogue();
    await installCore(registry, storage, catalogue);
    const converters = new VersionConverters();
    converters.add(new BoatConverter());
    const extensions = new ExtensionsLifecycle(registry, storage, catalogue, converters, new DeclaredResources());
    await extensions.onApplicationBootstrap();
    try {
      const crds = registry.find('apiextensions.k8s.io', 'customresourcedefinitions')!;
      const crd: KubeObject = {
        metadata: { name: 'boats.sea.example.com' },
        spec: {
          group: 'sea.example.com',
          scope: 'Cluster',
          names: { plural: 'boats', kind: 'Boat' },
          versions: [
            { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: LENGTH } },
            { name: 'v1beta1', served: true, storage: false, schema: { openAPIV3Schema: SIZE } },
          ],
        },
      };
      crds.definition.versions[0]!.applyDefaults(crd);
      await crds.storage.create!(ctx, '', crd, { dryRun: false });
      const boats = (version: string) => registry.lookup('sea.example.com', version, 'boats')?.served;
      await expect.poll(() => boats('v1beta1'), { interval: 1 }).toBeDefined();
      const object = { metadata: { name: 'dinghy' }, spec: { size: '3' } };
      await boats('v1beta1')!.storage.create!(ctx, '', object, { dryRun: false });
      const view = await boats('v1')!.storage.get!(ctx, 'dinghy');
      expect(view.value()['spec']).toEqual({ length: 3 });
      const beta = boats('v1beta1')!.store!;
      expect((await beta.valueOf(await beta.get(ctx, 'dinghy')))['spec']).toEqual({ size: '3' });
    } finally {
      await extensions.onApplicationShutdown();
    }
  });
});
