import type { Revision, StoredEvent } from '../storage.js';
import { CachedObject } from './cached-object.js';

const EVENT_OVERHEAD_BYTES = 256;
const HEAD_SLACK = 256;

/** The newest events of one collection, oldest first, bounded by number and by the bytes only they keep alive. */
export class History {
  private events: StoredEvent[] = [];
  private head = 0;
  private held = 0;
  private completeAfter: Revision;

  constructor(
    private readonly eventsMax: number,
    private readonly bytesMax: number,
    completeAfter: Revision,
  ) {
    this.completeAfter = completeAfter;
  }

  /** Every event after this revision is here. */
  get from(): Revision {
    return this.completeAfter;
  }

  get size(): number {
    return this.events.length - this.head;
  }

  get bytes(): number {
    return this.held;
  }

  push(event: StoredEvent): void {
    this.events.push(event);
    this.held += costOf(event);
    while (this.size > this.eventsMax || (this.held > this.bytesMax && this.size > 1)) this.dropOldest();
  }

  /** Forgets events at or before a revision. */
  trim(revision: Revision): void {
    while (this.size > 0 && this.events[this.head]!.revision <= revision) this.dropOldest();
    if (revision > this.completeAfter) this.completeAfter = revision;
  }

  /** Events with a later revision, oldest first. The caller has checked `from`. */
  after(revision: Revision): StoredEvent[] {
    return this.events.slice(this.positionAfter(revision));
  }

  /** Calls back newest first for each event with a later revision. */
  backTo(revision: Revision, visit: (event: StoredEvent) => void): void {
    const start = this.positionAfter(revision);
    for (let i = this.events.length - 1; i >= start; i--) visit(this.events[i]!);
  }

  private positionAfter(revision: Revision): number {
    let low = this.head;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private dropOldest(): void {
    const event = this.events[this.head++]!;
    this.held -= costOf(event);
    this.completeAfter = event.revision;
    // Nobody can ask for these versions any more.
    if (event.previous instanceof CachedObject) event.previous.forgetEncodings();
    if (event.type === 'DELETED' && event.object instanceof CachedObject) event.object.forgetEncodings();
    if (this.head > HEAD_SLACK && this.head * 2 > this.events.length) {
      this.events = this.events.slice(this.head);
      this.head = 0;
    }
  }
}

/** The object after an event is the current one or the next event's previous one: only what came before is counted. */
function costOf(event: StoredEvent): number {
  const deleted = event.type === 'DELETED' ? event.object.json.length : 0;
  return EVENT_OVERHEAD_BYTES + deleted + (event.previous?.json.length ?? 0);
}
