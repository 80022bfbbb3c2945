/** Where an object is: its collection and its key in it. */
export interface ObjectRef {
  readonly collection: string;
  readonly key: string;
}

export function refText({ collection, key }: ObjectRef): string {
  return `${collection} ${key}`;
}

export function parseRef(text: string): ObjectRef {
  const at = text.indexOf(' ');
  return { collection: text.slice(0, at), key: text.slice(at + 1) };
}

/**
 * Who depends on whom, by the owner's uid. Only objects with owners are in it, so a cluster without owner references costs
 * nothing, and an owner need not be known (or exist) for its dependents to be found.
 */
export class OwnerGraph {
  private readonly dependents = new Map<string, Set<string>>();
  private readonly owners = new Map<string, readonly string[]>();

  /** Sets the owners of an object; none takes it out. */
  set(ref: string, ownerUids: readonly string[]): void {
    this.delete(ref);
    if (ownerUids.length === 0) return;
    this.owners.set(ref, ownerUids);
    for (const uid of ownerUids) {
      const set = this.dependents.get(uid);
      if (set === undefined) this.dependents.set(uid, new Set([ref]));
      else set.add(ref);
    }
  }

  delete(ref: string): readonly string[] {
    const uids = this.owners.get(ref) ?? [];
    this.owners.delete(ref);
    for (const uid of uids) {
      const set = this.dependents.get(uid);
      set?.delete(ref);
      if (set?.size === 0) this.dependents.delete(uid);
    }
    return uids;
  }

  dependentsOf(uid: string): readonly string[] {
    return [...(this.dependents.get(uid) ?? [])];
  }
}
