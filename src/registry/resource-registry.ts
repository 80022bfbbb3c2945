import { Injectable } from '@nestjs/common';
import type { GroupResource } from '../apimachinery/meta/group-version.js';
import type { ResourceVersion } from './resource-definition.js';
import type { ServedResource } from './served-resource.js';

/** Which server of the chain answers for a resource. */
export type ServerName = 'core' | 'extensions';

export interface Lookup {
  readonly served: ServedResource;
  readonly version: ResourceVersion;
  readonly server: ServerName;
}

/**
 * Everything that is served, by group, version and resource. Servers add and remove; the chain asks it before it throws
 * anything; discovery and OpenAPI read it and watch `generation`. Lookups allocate nothing.
 */
@Injectable()
export class ResourceRegistry {
  private readonly byPath = new Map<string, Lookup>();
  private readonly resources = new Map<string, { served: ServedResource; server: ServerName }>();
  private readonly listeners = new Set<(resource: GroupResource) => void>();
  private changes = 0;

  /** Moves with every change: caches of discovery and OpenAPI compare it. */
  get generation(): number {
    return this.changes;
  }

  /** Adds a resource or replaces it (a CRD's new shape) in one step: readers see the old or the new one, never a gap. */
  set(server: ServerName, served: ServedResource): void {
    const { group, resource } = served.definition;
    this.unlink(group, resource);
    this.resources.set(`${group}/${resource}`, { served, server });
    for (const version of served.definition.versions) {
      const answering = served.inVersion?.get(version.version) ?? served;
      this.byPath.set(`${group}/${version.version}/${resource}`, { served: answering, version, server });
    }
    this.changed({ group, resource });
  }

  delete(group: string, resource: string): void {
    this.unlink(group, resource);
    if (this.resources.delete(`${group}/${resource}`)) this.changed({ group, resource });
  }

  lookup(group: string, version: string, resource: string): Lookup | undefined {
    return this.byPath.get(`${group}/${version}/${resource}`);
  }

  /** The resource in whatever version, or undefined. */
  find(group: string, resource: string): ServedResource | undefined {
    return this.resources.get(`${group}/${resource}`)?.served;
  }

  findKind(group: string, kind: string): ServedResource | undefined {
    for (const { served } of this.resources.values()) {
      if (served.definition.group === group && served.definition.kind === kind) return served;
    }
    return undefined;
  }

  *all(server?: ServerName): Iterable<ServedResource> {
    for (const entry of this.resources.values())
      if (server === undefined || entry.server === server) yield entry.served;
  }

  /** Calls back after each change, in the same tick, with what was added, replaced or deleted; returns how to stop it. */
  onChange(listener: (resource: GroupResource) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private unlink(group: string, resource: string): void {
    const old = this.resources.get(`${group}/${resource}`);
    for (const version of old?.served.definition.versions ?? [])
      this.byPath.delete(`${group}/${version.version}/${resource}`);
  }

  private changed(resource: GroupResource): void {
    this.changes++;
    for (const listener of this.listeners) listener(resource);
  }
}
