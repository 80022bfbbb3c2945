import { BytePacker } from '../byte-packer.js';
import { StorageError } from '../errors.js';
import type { Revision, StoredEvent } from '../storage.js';
import type { StorageLimits, StorageObserver } from '../storage-options.js';
import type { Dialect } from './dialect.js';
import { WriteBatchBuilder } from './write-batch-builder.js';
import type { WriteCall, WriteTarget } from './write-call.js';

/** Where commits go once they are durable. */
export interface CommitTarget {
  /** The newest revision whose events the caches hold. */
  readonly revision: Revision;
  /** Brings the caches, then the watches, to a revision. */
  applied(revision: Revision, events: ReadonlyMap<WriteTarget, readonly StoredEvent[]>): void;
  /** Brings the caches to what the database has beyond them; runs inside the transaction that `begin` opened. */
  catchUp(revision: Revision): Promise<void>;
}

/** What one poll of the sockets brought is worked on by then, and its writes go into one transaction. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Writes that arrive while a transaction runs wait and become the next one together: one flush for all of them. Nobody
 * is answered before the flush. Revisions are given in the order of commits; a failed transaction fails its own calls and
 * gives its revisions to the next.
 */
export class GroupCommitWriter {
  private readonly queue: WriteCall[] = [];
  private readonly packer = new BytePacker();
  private taken = 0;
  private running: Promise<void> | undefined;
  private current: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dialect: Dialect,
    private readonly target: CommitTarget,
    private readonly limits: StorageLimits,
    private readonly observer: StorageObserver,
  ) {}

  get queueLength(): number {
    return this.queue.length - this.taken;
  }

  submit(call: WriteCall): void {
    if (this.stopped) {
      call.reject(new StorageError('Unavailable', 'the storage is closing'));
    } else if (this.queueLength >= this.limits.writeQueueMax) {
      const message = `${this.limits.writeQueueMax} writes wait already, the limit: try again later`;
      call.reject(new StorageError('Busy', message));
    } else {
      this.queue.push(call);
      this.running ??= this.run();
    }
  }

  /** Resolves once the transaction under way, if any, has ended. */
  async settled(): Promise<void> {
    await this.current;
  }

  /** Resolves once no write waits. */
  async drain(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  /** Refuses new writes and finishes the waiting ones. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.drain();
  }

  private async run(): Promise<void> {
    while (this.queueLength > 0) {
      await endOfTurn();
      this.current = this.commitOnce();
      await this.current;
    }
    this.current = undefined;
    this.running = undefined;
  }

  private async commitOnce(): Promise<void> {
    const began = performance.now();
    let builder: WriteBatchBuilder | undefined;
    try {
      const base = await this.dialect.begin();
      if (base > this.target.revision) await this.target.catchUp(base);
      builder = this.build();
      if (builder.accepted.length === 0) {
        await this.dialect.rollback();
      } else {
        await this.dialect.commit(builder.batch());
      }
    } catch (error) {
      await this.dialect.rollback();
      this.fail(builder ?? this.build(), error);
      return;
    }
    if (builder.accepted.length > 0) this.target.applied(builder.revision, builder.events());
    for (const { call, object } of builder.accepted) call.resolve(object);
    for (const { call, error } of builder.refused) call.reject(error);
    this.observer.committed?.(builder.accepted.length, builder.bytes, performance.now() - began);
  }

  private build(): WriteBatchBuilder {
    const builder = new WriteBatchBuilder(this.target.revision, this.limits, this.packer);
    while (this.taken < this.queue.length && !builder.isFull) builder.add(this.queue[this.taken++]!);
    if (this.taken === this.queue.length) {
      this.queue.length = 0;
      this.taken = 0;
    } else if (this.taken > this.limits.batchRowsMax) {
      this.queue.splice(0, this.taken);
      this.taken = 0;
    }
    return builder;
  }

  private fail(builder: WriteBatchBuilder, cause: unknown): void {
    this.observer.commitFailed?.(builder.accepted.length, cause);
    const message = `the database refused the write: ${cause instanceof Error ? cause.message : String(cause)}`;
    const error = new StorageError('Unavailable', message, undefined, { cause });
    for (const { call } of [...builder.accepted, ...builder.refused]) call.reject(error);
  }
}
