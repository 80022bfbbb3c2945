import { formatGroupResource } from '../apimachinery/meta/group-version.js';
import type { CorruptObject } from './storage.js';
import type { StorageObserver } from './storage-options.js';

const GUIDE = 'docs/guides/troubleshooting.md';

/** Takes lines for the operator. */
export interface StorageLog {
  error(message: string): void;
  log(message: string): void;
}

/** A database that refuses writes refuses many: lines of one kind come at most this often. */
const REPEATED_MS_MIN = 10_000;

/**
 * What of the storage an operator has to know of: data that cannot be read (one line each, when its collection is opened), writes and
 * compactions that failed, watches that broke.
 * @param now ms of a clock that never goes back
 */
export function logStorage(log: StorageLog, now: () => number = () => performance.now()): StorageObserver {
  const refused = new Refusals();
  return {
    commitFailed: (rows, error) => {
      const writes = refused.countedAt(now(), rows);
      if (writes === undefined) return;
      log.error(
        `${writes} writes failed and left nothing: ${textOf(error)}; check that the database has room and can be written`,
      );
    },
    compactionFailed: (error) =>
      log.error(
        `old revisions could not be forgotten: ${textOf(error)}; it will be tried again, the database grows until then`,
      ),
    watchFailed: (collection, error) =>
      log.error(`a watch of ${resourceOf(collection)} was ended by a fault: ${textOf(error)}`),
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

/** Writes that failed since a line told of some. */
class Refusals {
  private untold = 0;
  private toldAt = Number.NEGATIVE_INFINITY;

  /** How many to tell of now; undefined where it is too early. */
  countedAt(now: number, writes: number): number | undefined {
    this.untold += writes;
    if (now - this.toldAt < REPEATED_MS_MIN) return undefined;
    const told = this.untold;
    this.untold = 0;
    this.toldAt = now;
    return told;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `deployments.apps` of the collection `apps/deployments`. */
function resourceOf(collection: string): string {
  const at = collection.lastIndexOf('/');
  return formatGroupResource({ group: collection.slice(0, at), resource: collection.slice(at + 1) });
}
