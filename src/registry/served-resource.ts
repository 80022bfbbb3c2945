import type { ResourceDefinition, SubresourceDefinition } from './resource-definition.js';
import type { ResourceStore } from './resource-store.js';
import type { RestStorage } from './rest/storage.js';

/** A definition with the storage that serves it: what a server of the chain registers. */
export interface ServedResource {
  readonly definition: ResourceDefinition;
  /** What answers requests: the generic store, perhaps behind a guard, or something that stores nothing. */
  readonly storage: RestStorage;
  /** The generic store behind it, for the server's own loops; undefined where nothing is stored. */
  readonly store?: ResourceStore;
  readonly subresources: ReadonlyMap<string, SubresourceDefinition>;
  /**
   * What answers requests in each version, where storages work in the request's version instead of the hub's: the
   * definitions there name that version as their hub.
   */
  readonly inVersion?: ReadonlyMap<string, ServedResource>;
}
