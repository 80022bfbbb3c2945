import { setTimeout as delay } from 'node:timers/promises';
import type { Revision } from '../storage.js';
import type { CompactionOptions, StorageObserver } from '../storage-options.js';
import type { Dialect } from './dialect.js';

/** A step that took longer than this is followed by a smaller one, a much shorter one by a bigger one. */
const STEP_MS_TARGET = 5;
const STEP_REVISIONS_FIRST = 64;
/** Times remembered between two compactions. */
const SAMPLES_A_RETENTION = 10;
const SAMPLE_INTERVAL_MS_MIN = 100;

/** What compaction changes in the storage. */
export interface CompactionTarget {
  readonly revision: Revision;
  readonly compactedRevision: Revision;
  /** From now on nothing at or before the revision may be asked for. */
  compacted(revision: Revision): void;
}

/**
 * Removes the log's oldest rows in short transactions with rests between them, so that writes always find a gap. The
 * promise not to serve a revision any more is durable before the first row goes; a compaction cut short by a crash
 * is finished by the next.
 */
export class Compactor {
  private readonly samples: { at: number; revision: Revision }[] = [];
  private timers: NodeJS.Timeout[] = [];
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private stepRevisions = STEP_REVISIONS_FIRST;

  constructor(
    private readonly dialect: Dialect,
    private readonly target: CompactionTarget,
    private readonly options: CompactionOptions,
    private readonly observer: StorageObserver,
    private readonly now: () => number,
  ) {}

  start(): void {
    const { intervalMs, retentionMs } = this.options;
    if (intervalMs <= 0) return;
    const sampleMs = Math.max(SAMPLE_INTERVAL_MS_MIN, Math.min(intervalMs, retentionMs / SAMPLES_A_RETENTION));
    this.sample();
    this.timers = [
      setInterval(() => this.sample(), sampleMs).unref(),
      setInterval(() => this.compactOld(), intervalMs).unref(),
    ];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.running;
  }

  /** Forgets the log up to a revision, after a compaction under way. */
  compact(revision: Revision): Promise<void> {
    const next = this.running.then(() => this.compactNow(revision));
    this.running = next.catch(() => undefined);
    return next;
  }

  /** Remembers which revision it is now. */
  sample(): void {
    const { samples } = this;
    const at = this.now();
    samples.push({ at, revision: this.target.revision });
    // The newest of those that are old enough is the only one of them still needed.
    while (samples.length > 1 && samples[1]!.at <= at - this.options.retentionMs) samples.shift();
  }

  /** Compacts to the newest revision that is older than the retention. */
  compactOld(): void {
    const limit = this.now() - this.options.retentionMs;
    const old = this.samples.findLast(({ at }) => at <= limit);
    if (old === undefined || old.revision <= this.target.compactedRevision) return;
    this.compact(old.revision).catch((error: unknown) => this.observer.compactionFailed?.(error));
  }

  private async compactNow(revision: Revision): Promise<void> {
    const upTo = Math.min(revision, this.target.revision);
    const began = performance.now();
    let removed = 0;
    if (upTo > this.target.compactedRevision) {
      await this.dialect.setCompactedRevision(upTo);
      this.target.compacted(upTo);
    }
    const oldest = await this.dialect.oldestLogRevision();
    // The newest row stays whatever its age: it is how the counter survives a restart.
    const last = Math.min(upTo, this.target.revision - 1);
    for (let after = (oldest ?? last) - 1; after < last && !this.stopped; ) {
      const to = Math.min(last, after + this.stepRevisions);
      removed += await this.step(() => this.dialect.removeLog(after, to));
      after = to;
    }
    while (!this.stopped && (await this.step(() => this.dialect.reclaim())));
    this.observer.compacted?.(upTo, removed, performance.now() - began);
  }

  /** One short transaction, and a rest as long as it took. */
  private async step<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    const tookMs = performance.now() - began;
    if (tookMs > STEP_MS_TARGET) this.stepRevisions = Math.max(1, Math.floor(this.stepRevisions / 2));
    else if (tookMs < STEP_MS_TARGET / 2) this.stepRevisions = Math.min(this.options.batchRows, this.stepRevisions * 2);
    await delay(tookMs);
    return result;
  }
}
