import { formatGroupResource } from '../apimachinery/meta/group-version.js';
import type { CorruptObject } from './storage.js';
import type { StorageObserver } from './storage-options.js';

const GUIDE = 'docs/guides/troubleshooting.md';

/** Takes lines for the operator. */
export interface StorageLog {
  error(message: string): void;
  log(message: string): void;
}

/** Says of stored data that cannot be read which it is and what to do: one line each, when its collection is opened. */
export function logUnreadable(log: StorageLog): StorageObserver {
  return {
    corrupt: (object: CorruptObject) => {
      const { key, revision, fault } = object;
      log.error(
        `${resourceOf(object.collection)} ${key} cannot be read (revision ${revision}: ${fault}); all others can. Delete it with ` +
          `ignoreStoreReadErrorWithClusterBreakingPotential, or put its value right while the server is stopped: see ${GUIDE}`,
      );
    },
    historyCut: (collection, revision) => {
      log.log(
        `what ${resourceOf(collection)} were before revision ${revision} cannot all be read: watches and lists from before may fail ` +
          `until compaction has forgotten it; nothing needs to be done`,
      );
    },
  };
}

/** `deployments.apps` of the collection `apps/deployments`. */
function resourceOf(collection: string): string {
  const at = collection.lastIndexOf('/');
  return formatGroupResource({ group: collection.slice(0, at), resource: collection.slice(at + 1) });
}
