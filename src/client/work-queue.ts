/** How long a failing key waits before it is tried again, and how many run at once. */
export interface WorkQueueOptions {
  readonly name: string;
  readonly concurrency: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Keys that may wait; the oldest wins, further ones are refused with an error (the next event brings them again). */
  readonly keysMax: number;
  readonly onError?: ((key: string, error: unknown) => void) | undefined;
}

export const WORK_QUEUE_DEFAULTS = {
  concurrency: 4,
  firstRetryMs: 5,
  lastRetryMs: 30_000,
  keysMax: 1_000_000,
} as const;

/**
 * Keys to be looked at, each once however often it is added, never two runs of one key at a time, with exponential backoff for
 * those that fail: client-go's rate-limited work queue.
 * @see https://pkg.go.dev/k8s.io/client-go/util/workqueue
 */
export class WorkQueue {
  private readonly waiting = new Set<string>();
  private readonly running = new Map<string, Promise<void>>();
  /** Added again while running. */
  private readonly dirty = new Set<string>();
  private readonly failures = new Map<string, number>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private stopped = false;
  private scheduled = false;
  private idleWaiters: (() => void)[] = [];

  constructor(
    private readonly options: WorkQueueOptions,
    private readonly work: (key: string) => Promise<void>,
  ) {}

  get length(): number {
    return this.waiting.size + this.timers.size;
  }

  add(key: string): void {
    if (this.stopped) return;
    this.cancelTimer(key);
    if (this.running.has(key)) {
      this.dirty.add(key);
      return;
    }
    if (this.waiting.size >= this.options.keysMax && !this.waiting.has(key)) {
      throw new RangeError(`work queue ${this.options.name} is full (${this.options.keysMax} keys)`);
    }
    this.waiting.add(key);
    this.schedule();
  }

  /** Adds a key after a time; an earlier `add` comes first. */
  addAfter(key: string, delayMs: number): void {
    if (this.stopped || this.waiting.has(key) || this.timers.has(key)) return;
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

  /** Takes no more keys and waits for those that run. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await Promise.allSettled(this.running.values());
    this.tellIdle();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.startMore();
    });
  }

  private startMore(): void {
    for (const key of this.waiting) {
      if (this.running.size >= this.options.concurrency) return;
      this.waiting.delete(key);
      this.running.set(key, this.run(key));
    }
  }

  private async run(key: string): Promise<void> {
    let failed = false;
    try {
      await this.work(key);
      this.failures.delete(key);
    } catch (error) {
      failed = true;
      this.options.onError?.(key, error);
    }
    this.running.delete(key);
    if (this.stopped) return;
    if (this.dirty.delete(key)) this.add(key);
    else if (failed) this.addAfter(key, this.backoff(key));
    if (this.waiting.size > 0) this.schedule();
    else if (this.running.size === 0) this.tellIdle();
  }

  private tellIdle(): void {
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  private backoff(key: string): number {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    return Math.min(this.options.firstRetryMs * 2 ** Math.min(failures, 30), this.options.lastRetryMs);
  }

  private cancelTimer(key: string): void {
    const timer = this.timers.get(key);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.timers.delete(key);
  }
}
