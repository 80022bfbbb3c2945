export interface KeyedQueueOptions {
  /** Keys worked on at the same time. */
  readonly concurrency: number;
  /** Wait after a first failure; doubles up to the maximum. */
  readonly retryDelayMs: number;
  readonly retryDelayMsMax: number;
  readonly onError?: (key: string, error: unknown) => void;
}

/**
 * Works through keys, each at most once at a time: a key that is added while it is worked on is worked on again afterwards.
 * It holds a key once however often it is added, so it is bounded by the number of objects behind the keys.
 */
export class KeyedQueue {
  private readonly waiting = new Set<string>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly failures = new Map<string, number>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private stopped = false;
  private idleWaiters: (() => void)[] = [];

  constructor(
    private readonly work: (key: string) => Promise<void>,
    private readonly options: KeyedQueueOptions,
  ) {}

  add(key: string): void {
    if (this.stopped) return;
    this.waiting.add(key);
    this.pump();
  }

  addAfter(key: string, delayMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.timers.get(key));
    const timer = setTimeout(() => {
      this.timers.delete(key);
      this.add(key);
    }, delayMs);
    timer.unref();
    this.timers.set(key, timer);
  }

  /** Resolves when nothing waits or runs (delayed keys do not count). */
  idle(): Promise<void> {
    if (this.waiting.size === 0 && this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** Takes no more keys and resolves when the running ones are done. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await Promise.all(this.running.values());
  }

  private pump(): void {
    for (const key of this.waiting) {
      if (this.running.size >= this.options.concurrency) return;
      if (this.running.has(key)) continue;
      this.waiting.delete(key);
      this.running.set(key, this.run(key));
    }
    if (this.waiting.size > 0 || this.running.size > 0) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  private async run(key: string): Promise<void> {
    // Leave the caller's stack first: adding a key never runs its work.
    await Promise.resolve();
    try {
      await this.work(key);
      this.failures.delete(key);
    } catch (error) {
      this.options.onError?.(key, error);
      const failures = (this.failures.get(key) ?? 0) + 1;
      this.failures.set(key, failures);
      const { retryDelayMs, retryDelayMsMax } = this.options;
      this.addAfter(key, Math.min(retryDelayMs * 2 ** Math.min(failures - 1, 30), retryDelayMsMax));
    }
    this.running.delete(key);
    this.pump();
  }
}
