import { ObjectLookup } from '../../admission/object-lookup.js';
import { QuotaLedger } from '../../admission/plugins/resource-quota/quota-ledger.js';
import { StatusError } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import type { CoreV1ResourceQuota } from '../../apis/types.gen.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import { internalContext } from '../../registry/rest/context.js';
import { StorageError } from '../../storage/errors.js';
import type { Collection, StoredObject } from '../../storage/storage.js';

const NOTHING: readonly never[] = [];

/** Objects for admission plugins, out of the stores: each stored version is parsed once, when it is first asked for. */
export class StoredObjectLookup extends ObjectLookup {
  private readonly parsed = new WeakMap<StoredObject, KubeObject>();

  constructor(private readonly registry: ResourceRegistry) {
    super();
  }

  override get<T extends KubeObject>(group: string, resource: string, namespace: string, name: string) {
    const store = this.registry.find(group, resource)?.store;
    const stored = store?.find(namespace === '' ? name : `${namespace}/${name}`);
    return stored === undefined ? undefined : (this.parse(stored) as Readonly<T>);
  }

  override list<T extends KubeObject>(group: string, resource: string, namespace: string): readonly Readonly<T>[] {
    const collection = this.collectionOf(group, resource);
    if (collection === undefined) return NOTHING;
    const page = collection.list(namespace === '' ? {} : { namespace });
    // Without a condition there is nothing to wait for.
    if (page instanceof Promise) throw new TypeError(`the list of ${resource} did not come from memory`);
    return page.items.map((stored) => this.parse(stored) as Readonly<T>);
  }

  override any(group: string, resource: string, namespace: string): boolean {
    const collection = this.collectionOf(group, resource);
    return collection !== undefined && collection.count(namespace === '' ? undefined : namespace) > 0;
  }

  private collectionOf(group: string, resource: string): Collection | undefined {
    return this.registry.find(group, resource)?.store?.collection;
  }

  private parse(stored: StoredObject): KubeObject {
    let object = this.parsed.get(stored);
    if (object === undefined) {
      object = stored.decode();
      this.parsed.set(stored, object);
    }
    return object;
  }
}

/** Writes the usage of quotas past their strategy and past admission, if nobody has changed them. */
export class StoredQuotaLedger extends QuotaLedger {
  constructor(private readonly registry: ResourceRegistry) {
    super();
  }

  override async write(quota: Readonly<CoreV1ResourceQuota>, used: Readonly<Record<string, string>>): Promise<boolean> {
    const store = this.registry.find('', 'resourcequotas')?.store;
    const { namespace = '', name = '', resourceVersion } = quota.metadata;
    const stored = store?.find(`${namespace}/${name}`);
    if (store === undefined || stored === undefined || String(stored.revision) !== resourceVersion) return false;
    try {
      await store.writeUnchecked(stored, { ...quota, status: { ...quota.status, used: { ...used } } });
      return true;
    } catch (error) {
      if (error instanceof StorageError && (error.code === 'RevisionMismatch' || error.code === 'KeyNotFound'))
        return false;
      throw error;
    }
  }
}

/** Makes a namespace as a client would, defaults and all; one that is there is left as it is. */
export function namespaceCreator(registry: ResourceRegistry): (name: string) => Promise<void> {
  return async (name) => {
    const found = registry.lookup('', 'v1', 'namespaces');
    const namespace: KubeObject = { metadata: { name } };
    found?.version.applyDefaults(namespace);
    try {
      await found?.served.storage.create?.(internalContext(LOOPBACK_USER, ''), '', namespace, { dryRun: false });
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === 'AlreadyExists')) throw error;
    }
  };
}

/** The resource that holds the objects of a kind. */
export function resourcesOfKinds(registry: ResourceRegistry) {
  return (group: string, kind: string): { resource: string; namespaced: boolean } | undefined =>
    registry.findKind(group, kind)?.definition;
}
