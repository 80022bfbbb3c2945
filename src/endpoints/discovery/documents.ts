import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { ApiRegistration, GroupRegistrations } from './api-registrations.js';
import type { ListedResource } from './resource-listing.js';

/**
 * The discovery documents as JSON values, fields in the order of Go's types. The old documents of the core group carry no
 * apiVersion: release 1.1 left it out, and clients may rely on that.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export function apiVersions(serverAddress: string): JsonObject {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

export function apiGroupList(groups: readonly GroupRegistrations[]): JsonObject {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupFields) };
}

export function apiGroup(group: GroupRegistrations): JsonObject {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupFields(group) };
}

function groupFields({ group, versions }: GroupRegistrations): JsonObject {
  const list = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: list, preferredVersion: list[0]! };
}

export function apiResourceList(group: string, version: string, resources: readonly ListedResource[]): JsonObject {
  const rows: JsonObject[] = [];
  for (const resource of resources) {
    rows.push(resourceRow(resource));
    for (const subresource of resource.subresources) {
      rows.push({
        name: `${resource.name}/${subresource.name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...(subresource.group === '' ? {} : { group: subresource.group }),
        ...(subresource.version === '' ? {} : { version: subresource.version }),
        kind: subresource.kind,
        verbs: [...subresource.verbs],
      });
    }
  }
  const apiVersion = group === '' ? {} : { apiVersion: 'v1' };
  return {
    kind: 'APIResourceList',
    ...apiVersion,
    groupVersion: formatGroupVersion({ group, version }),
    resources: rows,
  };
}

function resourceRow(resource: ListedResource): JsonObject {
  return {
    name: resource.name,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: [...resource.verbs],
    ...(resource.shortNames.length === 0 ? {} : { shortNames: [...resource.shortNames] }),
    ...(resource.categories.length === 0 ? {} : { categories: [...resource.categories] }),
    ...(resource.storageVersionHash === '' ? {} : { storageVersionHash: resource.storageVersionHash }),
  };
}

export const AGGREGATED_KIND = {
  group: 'apidiscovery.k8s.io',
  version: 'v2',
  kind: 'APIGroupDiscoveryList',
} as const;

/** The envelope of aggregated discovery round its groups. */
export function apiGroupDiscoveryList(items: JsonObject[]): JsonObject {
  const { group, version, kind } = AGGREGATED_KIND;
  return { kind, apiVersion: `${group}/${version}`, metadata: {}, items };
}

/** @param name '' for the core group, which then has no name in its metadata */
export function apiGroupDiscovery(name: string, versions: JsonObject[]): JsonObject {
  return { metadata: name === '' ? {} : { name }, versions };
}

export function apiVersionDiscovery(version: string, resources: JsonObject[], stale: boolean): JsonObject {
  return { version, ...(resources.length === 0 ? {} : { resources }), freshness: stale ? 'Stale' : 'Current' };
}

/** A resource of this server. Built-in ones leave group and version of their own kind empty, custom ones spell them out. */
export function apiResourceDiscovery(
  { group, version }: Pick<ApiRegistration, 'group' | 'version'>,
  resource: ListedResource,
): JsonObject {
  const own = resource.custom ? { group, version } : { group: '', version: '' };
  const subresources = resource.subresources.map((subresource) => ({
    subresource: subresource.name,
    responseKind: {
      group: subresource.version === '' ? own.group : subresource.group,
      version: subresource.version === '' ? own.version : subresource.version,
      kind: subresource.kind,
    },
    verbs: [...subresource.verbs],
  }));
  return {
    resource: resource.name,
    responseKind: { ...own, kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: [...resource.verbs],
    ...(resource.shortNames.length === 0 ? {} : { shortNames: [...resource.shortNames] }),
    ...(resource.categories.length === 0 ? {} : { categories: [...resource.categories] }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
