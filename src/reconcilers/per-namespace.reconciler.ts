import type { KubeObject } from '../apimachinery/meta/object.js';
import { Informer } from '../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../client/work-queue.js';
import type { StoredObject } from '../storage/storage.js';
import { type Cluster, isConflict, isNotFound, requireStore, systemContext } from './cluster.js';
import { Reconciler } from './reconciler.js';

/** One object that every live namespace has, and that comes back when somebody deletes or changes it. */
export abstract class PerNamespaceReconciler extends Reconciler {
  private readonly queue: WorkQueue;
  private informers: Informer[] = [];

  protected constructor(
    protected readonly cluster: Cluster,
    private readonly resource: string,
    private readonly objectName: string,
  ) {
    super();
    this.queue = new WorkQueue(
      { name: resource, ...WORK_QUEUE_DEFAULTS, onError: (key, error) => cluster.log(this.name, key, error) },
      (namespace) => this.reconcile(namespace),
    );
  }

  /** The object as it should be, without namespace. */
  protected abstract desired(): KubeObject;

  /** Brings an existing object in order, in place; false where it already is. */
  protected abstract repair(object: KubeObject): boolean;

  start(): void {
    const namespaces = requireStore(this.cluster, '', 'namespaces').collection;
    const objects = requireStore(this.cluster, '', this.resource).collection;
    const ofNamespace = (object: StoredObject) => this.queue.add(object.name);
    const ours = (object: Pick<StoredObject, 'namespace' | 'name'>) => {
      if (object.name === this.objectName) this.queue.add(object.namespace);
    };
    this.informers = [
      new Informer(namespaces, { added: ofNamespace, updated: ofNamespace }),
      new Informer(objects, { updated: ours, deleted: ours, unreadable: ({ object }) => ours(object) }),
    ];
    for (const informer of this.informers) informer.start();
  }

  async stop(): Promise<void> {
    for (const informer of this.informers) informer.stop();
    await this.queue.stop();
  }

  async reconcile(namespace: string): Promise<void> {
    const namespaces = requireStore(this.cluster, '', 'namespaces').collection;
    const store = requireStore(this.cluster, '', this.resource);
    const corrupt = namespaces.corrupt(namespace) ?? store.collection.corrupt(`${namespace}/${this.objectName}`);
    // Nothing to do until an administrator has deleted it.
    if (corrupt !== undefined) return;
    const stored = namespaces.get(namespace);
    if (stored === undefined || stored.decode().metadata.deletionTimestamp !== undefined) return;
    const ctx = systemContext(namespace);
    const existing = store.collection.get(`${namespace}/${this.objectName}`);
    try {
      if (existing === undefined) {
        const object = this.desired();
        object.metadata = { ...object.metadata, name: this.objectName, namespace };
        await store.create(ctx, '', object, { dryRun: false });
      } else if (this.repair(existing.decode())) {
        await store.update(ctx, this.objectName, (old) => this.repaired(old!), { dryRun: false });
      }
    } catch (error) {
      // Somebody else was there first, or the namespace went: the next event tells.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  private repaired(old: Readonly<KubeObject>): KubeObject {
    const object = structuredClone(old) as KubeObject;
    this.repair(object);
    return object;
  }
}
