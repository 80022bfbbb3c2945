import type { JsonObject } from '../../apimachinery/meta/json.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import { type ApiRegistration, ApiRegistrations } from '../../endpoints/discovery/api-registrations.js';
import type { ServedGroups } from '../../endpoints/served-groups.js';
import { API_SERVICE_GROUP, GROUP_PRIORITY_MAX } from '../../registry/apiregistration/api-service.js';
import type { ApiServiceEntry, ApiServiceTable } from './api-service-table.js';
import { fetchResources } from './remote-discovery.js';

interface Fetched {
  readonly resources: readonly JsonObject[];
  readonly stale: boolean;
}

/** The group of APIServices themselves, which has no APIService: this server lists it always. */
const OWN_REGISTRATION: ApiRegistration = {
  name: `v1.${API_SERVICE_GROUP}`,
  group: API_SERVICE_GROUP,
  version: 'v1',
  groupPriority: GROUP_PRIORITY_MAX,
  versionPriority: 0,
};

/**
 * What discovery lists, from the APIServices that are stored. Remote documents are fetched beside the requests that show them,
 * so that a dead backend slows nobody down.
 */
export class ApiServiceRegistrations extends ApiRegistrations {
  private readonly fetched = new Map<string, Fetched>();
  private readonly fetching = new Map<string, Promise<void>>();
  private fetches = 0;
  private built = -1;
  private registrations: readonly ApiRegistration[] = [];

  constructor(
    private readonly table: ApiServiceTable,
    private readonly groups: ServedGroups,
  ) {
    super();
  }

  get generation(): number {
    return this.table.generation + this.fetches;
  }

  list(): readonly ApiRegistration[] {
    if (this.built === this.generation) return this.registrations;
    this.built = this.generation;
    const entries = [...this.table.all()];
    for (const name of this.fetched.keys()) if (this.table.get(name)?.backend === undefined) this.fetched.delete(name);
    const others = entries.filter(({ group }) => group !== '' && group !== API_SERVICE_GROUP);
    const all = [OWN_REGISTRATION, ...others.map((entry) => this.register(entry))];
    this.registrations = all.filter(({ group }) => this.groups.has(group));
    return this.registrations;
  }

  /** Fetches the documents of an APIService anew; calls while one is under way share it. */
  refresh(name: string, available: boolean): Promise<void> {
    const running = this.fetching.get(name);
    if (running !== undefined) return running;
    const refreshing = this.fetch(name, available).finally(() => this.fetching.delete(name));
    this.fetching.set(name, refreshing);
    return refreshing;
  }

  private async fetch(name: string, available: boolean): Promise<void> {
    const entry = this.table.get(name);
    if (entry?.backend === undefined) return;
    const before = this.fetched.get(name);
    let after: Fetched = { resources: before?.resources ?? [], stale: true };
    if (available) {
      try {
        after = { resources: await fetchResources(entry.backend, entry.group, entry.version), stale: false };
      } catch {
        // What was known stays, marked as stale: the availability check tells why.
      }
    }
    const same = before?.stale === after.stale && jsonEqual([...before.resources], [...after.resources]);
    if (same) return;
    this.fetched.set(name, after);
    this.fetches++;
  }

  private register({ name, group, version, service, backend }: ApiServiceEntry): ApiRegistration {
    const { groupPriorityMinimum: groupPriority = 0, versionPriority = 0 } = service.spec;
    const local = { name, group, version, groupPriority, versionPriority };
    return backend === undefined
      ? local
      : { ...local, remote: this.fetched.get(name) ?? { resources: [], stale: true } };
  }
}
