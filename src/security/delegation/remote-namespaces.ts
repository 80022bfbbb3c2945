import { isJsonObject } from '../../apimachinery/meta/json.js';
import { ExpiringCache } from './expiring-cache.js';
import { type RemoteCluster, RemoteClusterError } from './remote-cluster.js';

type Phase = 'Active' | 'Terminating' | undefined;

const NAMESPACES_MAX = 4096;
/** A namespace of another server is there, or going, for so long without being asked for again. */
const FOUND_TTL_MS = 5_000;

/** The namespaces of the core server, for a server that has none of its own. */
export class RemoteNamespaces {
  private readonly cache: ExpiringCache<Phase>;

  constructor(
    private readonly cluster: RemoteCluster,
    now: () => number,
  ) {
    // What is not there may be made at any moment, and is wanted then.
    this.cache = new ExpiringCache(NAMESPACES_MAX, (phase) => (phase === undefined ? 0 : FOUND_TTL_MS), now);
  }

  /** Undefined where there is none of that name. @throws RemoteClusterError */
  readonly phase = (name: string): Phase | Promise<Phase> => this.cache.get(name, () => this.ask(name));

  private async ask(name: string): Promise<Phase> {
    try {
      const { status } = await this.cluster.get(`/api/v1/namespaces/${encodeURIComponent(name)}`);
      return isJsonObject(status) && status['phase'] === 'Terminating' ? 'Terminating' : 'Active';
    } catch (error) {
      if (error instanceof RemoteClusterError && error.code === 404) return undefined;
      throw error;
    }
  }
}
