export interface BucketRate {
  /** Tokens a second. */
  readonly qps: number;
  readonly burst: number;
  readonly keysMax: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket a key: `burst` at once, then `qps` a second. Keys unused for longest are forgotten, and so start full. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  /** @param now clock, ms */
  constructor(
    private readonly rate: BucketRate,
    private readonly now: () => number,
  ) {}

  /** False where the key has no token left. */
  take(key: string): boolean {
    const now = this.now();
    const { qps, burst, keysMax } = this.rate;
    const bucket = this.buckets.get(key) ?? { tokens: burst, filledAt: now };
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.filledAt) / 1000) * qps);
    bucket.filledAt = now;
    // A map remembers the order of insertion: the last used key is the last.
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size > keysMax) {
      for (const [oldest] of this.buckets) {
        this.buckets.delete(oldest);
        break;
      }
    }
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
