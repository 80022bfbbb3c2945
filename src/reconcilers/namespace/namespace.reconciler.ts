import { StatusError } from '../../apimachinery/errors/status-error.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { Informer } from '../../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import { STORE_READ_ERROR } from '../../registry/corrupt-objects.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { allStores, type Cluster, isNotFound, listAll, requireStore, systemContext } from '../cluster.js';
import { Reconciler } from '../reconciler.js';

/** How long a namespace that still has content waits for it to go. */
const CONTENT_RETRY_MS = 250;

interface Remaining {
  /** `pods`, `widgets.example.com`: how many objects are left. */
  readonly resources: Map<string, number>;
  /** Finalizers that hold them: how many objects each. */
  readonly finalizers: Map<string, number>;
  /** Why the content of a resource could not be deleted, one for each that failed. */
  readonly failures: string[];
}

/**
 * Finishes the deletion of namespaces: removes what is in them, pods first, tells in the conditions what is left, and takes the
 * `kubernetes` finalizer off once nothing is.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ and KEP-5080 (ordered deletion)
 */
export class NamespaceReconciler extends Reconciler {
  readonly name = 'namespace-controller';
  private readonly queue: WorkQueue;
  private informer: Informer | undefined;

  constructor(private readonly cluster: Cluster) {
    super();
    this.queue = new WorkQueue(
      { name: this.name, ...WORK_QUEUE_DEFAULTS, onError: (key, error) => cluster.log(this.name, key, error) },
      (key) => this.reconcile(key),
    );
  }

  start(): void {
    const { collection } = requireStore(this.cluster, '', 'namespaces');
    const look = (object: { key: string }) => this.queue.add(object.key);
    this.informer = new Informer(collection, { added: look, updated: look });
    this.informer.start();
  }

  async stop(): Promise<void> {
    this.informer?.stop();
    await this.queue.stop();
  }

  async reconcile(name: string): Promise<void> {
    const namespaces = requireStore(this.cluster, '', 'namespaces');
    const namespace = namespaces.collection.get(name)?.decode();
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const remaining = await this.deleteContent(name);
    if (remaining.resources.size === 0 && remaining.failures.length === 0) {
      await this.release(namespaces, name);
      return;
    }
    await this.report(name, remaining);
    this.queue.addAfter(name, CONTENT_RETRY_MS);
  }

  /** Deletes everything in the namespace; pods go before whatever they may need to stop well. */
  private async deleteContent(namespace: string): Promise<Remaining> {
    const remaining: Remaining = { resources: new Map(), finalizers: new Map(), failures: [] };
    const stores = [...allStores(this.cluster)].filter((store) => store.definition.namespaced);
    const isPods = ({ definition }: ResourceStore) => definition.group === '' && definition.resource === 'pods';
    for (const store of stores.filter(isPods)) await this.deleteIn(store, namespace, remaining);
    if (remaining.resources.size > 0 || remaining.failures.length > 0) return remaining;
    const others = stores.filter((store) => !isPods(store) && store.collection.count(namespace) > 0);
    await Promise.all(others.map((store) => this.deleteIn(store, namespace, remaining)));
    return remaining;
  }

  /** What cannot be read keeps its namespace, until an administrator has deleted it. */
  private async deleteIn(store: ResourceStore, namespace: string, remaining: Remaining): Promise<void> {
    try {
      await this.deleteReadable(store, namespace, remaining);
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== STORE_READ_ERROR) throw error;
      remaining.failures.push(error.message);
    }
  }

  private async deleteReadable(store: ResourceStore, namespace: string, remaining: Remaining): Promise<void> {
    if (store.collection.count(namespace) === 0) return;
    const options = { propagationPolicy: 'Background' };
    await store.deleteCollection(systemContext(namespace), options, listAll(), { dryRun: false });
    const left = await store.list(systemContext(namespace), listAll());
    if (left.items.length === 0) return;
    const { group, resource } = store.definition;
    remaining.resources.set(group === '' ? resource : `${resource}.${group}`, left.items.length);
    for (const item of left.items) {
      for (const finalizer of item.value().metadata.finalizers ?? []) {
        remaining.finalizers.set(finalizer, (remaining.finalizers.get(finalizer) ?? 0) + 1);
      }
    }
  }

  private async release(namespaces: ResourceStore, name: string): Promise<void> {
    const finalize = this.cluster.registry.find('', 'namespaces')?.subresources.get('finalize');
    const update = finalize?.storage.update ?? namespaces.update;
    const owner = finalize?.storage.update === undefined ? namespaces : finalize.storage;
    try {
      await update.call(
        owner,
        systemContext(name),
        name,
        (existing) => {
          const object = structuredClone(existing) as KubeObject;
          const finalizers = (field(object, 'spec', 'finalizers') as string[] | undefined) ?? [];
          object['spec'] = { finalizers: finalizers.filter((finalizer) => finalizer !== 'kubernetes') };
          return object;
        },
        { dryRun: false },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The conditions that kubectl and people read while a namespace does not go. */
  private async report(name: string, remaining: Remaining): Promise<void> {
    const status = this.cluster.registry.find('', 'namespaces')?.subresources.get('status');
    await status?.storage.update?.(
      systemContext(name),
      name,
      (existing) => {
        const object = structuredClone(existing) as KubeObject;
        const time = formatTime(Math.floor(this.cluster.now() / 1000));
        const old = (field(object, 'status', 'conditions') as ConditionList | undefined) ?? [];
        object['status'] = { phase: 'Terminating', conditions: mergeConditions(old, conditionsOf(remaining), time) };
        return object;
      },
      { dryRun: false },
    );
  }
}

interface Condition {
  [field: string]: string;
  type: string;
  status: string;
  reason: string;
  message: string;
}

type ConditionList = (Condition & { lastTransitionTime?: string })[];

function conditionsOf({ resources, finalizers, failures }: Remaining): Condition[] {
  const resourceText = [...resources].sort().map(([resource, count]) => `${resource} has ${count} resource instances`);
  const finalizerText = [...finalizers]
    .sort()
    .map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return [
    ok('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    ok(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failures.length === 0
      ? ok(
          'NamespaceDeletionContentFailure',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        )
      : {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.sort().join(', ')}`,
        },
    resources.size === 0
      ? ok('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed')
      : {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${resourceText.join(', ')}`,
        },
    finalizers.size === 0
      ? ok('NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished')
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${finalizerText.join(', ')}`,
        },
  ];
}

function ok(type: string, reason: string, message: string): Condition {
  return { type, status: 'False', reason, message };
}

/** New conditions over old ones: the time moves only where the status did. */
function mergeConditions(old: ConditionList, next: readonly Condition[], time: string): ConditionList {
  return next.map((condition) => {
    const before = old.find(({ type }) => type === condition.type);
    const same = before !== undefined && before.status === condition.status;
    return { ...condition, lastTransitionTime: same ? (before.lastTransitionTime ?? time) : time };
  });
}
