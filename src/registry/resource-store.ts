import type { Collection } from '../storage/storage.js';
import type { ResourceDefinition } from './resource-definition.js';
import type { RestStorage } from './rest/storage.js';

/** The generic store: placeholder shape while the store is being written; see the next commit. */
export interface ResourceStore extends Required<RestStorage> {
  readonly definition: ResourceDefinition;
  readonly collection: Collection;
}
