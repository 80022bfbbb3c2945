import type { KubeObject } from '../apimachinery/meta/object.js';
import type { Collection, StoredObject, Watch } from '../storage/storage.js';

/** What is told about a collection's objects. Objects are parsed for the handler: it may keep them, not change them. */
export interface CollectionHandler {
  set(object: Readonly<KubeObject>): void;
  delete(object: Readonly<KubeObject>): void;
}

/**
 * Follows one collection: everything in it first, then each change, in order and without gaps. When storage ends the watch while
 * it is wanted, the collection is read anew and what vanished meanwhile is reported as deleted.
 */
export class CollectionSource {
  constructor(private readonly collection: Collection) {}

  /** Everything that is there has been reported when this returns. Returns how to stop. */
  subscribe(handler: CollectionHandler): () => void {
    const follower = new Follower(this.collection, handler);
    follower.start();
    return () => follower.stop();
  }
}

class Follower {
  private readonly known = new Map<string, StoredObject>();
  private watch: Watch | undefined;
  private stopped = false;

  constructor(
    private readonly collection: Collection,
    private readonly handler: CollectionHandler,
  ) {}

  start(): void {
    const page = this.collection.list({});
    // Without `revision` a list is answered from memory at once.
    if (page instanceof Promise) throw new TypeError('a list of the newest state must not wait');
    const gone = new Map(this.known);
    for (const item of page.items) {
      gone.delete(item.key);
      if (this.known.get(item.key)?.revision !== item.revision) this.set(item);
    }
    for (const item of gone.values()) this.remove(item);
    this.watch = this.collection.watch({
      afterRevision: page.revision,
      onEvents: (events) => {
        for (const { type, object } of events) {
          if (type === 'DELETED') this.remove(object);
          else this.set(object);
        }
      },
      onEnd: () => this.ended(),
    });
  }

  stop(): void {
    this.stopped = true;
    this.watch?.stop();
  }

  private ended(): void {
    this.watch = undefined;
    if (this.stopped) return;
    setImmediate(() => {
      if (!this.stopped) this.start();
    });
  }

  private set(item: StoredObject): void {
    this.known.set(item.key, item);
    this.handler.set(item.decode());
  }

  private remove(item: StoredObject): void {
    if (this.known.delete(item.key)) this.handler.delete(item.decode());
  }
}
