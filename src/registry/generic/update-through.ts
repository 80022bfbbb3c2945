import type { ResourceStore } from '../resource-store.js';
import type { RestStorage } from '../rest/storage.js';
import type { Strategy } from '../rest/strategy.js';

/** A subresource that shows the whole object and lets a part of it be changed: get, update and patch under a strategy of its own. It never creates. */
export function updateThrough(store: ResourceStore, strategy: Strategy): RestStorage {
  const door = store.withStrategy(strategy);
  return {
    get: (ctx, name) => door.get(ctx, name),
    update: (ctx, name, request, options) => door.update(ctx, name, request, { ...options, forceAllowCreate: false }),
  };
}
