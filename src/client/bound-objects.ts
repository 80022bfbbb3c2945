import type { Collection, StoredObject } from '../storage/storage.js';

/** The few fields of a stored object that credentials bound to it are checked against. */
export interface BoundState {
  readonly uid: string;
  readonly deletionTimestamp: string | undefined;
}

const RESOURCES = { ServiceAccount: 'serviceaccounts', Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as const;

/**
 * Looks up what tokens are bound to, straight in the watch cache. An object is parsed at most once while it does not change.
 */
export class StoredBoundObjects {
  private readonly states = new WeakMap<StoredObject, BoundState>();

  /** @param collectionOf the collection of a core resource; undefined while it is not open */
  constructor(private readonly collectionOf: (resource: string) => Collection | undefined) {}

  /** @param namespace ignored for nodes */
  find(kind: keyof typeof RESOURCES, namespace: string, name: string): BoundState | undefined {
    const stored = this.collectionOf(RESOURCES[kind])?.get(kind === 'Node' ? name : `${namespace}/${name}`);
    if (stored === undefined) return undefined;
    let state = this.states.get(stored);
    if (state === undefined) {
      const { uid = '', deletionTimestamp } = stored.decode().metadata;
      state = { uid, deletionTimestamp };
      this.states.set(stored, state);
    }
    return state;
  }
}
