import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import type { Collection, StoredObject } from '../../storage/storage.js';

/** What one service has taken, or is about to: addresses as text, ports as numbers. */
export type Claims = readonly (string | number)[];

export function claimsOf(spec: CoreV1ServiceSpec): Claims {
  const ports = [...(spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return [...(spec.clusterIPs ?? []).filter((ip) => ip !== 'None'), ...ports.filter((port) => port > 0)];
}

/**
 * Which service holds which address and node port. Follows the collection of services, so that a write costs what the one
 * service claims, however many there are; writes under way are reserved here until the store has decided on them.
 */
export class ServiceClaims {
  private readonly holders = new Map<string | number, Set<string>>();
  private readonly stored = new Map<string, Claims>();
  private readonly reserved = new Map<string, Claims>();
  private following: Collection | undefined;

  /** @param collectionOf asked when the claims are first needed, and again after the collection has been closed */
  constructor(private readonly collectionOf: () => Collection | undefined) {}

  /** Whether another service than `key` (`namespace/name`) holds the address or port. */
  isTaken(claim: string | number, key: string): boolean {
    this.follow();
    const holders = this.holders.get(claim);
    return holders !== undefined && (holders.size > 1 || !holders.has(key));
  }

  /** Holds what a write is going to store, beside what the service has already. */
  reserve(key: string, claims: Claims): void {
    this.set(this.reserved, key, claims);
  }

  /** The write is over, or the service is gone: what the store shows now is what counts. */
  settle(key: string): void {
    this.set(this.stored, key, storedClaims(this.following?.get(key)));
    this.set(this.reserved, key, []);
  }

  private follow(): void {
    if (this.following !== undefined) return;
    const collection = this.collectionOf();
    if (collection === undefined) return;
    const page = collection.list({});
    // Without a selector and of the newest state, a list is answered from memory at once.
    if (page instanceof Promise) throw new TypeError('a list of the newest state must not wait');
    for (const key of this.stored.keys()) this.set(this.stored, key, []);
    for (const service of page.items) this.set(this.stored, service.key, storedClaims(service));
    this.following = collection;
    collection.watch({
      afterRevision: page.revision,
      // What the store shows is at least as new as the event.
      onEvents: (events) => {
        for (const { object } of events) this.set(this.stored, object.key, storedClaims(collection.get(object.key)));
      },
      onEnd: () => {
        this.following = undefined;
      },
    });
  }

  /** Replaces what `key` holds in one of the two maps; the other may still hold the same. */
  private set(map: Map<string, Claims>, key: string, claims: Claims): void {
    const before = map.get(key) ?? [];
    if (claims.length > 0) map.set(key, claims);
    else map.delete(key);
    const kept = new Set([...(this.stored.get(key) ?? []), ...(this.reserved.get(key) ?? [])]);
    for (const claim of before) if (!kept.has(claim)) this.release(claim, key);
    for (const claim of claims) {
      const holders = this.holders.get(claim);
      if (holders === undefined) this.holders.set(claim, new Set([key]));
      else holders.add(key);
    }
  }

  private release(claim: string | number, key: string): void {
    const holders = this.holders.get(claim);
    holders?.delete(key);
    if (holders?.size === 0) this.holders.delete(claim);
  }
}

function storedClaims(stored: StoredObject | undefined): Claims {
  return stored === undefined ? [] : claimsOf((stored.decode() as CoreV1Service).spec ?? {});
}
