/** What a token is bound to. The same object for as long as nothing changed: verified tokens are remembered by it. */
export interface BoundObject {
  readonly uid: string;
  /** RFC 3339; undefined while it is not being deleted. */
  readonly deletionTimestamp: string | undefined;
}

export type BoundKind = 'ServiceAccount' | 'Pod' | 'Secret' | 'Node';

/** Looks up the newest state of what tokens refer to. Answers from memory. */
export abstract class BoundObjectLookup {
  /** @param namespace ignored for nodes */
  abstract find(kind: BoundKind, namespace: string, name: string): BoundObject | undefined;
}
