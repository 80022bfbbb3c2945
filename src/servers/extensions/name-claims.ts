import type { CrdNames } from '../../registry/apiextensions/crd.js';
import type { ClaimedNames } from './naming.js';

interface GroupClaims {
  /** Name -> definition that holds it. */
  readonly resources: Map<string, string>;
  readonly kinds: Map<string, string>;
  readonly held: Map<string, CrdNames>;
  /** Definitions that were refused a name and wait for one to come free. */
  readonly refused: Set<string>;
}

/** Who holds which names, by group: one look-up a name, however many definitions a group has. */
export class NameClaims {
  private readonly groups = new Map<string, GroupClaims>();

  /** What is taken from the point of view of one definition: its own names are not. */
  seenBy(group: string, crd: string): ClaimedNames {
    const claims = this.groups.get(group);
    const takenIn = (names: Map<string, string> | undefined, name: string): boolean => {
      const holder = names?.get(name);
      return holder !== undefined && holder !== crd;
    };
    return {
      isResourceTaken: (name) => takenIn(claims?.resources, name),
      isKindTaken: (kind) => takenIn(claims?.kinds, kind),
    };
  }

  /** Records the names a definition holds now; returns the definitions that may get further because names came free. */
  set(group: string, crd: string, names: CrdNames, refused: boolean): readonly string[] {
    const claims = this.claimsOf(group);
    const before = namesOf(claims.held.get(crd));
    this.release(claims, crd);
    const now = namesOf(names);
    for (const name of now.resources) if (!claims.resources.has(name)) claims.resources.set(name, crd);
    for (const kind of now.kinds) if (!claims.kinds.has(kind)) claims.kinds.set(kind, crd);
    claims.held.set(crd, names);
    if (refused) claims.refused.add(crd);
    else claims.refused.delete(crd);
    const freed =
      before.resources.some((name) => !claims.resources.has(name)) ||
      before.kinds.some((kind) => !claims.kinds.has(kind));
    return freed ? [...claims.refused].filter((name) => name !== crd) : [];
  }

  delete(group: string, crd: string): readonly string[] {
    const claims = this.groups.get(group);
    if (claims === undefined) return [];
    const had = claims.held.has(crd);
    this.release(claims, crd);
    claims.held.delete(crd);
    claims.refused.delete(crd);
    if (claims.held.size === 0 && claims.refused.size === 0) this.groups.delete(group);
    return had ? [...claims.refused] : [];
  }

  private release(claims: GroupClaims, crd: string): void {
    const { resources, kinds } = namesOf(claims.held.get(crd));
    for (const name of resources) if (claims.resources.get(name) === crd) claims.resources.delete(name);
    for (const kind of kinds) if (claims.kinds.get(kind) === crd) claims.kinds.delete(kind);
  }

  private claimsOf(group: string): GroupClaims {
    let claims = this.groups.get(group);
    if (claims === undefined) {
      claims = { resources: new Map(), kinds: new Map(), held: new Map(), refused: new Set() };
      this.groups.set(group, claims);
    }
    return claims;
  }
}

function namesOf(names: CrdNames | undefined): { resources: string[]; kinds: string[] } {
  const present = (name: string | undefined): name is string => name !== undefined && name !== '';
  return {
    resources: [names?.plural, names?.singular, ...(names?.shortNames ?? [])].filter(present),
    kinds: [names?.kind, names?.listKind].filter(present),
  };
}
