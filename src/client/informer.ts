import type { Collection, StoredEvent, StoredObject } from '../storage/storage.js';

/** What an informer tells: the state first, then every change. Objects are shared; `decode()` gives a copy to work on. */
export interface InformerHandler {
  /** A present object (once for each at the start) or a new one. */
  added?(object: StoredObject): void;
  updated?(object: StoredObject, previous: StoredObject): void;
  deleted?(object: StoredObject): void;
}

/**
 * Follows one collection in process. The collection is its own cache, so there is nothing to sync and no second copy: what
 * `collection.get` says is at least as new as the last event told.
 */
export class Informer {
  private stopWatch: (() => void) | undefined;

  constructor(
    readonly collection: Collection,
    private readonly handler: InformerHandler,
  ) {}

  start(): void {
    const page = this.collection.list({});
    // Without a selector and of the newest state, a list is answered from memory at once.
    if (page instanceof Promise) throw new TypeError('a list of the newest state must not wait');
    const watch = this.collection.watch({
      afterRevision: page.revision,
      onEvents: (events) => this.deliver(events),
      onEnd: () => {
        this.stopWatch = undefined;
      },
    });
    this.stopWatch = () => watch.stop();
    for (const object of page.items) this.handler.added?.(object);
  }

  stop(): void {
    this.stopWatch?.();
    this.stopWatch = undefined;
  }

  private deliver(events: readonly StoredEvent[]): void {
    for (const { type, object, previous } of events) {
      if (type === 'DELETED') this.handler.deleted?.(object);
      else if (previous === undefined) this.handler.added?.(object);
      else this.handler.updated?.(object, previous);
    }
  }
}
