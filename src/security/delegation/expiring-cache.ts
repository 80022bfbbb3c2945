import { LruMap } from '../authentication/lru-map.js';

/** Answers of another server, each for its time; calls for one key while it is asked share the question. */
export class ExpiringCache<T> {
  private readonly known: LruMap<string, { readonly value: T; readonly untilMs: number }>;
  private readonly asking = new Map<string, Promise<T>>();

  /**
   * @param entriesMax the least recently used go first
   * @param ttlMs how long an answer may be used; 0: not at all
   * @param now ms since the epoch
   */
  constructor(
    entriesMax: number,
    private readonly ttlMs: (value: T) => number,
    private readonly now: () => number,
  ) {
    this.known = new LruMap(entriesMax);
  }

  /** Failures are not kept. */
  get(key: string, ask: () => Promise<T>): T | Promise<T> {
    const known = this.known.get(key);
    if (known !== undefined && known.untilMs > this.now()) return known.value;
    let asking = this.asking.get(key);
    if (asking === undefined) {
      asking = ask()
        .then((value) => {
          const ttlMs = this.ttlMs(value);
          if (ttlMs > 0) this.known.set(key, { value, untilMs: this.now() + ttlMs });
          return value;
        })
        .finally(() => this.asking.delete(key));
      this.asking.set(key, asking);
    }
    return asking;
  }
}
