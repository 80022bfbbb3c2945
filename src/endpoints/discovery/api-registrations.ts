import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import { compareKubeVersions } from './kube-version.js';

/** A group/version that is part of the API, as its APIService says. */
export interface ApiRegistration {
  /** Name of the APIService: `v1.apps`. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  /** spec.groupPriorityMinimum. */
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** Absent where this server serves the group/version itself. */
  readonly remote?: RemoteDiscovery;
}

/** What is known of a group/version that another server serves. */
export interface RemoteDiscovery {
  /** Resources in the form of aggregated discovery (APIResourceDiscovery) as last fetched; empty when never. */
  readonly resources: readonly JsonObject[];
  /** The last fetch failed. */
  readonly stale: boolean;
}

/** Every group/version that discovery lists; the aggregation server implements it from APIService objects. */
export abstract class ApiRegistrations {
  /** Moves with every change of `list()`. */
  abstract readonly generation: number;
  /** In no particular order; one entry a group/version, the core group left out. */
  abstract list(): readonly ApiRegistration[];
}

export interface GroupVersionPriority {
  readonly group: number;
  readonly version: number;
}

/** Priorities of group/versions that nobody fixed: custom resources and plugins. */
const UNFIXED: GroupVersionPriority = { group: 1000, version: 100 };

/** Registrations of what the registry serves and nothing else: a server without an aggregation layer. */
export class LocalApiRegistrations extends ApiRegistrations {
  private built = -1;
  private registrations: readonly ApiRegistration[] = [];

  /** @param priorities fixed priorities by `group/version` */
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly priorities: ReadonlyMap<string, GroupVersionPriority>,
  ) {
    super();
  }

  get generation(): number {
    return this.registry.generation;
  }

  list(): readonly ApiRegistration[] {
    if (this.built !== this.registry.generation) {
      this.registrations = this.build();
      this.built = this.registry.generation;
    }
    return this.registrations;
  }

  private build(): ApiRegistration[] {
    const found = new Map<string, ApiRegistration>();
    for (const { definition } of this.registry.all()) {
      if (definition.group === '') continue;
      for (const { version } of definition.versions) {
        const key = formatGroupVersion({ group: definition.group, version });
        if (found.has(key)) continue;
        const priority = this.priorities.get(key) ?? UNFIXED;
        found.set(key, {
          name: `${version}.${definition.group}`,
          group: definition.group,
          version,
          groupPriority: priority.group,
          versionPriority: priority.version,
        });
      }
    }
    return [...found.values()];
  }
}

/** Versions of one group, preferred first. */
export interface GroupRegistrations {
  readonly group: string;
  readonly versions: readonly ApiRegistration[];
}

/** The group that a server with APIServices lists before all others, whatever their priorities. */
const FIRST_GROUP = 'apiregistration.k8s.io';

/**
 * Groups in the order clients see them: by the highest priority any of their versions gives, then by name; legacy
 * discovery settles ties by the names of the APIServices, aggregated discovery by those of the groups.
 */
export function orderGroups(
  registrations: readonly ApiRegistration[],
  form: 'legacy' | 'aggregated',
): GroupRegistrations[] {
  const groups = new Map<string, ApiRegistration[]>();
  for (const registration of registrations) {
    const known = groups.get(registration.group);
    if (known === undefined) groups.set(registration.group, [registration]);
    else known.push(registration);
  }
  return [...groups.entries()]
    .map(([group, versions]) => ({ group, leader: versions.reduce(moreImportant), versions: versions.sort(byVersion) }))
    .sort((a, b) => {
      if (a.group === FIRST_GROUP || b.group === FIRST_GROUP) return a.group === FIRST_GROUP ? -1 : 1;
      const priority = b.leader.groupPriority - a.leader.groupPriority;
      if (priority !== 0) return priority;
      return form === 'legacy' ? order(a.leader.name, b.leader.name) : order(a.group, b.group);
    });
}

function moreImportant(a: ApiRegistration, b: ApiRegistration): ApiRegistration {
  if (a.groupPriority !== b.groupPriority) return a.groupPriority > b.groupPriority ? a : b;
  return order(a.name, b.name) <= 0 ? a : b;
}

function byVersion(a: ApiRegistration, b: ApiRegistration): number {
  return b.versionPriority - a.versionPriority || compareKubeVersions(a.version, b.version);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
