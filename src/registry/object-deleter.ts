import type { GroupResource } from '../apimachinery/meta/group-version.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { StorageError } from '../storage/errors.js';
import type { Collection, StoredObject } from '../storage/storage.js';
import type { ResourceDefinition } from './resource-definition.js';
import type { RestContext } from './rest/context.js';
import {
  beginGracefulDeletion,
  checkPreconditions,
  markAsDeleting,
  propagationFinalizers,
  validateDeleteOptions,
} from './rest/deletion.js';
import { type ObjectView, viewOfStored, viewOfValue } from './rest/object-view.js';
import type { DeleteOptions, DeleteResult, WriteOptions } from './rest/storage.js';
import type { Strategy } from './rest/strategy.js';
import { toStatusError } from './storage-errors.js';

/** Lost races of one deletion before the client is told of the conflict. */
const DELETE_ATTEMPTS_MAX = 100;

/** What a deletion needs of the generic store that it belongs to. */
export interface DeletableObjects {
  readonly definition: ResourceDefinition;
  readonly strategy: Strategy;
  readonly collection: Collection;
  /** @throws StatusError NotFound */
  stored(ctx: RestContext, name: string): StoredObject;
  /** A stored object as clients see it; the caller owns it. */
  load(object: KubeObject): KubeObject | Promise<KubeObject>;
  /** Replaces an object after a change the server itself makes. */
  writeUnchecked(stored: StoredObject, object: KubeObject): Promise<StoredObject>;
}

/**
 * How objects of the generic store go: at once, after a grace period, or when the last finalizer has been removed.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 */
export class ObjectDeleter {
  private readonly resource: GroupResource;

  constructor(
    private readonly store: DeletableObjects,
    private readonly now: () => number,
  ) {
    this.resource = { group: store.definition.group, resource: store.definition.resource };
  }

  async delete(ctx: RestContext, name: string, options: DeleteOptions, write: WriteOptions): Promise<DeleteResult> {
    validateDeleteOptions(options);
    for (let attempt = 1; ; attempt++) {
      const stored = this.store.stored(ctx, name);
      try {
        return await this.deleteOnce(ctx, stored, { ...options }, write);
      } catch (error) {
        const raced = error instanceof StorageError && error.code === 'RevisionMismatch';
        if (!raced || attempt >= DELETE_ATTEMPTS_MAX) throw toStatusError(error, this.resource, name);
      }
    }
  }

  private async deleteOnce(
    ctx: RestContext,
    stored: StoredObject,
    options: DeleteOptions,
    write: WriteOptions,
  ): Promise<DeleteResult> {
    const object = stored.decode();
    const { definition, strategy: kind } = this.store;
    const own = kind.preconditionWord && { word: kind.preconditionWord, resource: definition.resource };
    checkPreconditions(definition, stored.name, object, options.preconditions, own || undefined);
    if (write.validate !== undefined) {
      const seen = await this.store.load(stored.decode());
      await write.validate(seen, seen);
    }
    const gracefulness = beginGracefulDeletion(this.store.strategy, ctx, object, options, this.now());
    if (gracefulness === 'pending') return { object: viewOfStored(stored), deleted: false };
    const finalizers = propagationFinalizers(this.store.strategy, object, options);
    if (finalizers !== undefined) object.metadata.finalizers = finalizers;
    const { strategy } = this.store;
    const held = (object.metadata.finalizers?.length ?? 0) > 0 || !strategy.deletesWhenReleased(object);
    if (held) {
      if (gracefulness === 'immediate') markAsDeleting(object, this.now());
      strategy.markedForDeletion(object);
    }
    const waits = held || (gracefulness === 'graceful' && (options.gracePeriodSeconds ?? 0) > 0);
    if (waits) return { object: await this.mark(stored, object, write.dryRun), deleted: false };
    // A grace period of none is written down all the same: watchers see the mark before the end.
    const marked = gracefulness === 'graceful' && !write.dryRun;
    const last = marked ? await this.store.writeUnchecked(stored, object) : stored;
    return { object: await this.finish(last, object, write.dryRun), deleted: true };
  }

  private async mark(stored: StoredObject, object: KubeObject, dryRun: boolean): Promise<ObjectView> {
    return dryRun
      ? viewOfValue(await this.store.load(object))
      : viewOfStored(await this.store.writeUnchecked(stored, object));
  }

  /** True where an update leaves an object that only waited for its last finalizer. */
  isFinished(object: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
    if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
    const graceOver = deletionGracePeriodSeconds === undefined || deletionGracePeriodSeconds === 0;
    return graceOver && old.metadata.deletionTimestamp !== undefined && this.store.strategy.deletesWhenReleased(object);
  }

  /** Removes the object for good; the answer shows it as `last` says. */
  async finish(stored: StoredObject, last: KubeObject, dryRun: boolean): Promise<ObjectView> {
    if (!dryRun) {
      const removed = await this.store.collection.delete(stored.key, stored.revision);
      const cleared = this.store.strategy.afterDelete(last);
      if (cleared !== undefined) await cleared;
      last.metadata.resourceVersion = this.store.strategy.returnsDeletedObject
        ? String(stored.revision)
        : String(removed.revision);
    }
    return viewOfValue(last);
  }
}
