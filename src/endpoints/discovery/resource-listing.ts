import { createHash } from 'node:crypto';
import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { ResourceVersion, SubresourceDefinition } from '../../registry/resource-definition.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import type { RestStorage } from '../../registry/rest/storage.js';
import type { ServedResource } from '../../registry/served-resource.js';

/** A resource as discovery tells of it, in one API version. */
export interface ListedResource {
  readonly name: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** '' where nothing is stored. */
  readonly storageVersionHash: string;
  readonly subresources: readonly ListedSubresource[];
  readonly custom: boolean;
  /** Whether a deletion answers with the object instead of a Status. */
  readonly showsDeleted: boolean;
  /** Of the schema, where it may change. */
  readonly edition?: string;
}

export interface ListedSubresource {
  readonly name: string;
  readonly kind: string;
  /** Group and version of `kind` where they are not the resource's own, else ''. */
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

/** What is on record about a built-in resource; an entry of the catalogue's resources fits. */
export interface ResourceFacts {
  readonly groupVersion: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly subresources?: readonly SubresourceFacts[];
}

export interface SubresourceFacts {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** `policy/v1`, or the two halves, where the kind is of another group/version than the resource. */
  readonly groupVersion?: string;
  readonly group?: string;
  readonly version?: string;
}

/** Discovery lists the verbs of custom resources in this order, and of all others by name. */
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/**
 * Built-in resources that the reference stores in another version than the one it prefers to serve, because that one is
 * younger than the release it must stay compatible with. Only clients' storageVersionHash shows it.
 */
const STORED_AS: Readonly<Record<string, string>> = {
  'apiextensions.k8s.io/customresourcedefinitions': 'apiextensions.k8s.io/v1beta1',
  'autoscaling/horizontalpodautoscalers': 'autoscaling/v2',
  'certificates.k8s.io/clustertrustbundles': 'certificates.k8s.io/v1beta1',
  'certificates.k8s.io/podcertificaterequests': 'certificates.k8s.io/v1beta1',
  'events.k8s.io/events': '/v1',
};

type Listed = WeakMap<ServedResource, ReadonlyMap<string, ListedResource>>;

/** What served resources look like by the same facts: discovery and OpenAPI share it. */
const LISTED = new WeakMap<readonly ResourceFacts[], Listed>();

/** Lists resources by group/version. What a served resource looks like is worked out once and dropped with it. */
export class ResourceListing {
  private readonly facts: ReadonlyMap<string, ResourceFacts>;
  private readonly listed: Listed;

  constructor(
    private readonly registry: ResourceRegistry,
    facts: readonly ResourceFacts[],
  ) {
    this.facts = new Map(facts.map((fact) => [`${fact.groupVersion}/${fact.resource}`, fact]));
    this.listed = LISTED.get(facts) ?? new WeakMap();
    LISTED.set(facts, this.listed);
  }

  /** Resources by `group/version` (`v1` for the core group), each list in the order of names. */
  byGroupVersion(): ReadonlyMap<string, readonly ListedResource[]> {
    const lists = new Map<string, ListedResource[]>();
    for (const served of this.registry.all()) {
      for (const [version, resource] of this.listResource(served)) {
        const key = formatGroupVersion({ group: served.definition.group, version });
        const list = lists.get(key);
        if (list === undefined) lists.set(key, [resource]);
        else list.push(resource);
      }
    }
    for (const list of lists.values()) list.sort((a, b) => (a.name < b.name ? -1 : 1));
    return lists;
  }

  private listResource(served: ServedResource): ReadonlyMap<string, ListedResource> {
    let versions = this.listed.get(served);
    if (versions === undefined) {
      versions = new Map(served.definition.versions.map((version) => [version.version, this.list(served, version)]));
      this.listed.set(served, versions);
    }
    return versions;
  }

  private list(served: ServedResource, { version, edition }: ResourceVersion): ListedResource {
    const { definition } = served;
    const facts = this.facts.get(`${formatGroupVersion({ group: definition.group, version })}/${definition.resource}`);
    const verbs = facts?.verbs ?? verbsOf(served.storage, definition.custom);
    const stored = definition.strategy !== undefined && verbs.includes('watch');
    return {
      name: definition.resource,
      singular: definition.singular,
      namespaced: definition.namespaced,
      kind: definition.kind,
      verbs,
      shortNames: definition.shortNames,
      categories: definition.categories,
      storageVersionHash: stored ? storageVersionHash(served) : '',
      subresources:
        facts === undefined ? subresourcesOf(served, version) : (facts.subresources ?? []).map(listFactsOfSubresource),
      custom: definition.custom,
      showsDeleted: !definition.custom && definition.strategy?.returnsDeletedObject === true,
      ...(edition !== undefined && { edition }),
    };
  }
}

function listFactsOfSubresource(facts: SubresourceFacts): ListedSubresource {
  const slash = facts.groupVersion?.indexOf('/') ?? -1;
  return {
    name: facts.name,
    kind: facts.kind,
    group: facts.group ?? facts.groupVersion?.slice(0, Math.max(slash, 0)) ?? '',
    version: facts.version ?? facts.groupVersion?.slice(slash + 1) ?? '',
    verbs: facts.verbs,
  };
}

/** Subresources of custom resources come in the order of their definition, of all others by name. */
function subresourcesOf(served: ServedResource, version: string): ListedSubresource[] {
  const { definition } = served;
  const list: ListedSubresource[] = [];
  for (const subresource of served.subresources.values()) {
    if (subresource.versions !== undefined && !subresource.versions.includes(version)) continue;
    list.push(listSubresource(subresource, definition.kind));
  }
  return definition.custom ? list : list.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listSubresource(subresource: SubresourceDefinition, parentKind: string): ListedSubresource {
  return {
    name: subresource.name,
    kind: subresource.kind?.kind ?? parentKind,
    group: subresource.kind?.group ?? '',
    version: subresource.kind?.version ?? '',
    verbs: subresource.storage.direct?.verbs.toSorted() ?? verbsOf(subresource.storage, false),
  };
}

function verbsOf(storage: RestStorage, custom: boolean): string[] {
  const verbs: string[] = [];
  if (storage.create !== undefined) verbs.push('create');
  if (storage.delete !== undefined) verbs.push('delete');
  if (storage.deleteCollection !== undefined) verbs.push('deletecollection');
  if (storage.get !== undefined) verbs.push('get');
  if (storage.list !== undefined) verbs.push('list');
  if (storage.get !== undefined && storage.update !== undefined) verbs.push('patch');
  if (storage.update !== undefined) verbs.push('update');
  if (storage.watch !== undefined) verbs.push('watch');
  return custom ? CUSTOM_VERBS.filter((verb) => verbs.includes(verb)) : verbs;
}

/** Names the form objects are stored in without telling it: the first 8 bytes of a SHA-256, in base64. */
function storageVersionHash({ definition }: ServedResource): string {
  const stored = definition.custom ? undefined : STORED_AS[`${definition.group}/${definition.resource}`];
  const groupVersion = stored ?? `${definition.group}/${definition.hubVersion}`;
  return createHash('sha256').update(`${groupVersion}/${definition.kind}`).digest().subarray(0, 8).toString('base64');
}
