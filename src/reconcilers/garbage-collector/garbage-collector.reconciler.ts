import { type GroupResource, parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { KubeObject, OwnerReference } from '../../apimachinery/meta/object.js';
import { Informer } from '../../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import { collectionName } from '../../registry/resource-definition.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { FINALIZER_FOREGROUND, FINALIZER_ORPHAN } from '../../registry/rest/deletion.js';
import type { Collection, StoredObject } from '../../storage/storage.js';
import { allStores, type Cluster, isConflict, isNotFound, storeOf, systemContext } from '../cluster.js';
import { Reconciler } from '../reconciler.js';
import { type ObjectRef, OwnerGraph, parseRef, refText } from './owner-graph.js';

/** Text that an object must contain to concern the collector: most objects have neither and are never parsed. */
const MARKS = ['"ownerReferences"', '"deletionTimestamp"'];

interface Owners {
  /** There, with the same uid, and staying: the object has a reason to live. */
  readonly solid: OwnerReference[];
  /** Gone, or another object has taken the name. */
  readonly dangling: OwnerReference[];
  /** Going, as soon as its dependents have gone. */
  readonly waiting: OwnerReference[];
  /** One of the solid ones counts as such only because nobody knows what it is. */
  unreadable: boolean;
}

/**
 * Deletes objects whose owners are gone and finishes foreground and orphan deletions.
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export class GarbageCollectorReconciler extends Reconciler {
  readonly name = 'garbage-collector-controller';
  private readonly graph = new OwnerGraph();
  private readonly informers = new Map<string, Informer>();
  /** Objects with an owner that cannot be read: they are looked at again when something unreadable has gone. */
  private readonly undecided = new Set<string>();
  private readonly queue: WorkQueue;
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly cluster: Cluster) {
    super();
    this.queue = new WorkQueue(
      { name: this.name, ...WORK_QUEUE_DEFAULTS, onError: (key, error) => cluster.log(this.name, key, error) },
      (ref) => this.reconcile(parseRef(ref)),
    );
  }

  start(): void {
    for (const { collection } of allStores(this.cluster)) this.follow(collection);
    this.unsubscribe = this.cluster.registry.onChange((resource) => this.changed(resource));
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    for (const informer of this.informers.values()) informer.stop();
    this.informers.clear();
    await this.queue.stop();
  }

  /** Definitions come and go. */
  private changed(resource: GroupResource): void {
    const store = storeOf(this.cluster, resource.group, resource.resource);
    if (store !== undefined) this.follow(store.collection);
    else this.leave(collectionName(resource));
  }

  /** One informer a collection. */
  private follow(collection: Collection): void {
    const name = collection.options.collection;
    if (this.informers.get(name)?.collection === collection) return;
    this.leave(name);
    const informer = new Informer(collection, {
      added: (object) => this.seen(object),
      updated: (object) => this.seen(object),
      deleted: (object) => this.gone(object),
      unreadable: () => this.decideAgain(),
    });
    this.informers.set(name, informer);
    informer.start();
  }

  private leave(name: string): void {
    this.informers.get(name)?.stop();
    this.informers.delete(name);
  }

  private seen(object: StoredObject): void {
    const ref = refText(object);
    if (!MARKS.some((mark) => object.json.includes(mark))) {
      this.graph.delete(ref);
      return;
    }
    const { ownerReferences = [], deletionTimestamp } = object.decode().metadata;
    this.graph.set(
      ref,
      ownerReferences.map(({ uid }) => uid),
    );
    if (ownerReferences.length > 0 || deletionTimestamp !== undefined) this.queue.add(ref);
  }

  private gone(object: StoredObject): void {
    this.graph.delete(refText(object));
    const { uid = '', ownerReferences = [], namespace = '' } = object.decode().metadata;
    for (const dependent of this.graph.dependentsOf(uid)) this.queue.add(dependent);
    // An owner that waits in the foreground may be free now.
    for (const owner of ownerReferences) {
      const found = this.lookup(owner, namespace);
      if (found?.stored !== undefined) this.queue.add(refText(found.stored));
    }
  }

  private decideAgain(): void {
    for (const ref of this.undecided) this.queue.add(ref);
    this.undecided.clear();
  }

  async reconcile(ref: ObjectRef): Promise<void> {
    const store = this.storeOf(ref);
    if (store === undefined || store.collection.corrupt(ref.key) !== undefined) return;
    const stored = store.collection.get(ref.key);
    if (stored === undefined) return;
    const object = stored.decode();
    const { deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata;
    try {
      if (deletionTimestamp === undefined) {
        if (ownerReferences.length > 0) await this.collect(store, stored, object);
      } else if (finalizers.includes(FINALIZER_ORPHAN)) {
        await this.orphanDependents(store, object);
      } else if (finalizers.includes(FINALIZER_FOREGROUND)) {
        await this.finishForeground(store, object);
      }
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
      if (isConflict(error)) this.queue.addAfter(refText(ref), WORK_QUEUE_DEFAULTS.firstRetryMs);
    }
  }

  /** Deletes an object that no owner keeps; forgets owners that are gone where another one does. */
  private async collect(store: ResourceStore, stored: StoredObject, object: KubeObject): Promise<void> {
    const { metadata } = object;
    const owners = this.classify(store, object);
    if (owners.unreadable) this.undecided.add(refText(stored));
    const going = [...owners.dangling, ...owners.waiting];
    if (going.length === 0) return;
    if (owners.solid.length > 0) {
      await this.dropOwners(store, object, new Set(going.map(({ uid }) => uid)));
      return;
    }
    const dependents = this.graph.dependentsOf(metadata.uid ?? '');
    const inForeground = owners.waiting.length > 0 && dependents.length > 0;
    if (inForeground) await this.breakCycles(object, dependents);
    const policy = inForeground ? 'Foreground' : policyOf(metadata.finalizers ?? []);
    await store.delete(
      systemContext(metadata.namespace ?? ''),
      metadata.name ?? '',
      { propagationPolicy: policy, preconditions: { uid: metadata.uid ?? '' } },
      { dryRun: false },
    );
  }

  private classify(store: ResourceStore, object: KubeObject): Owners {
    const owners: Owners = { solid: [], dangling: [], waiting: [], unreadable: false };
    for (const owner of object.metadata.ownerReferences ?? []) {
      const found = this.lookup(owner, object.metadata.namespace ?? '');
      if (found?.unreadable === true) {
        owners.solid.push(owner);
        owners.unreadable = true;
        continue;
      }
      // A kind that is not served, or a namespaced owner of a cluster-scoped object, proves nothing: keep the object.
      if (found === undefined || (found.store.definition.namespaced && !store.definition.namespaced)) {
        owners.solid.push(owner);
        continue;
      }
      const meta = found.stored?.decode().metadata;
      if (meta === undefined || meta.uid !== owner.uid) owners.dangling.push(owner);
      else if (meta.deletionTimestamp !== undefined && meta.finalizers?.includes(FINALIZER_FOREGROUND))
        owners.waiting.push(owner);
      else owners.solid.push(owner);
    }
    return owners;
  }

  private lookup(
    owner: OwnerReference,
    namespace: string,
  ): { store: ResourceStore; stored: StoredObject | undefined; unreadable: boolean } | undefined {
    const group = parseGroupVersion(owner.apiVersion)?.group;
    if (group === undefined) return undefined;
    const store = this.cluster.registry.findKind(group, owner.kind)?.store;
    if (store === undefined) return undefined;
    const key = store.keyOf({ namespace }, owner.name);
    const unreadable = store.collection.corrupt(key) !== undefined;
    return { store, stored: unreadable ? undefined : store.collection.get(key), unreadable };
  }

  /** Dependents that block their owner must go first; then the finalizer may. */
  private async finishForeground(store: ResourceStore, object: KubeObject): Promise<void> {
    const uid = object.metadata.uid ?? '';
    let blocked = false;
    for (const dependent of this.graph.dependentsOf(uid)) {
      const meta = this.decode(dependent)?.metadata;
      if (meta === undefined) continue;
      const reference = meta.ownerReferences?.find((owner) => owner.uid === uid);
      if (reference?.blockOwnerDeletion === true) blocked = true;
      if (meta.deletionTimestamp === undefined) this.queue.add(dependent);
    }
    if (!blocked) await this.removeFinalizer(store, object, FINALIZER_FOREGROUND);
  }

  private async orphanDependents(store: ResourceStore, object: KubeObject): Promise<void> {
    const uid = object.metadata.uid ?? '';
    for (const ref of this.graph.dependentsOf(uid)) {
      const dependent = this.decode(ref);
      const owner = this.storeOf(parseRef(ref));
      if (dependent !== undefined && owner !== undefined) await this.dropOwners(owner, dependent, new Set([uid]));
    }
    await this.removeFinalizer(store, object, FINALIZER_ORPHAN);
  }

  /** A circle of owners that all wait for each other would never go: the object stops blocking those that already wait. */
  private async breakCycles(object: KubeObject, dependents: readonly string[]): Promise<void> {
    for (const ref of dependents) {
      const meta = this.decode(ref)?.metadata;
      const waits = meta?.deletionTimestamp !== undefined && meta.finalizers?.includes(FINALIZER_FOREGROUND);
      const store = this.storeOf(parseRef(ref));
      if (!waits || store === undefined || meta === undefined) continue;
      await this.change(store, meta.namespace ?? '', meta.name ?? '', (copy) => {
        for (const owner of copy.metadata.ownerReferences ?? []) {
          if (owner.uid === object.metadata.uid) owner.blockOwnerDeletion = false;
        }
      });
    }
  }

  private dropOwners(store: ResourceStore, { metadata }: KubeObject, uids: ReadonlySet<string>): Promise<void> {
    return this.change(store, metadata.namespace ?? '', metadata.name ?? '', (copy) => {
      const kept = (copy.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
      if (kept.length > 0) copy.metadata.ownerReferences = kept;
      else delete copy.metadata.ownerReferences;
    });
  }

  private removeFinalizer(store: ResourceStore, { metadata }: KubeObject, finalizer: string): Promise<void> {
    return this.change(store, metadata.namespace ?? '', metadata.name ?? '', (copy) => {
      copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    });
  }

  private async change(
    store: ResourceStore,
    namespace: string,
    name: string,
    edit: (copy: KubeObject) => void,
  ): Promise<void> {
    await store.update(
      systemContext(namespace),
      name,
      (existing) => {
        const copy = structuredClone(existing) as KubeObject;
        edit(copy);
        return copy;
      },
      { dryRun: false },
    );
  }

  private decode(ref: string): KubeObject | undefined {
    const { key, ...at } = parseRef(ref);
    return this.storeOf({ ...at, key })
      ?.collection.get(key)
      ?.decode();
  }

  private storeOf({ collection }: ObjectRef): ResourceStore | undefined {
    const at = collection.indexOf('/');
    return this.cluster.registry.find(collection.slice(0, at), collection.slice(at + 1))?.store;
  }
}

function policyOf(finalizers: readonly string[]): string {
  if (finalizers.includes(FINALIZER_ORPHAN)) return 'Orphan';
  return finalizers.includes(FINALIZER_FOREGROUND) ? 'Foreground' : 'Background';
}
