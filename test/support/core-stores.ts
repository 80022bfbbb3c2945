import { randomUUID } from 'node:crypto';
import { Catalogue } from '../../src/apis/catalogue.js';
import type { Cluster } from '../../src/reconcilers/cluster.js';
import { kindPolicies } from '../../src/registry/kind-policies.js';
import type { PolicyEnvironment } from '../../src/registry/kind-policy.js';
import { ResourceRegistry } from '../../src/registry/resource-registry.js';
import type { ResourceStore } from '../../src/registry/resource-store.js';
import { BuiltinDefinitions } from '../../src/servers/core/builtin-definitions.js';
import { BuiltinInstaller } from '../../src/servers/core/builtin-installer.js';
import { TypeormStorage } from '../../src/storage/typeorm/typeorm-storage.js';

/** The built-in kinds over a database in memory, without HTTP: what reconcilers and the generic store need of a server. */
export interface CoreStores {
  readonly registry: ResourceRegistry;
  readonly storage: TypeormStorage;
  readonly cluster: Cluster;
  /** Failures that reconcilers reported. */
  readonly failures: string[];
  store(group: string, resource: string): ResourceStore;
  stop(): Promise<void>;
}

export async function startCoreStores(): Promise<CoreStores> {
  const storage = new TypeormStorage({ url: 'sqlite::memory:' });
  await storage.start();
  const registry = new ResourceRegistry();
  const catalogue = new Catalogue();
  const environment: PolicyEnvironment = {
    now: Date.now,
    random: Math.random,
    registry,
    catalogue,
    serviceClusterIpRange: ['10.0.0.0/24'],
    serviceNodePortRange: { from: 30000, to: 32767 },
  };
  const definitions = new BuiltinDefinitions(catalogue, kindPolicies(), new Map(), environment);
  const installer = new BuiltinInstaller(storage, registry, catalogue, {
    now: Date.now,
    newUid: randomUUID,
    random: Math.random,
  });
  await installer.install(definitions, environment, new Map());
  const failures: string[] = [];
  return {
    registry,
    storage,
    failures,
    cluster: { registry, now: Date.now, log: (name, key, error) => failures.push(`${name} ${key}: ${String(error)}`) },
    store: (group, resource) => {
      const store = registry.find(group, resource)?.store;
      if (store === undefined) throw new Error(`${group}/${resource} is not stored`);
      return store;
    },
    stop: () => storage.stop(),
  };
}
