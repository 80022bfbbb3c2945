import type { UserInfo } from '../apimachinery/meta/user-info.js';
import { LOOPBACK_USER } from '../apimachinery/meta/user-info.js';
import { parseFieldSelector } from '../apimachinery/selectors/field-selector.js';
import { EVERYTHING } from '../apimachinery/selectors/selector.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import type { ResourceStore } from '../registry/resource-store.js';
import { internalContext, type RestContext } from '../registry/rest/context.js';
import type { ListOptions } from '../registry/rest/storage.js';

/** What reconcilers see of the server they run in: its stores, the clock, and an identity to write as. */
export interface Cluster {
  readonly registry: ResourceRegistry;
  /** ms since the epoch */
  readonly now: () => number;
  readonly log: (reconciler: string, key: string, error: unknown) => void;
}

export function systemContext(namespace: string, user: UserInfo = LOOPBACK_USER): RestContext {
  return internalContext(user, namespace);
}

/** The generic store of a resource; undefined where the resource is not served or not stored. */
export function storeOf(cluster: Cluster, group: string, resource: string): ResourceStore | undefined {
  return cluster.registry.find(group, resource)?.store;
}

/** @throws TypeError where a built-in resource is missing: a fault of the wiring, not of a request */
export function requireStore(cluster: Cluster, group: string, resource: string): ResourceStore {
  const store = storeOf(cluster, group, resource);
  if (store === undefined)
    throw new TypeError(`${resource} of group "${group}" must be served before reconcilers start`);
  return store;
}

/** Every stored resource, whichever server serves it. */
export function* allStores(cluster: Cluster): Iterable<ResourceStore> {
  for (const { store } of cluster.registry.all()) if (store !== undefined) yield store;
}

/** A list of everything, or of one name. */
export function listAll(name?: string): ListOptions {
  return {
    labels: EVERYTHING,
    fields: name === undefined ? EVERYTHING : parseFieldSelector(`metadata.name=${name}`),
    limit: 0,
    continueToken: '',
    resourceVersion: '',
    resourceVersionMatch: '',
  };
}

export function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown }).code === 404;
}

export function isConflict(error: unknown): boolean {
  return (error as { code?: unknown }).code === 409;
}
