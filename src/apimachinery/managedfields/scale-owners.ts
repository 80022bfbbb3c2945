import type { KubeObject, ManagedFieldsEntry } from '../meta/object.js';
import { difference, type FieldSet, insertPath, isEmptySet, isMember, type MutableFieldSet } from './field-set.js';
import { changedOwner, type Owner, type Owners, readOwners, writeOwners } from './managers.js';
import { fieldElement } from './path-element.js';

const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS_IN_SCALE = setOf(['spec', 'replicas']);

/** Where the replicas are, by API version of the resource; undefined in a version that has no scale. */
export type ReplicasPaths = ReadonlyMap<string, readonly string[] | undefined>;

/**
 * Carries ownership of the replicas between a resource and its scale, so that who scales owns them in the resource, and who owned them
 * in the resource is seen by who scales.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/scalehandler.go (behaviour)
 */
export class ScaleOwners {
  private readonly parent: Owners;

  /**
   * @param entries metadata.managedFields of the resource
   * @param apiVersion of the resource in the request: new owners are written in it
   */
  constructor(
    entries: readonly ManagedFieldsEntry[] | undefined,
    private readonly apiVersion: string,
    private readonly paths: ReplicasPaths,
  ) {
    this.parent = ownersOf(entries);
  }

  /** The owners of the replicas as the scale's own managedFields. */
  toScale(): ManagedFieldsEntry[] | undefined {
    const owners: Owners = new Map();
    for (const [id, owner] of this.parent) {
      const path = this.paths.get(owner.apiVersion);
      if (path === undefined || !hasPath(owner.set, path)) continue;
      owners.set(id, changedOwner(owner, { set: REPLICAS_IN_SCALE, apiVersion: SCALE_VERSION }));
    }
    return writeOwners(owners);
  }

  /** The resource's managedFields after its scale was written. Owners of versions that are not known go. */
  toParent(scaleEntries: readonly ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] | undefined {
    const inScale = ownersOf(scaleEntries);
    const owners: Owners = new Map();
    for (const [id, owner] of this.parent) {
      if (!this.paths.has(owner.apiVersion)) continue;
      const left = inScale.delete(id) ? owner : this.withoutReplicas(owner);
      if (left !== undefined) owners.set(id, left);
    }
    const own = this.paths.get(this.apiVersion);
    for (const [id, owner] of inScale) {
      if (own === undefined || !hasPath(owner.set, ['spec', 'replicas'])) continue;
      const { apiVersion } = this;
      owners.set(id, changedOwner(owner, { set: setOf(own), apiVersion, time: this.parent.get(id)?.time }));
    }
    return writeOwners(owners);
  }

  /** Undefined where the owner had nothing else. */
  private withoutReplicas(owner: Owner): Owner | undefined {
    const path = this.paths.get(owner.apiVersion);
    if (path === undefined || !hasPath(owner.set, path)) return owner;
    const set = difference(owner.set, setOf(path));
    return isEmptySet(set) ? undefined : changedOwner(owner, { set });
  }
}

/** Sets an object's managedFields, or takes them away. */
export function setManagedFields({ metadata }: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete metadata.managedFields;
  else metadata.managedFields = entries;
}

function ownersOf(entries: readonly ManagedFieldsEntry[] | undefined): Owners {
  const owners = readOwners(entries as ManagedFieldsEntry[] | undefined, true);
  return typeof owners === 'string' ? new Map() : owners;
}

function setOf(path: readonly string[]): FieldSet {
  const set: MutableFieldSet = {};
  insertPath(set, path.map(fieldElement));
  return set;
}

function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const name of path) {
    node = node[fieldElement(name)];
    if (node === undefined) return false;
  }
  return isMember(node);
}
