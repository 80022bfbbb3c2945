import { jsonEqual } from '../../apimachinery/meta/json.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { watchFromNow } from '../../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import {
  CLEANUP_FINALIZER,
  type CrdNames,
  type CrdStatus,
  type CustomResourceDefinition,
  isConditionTrue,
} from '../../registry/apiextensions/crd.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { internalContext } from '../../registry/rest/context.js';
import type { Collection, StoredEvent, Watch } from '../../storage/storage.js';
import { withApproval, withTerminating } from './crd-conditions.js';
import type { CrdStatusWriter } from './crd-status-writer.js';
import type { ReadDefinition } from './definition-source.js';
import { NameClaims } from './name-claims.js';
import { decideNames } from './naming.js';
import type { ServedCustomResources } from './served-custom-resources.js';

/** Definitions worked on at the same time. */
const CONCURRENCY = 8;
/** Objects of a deleted definition that are deleted at the same time. */
const DELETE_BATCH = 200;
/** Between the end of the last object of a deleted definition and that of the definition: who waits for it can still ask. */
const SETTLE_DELAY_MS = 250;
const RETRY_DELAY_MS = 20;
const RETRY_DELAY_MS_MAX = 30_000;

export interface CrdReconcilerOptions {
  /** ms since the epoch */
  readonly now: () => number;
  /** Between the end of the last object of a deleted definition and that of the definition. */
  readonly settleDelayMs?: number;
  readonly onError?: (crd: string, error: unknown) => void;
}

/**
 * Keeps what is served in step with the definitions: names are claimed, resources served, conditions reported, and the objects
 * of deleted definitions removed. It works on stored changes at once, with no polling.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export class CrdReconciler {
  private readonly queue: WorkQueue;
  private readonly claims = new NameClaims();
  /** Group of every definition seen, for when it is gone. */
  private readonly groups = new Map<string, string>();
  /** Watches on the objects of definitions that are being deleted. */
  private readonly cleanups = new Map<string, Watch>();
  private watch: Watch | undefined;

  constructor(
    private readonly crds: () => Collection,
    private readonly served: ServedCustomResources,
    private readonly status: CrdStatusWriter,
    private readonly options: CrdReconcilerOptions,
  ) {
    this.queue = new WorkQueue(
      {
        ...WORK_QUEUE_DEFAULTS,
        name: 'customresourcedefinitions',
        concurrency: CONCURRENCY,
        firstRetryMs: RETRY_DELAY_MS,
        lastRetryMs: RETRY_DELAY_MS_MAX,
        onError: options.onError,
      },
      (name) => this.reconcile(name),
    );
  }

  /** Names that no definition may have, because what code declares holds them. Call before {@link start}. */
  reserve(group: string, holder: string, names: CrdNames): void {
    this.claims.set(group, holder, names, false);
  }

  /** Serves the definitions that are there, and resolves when their resources are. */
  async start(): Promise<void> {
    const page = await this.crds().list({});
    for (const item of page.items) this.claim(item.decode() as CustomResourceDefinition);
    for (const item of page.items) this.queue.add(item.name);
    this.watch = this.crds().watch({
      afterRevision: page.revision,
      onEvents: (events) => this.changed(events),
      onCorrupt: ({ object }) => this.queue.add(object.name),
      onEnd: () => {},
    });
    await this.queue.idle();
    this.served.settled();
  }

  async stop(): Promise<void> {
    this.watch?.stop();
    for (const cleanup of this.cleanups.values()) cleanup.stop();
    this.cleanups.clear();
    await this.queue.stop();
  }

  /** Resolves when everything seen so far has been worked through. */
  idle(): Promise<void> {
    return this.queue.idle();
  }

  private changed(events: readonly StoredEvent[]): void {
    for (const event of events) this.queue.add(event.object.name);
  }

  private async reconcile(name: string): Promise<void> {
    const stored = this.crds().get(name);
    if (stored === undefined) {
      await this.forget(name);
      return;
    }
    const crd = stored.decode() as CustomResourceDefinition;
    const read: ReadDefinition = () => stored.decode() as CustomResourceDefinition;
    if (crd.metadata.deletionTimestamp !== undefined) await this.cleanUp(crd, read);
    else await this.establish(crd, read);
  }

  /** Claims names and serves first; only then do the conditions say so. */
  private async establish(crd: CustomResourceDefinition, read: ReadDefinition): Promise<void> {
    const now = formatTime(Math.floor(this.options.now() / 1000));
    const { group } = crd.spec;
    const name = crd.metadata.name!;
    const naming = decideNames(crd, this.claims.seenBy(group, name), now);
    this.hold(crd, naming.acceptedNames, !naming.accepted);
    const status: CrdStatus = {
      ...crd.status,
      conditions: withApproval(crd, naming.conditions, now),
      acceptedNames: naming.acceptedNames,
    };
    const next: CustomResourceDefinition = { ...crd, status };
    if (isServed(next)) await this.served.serve(next, read);
    else await this.served.remove(name);
    if (!jsonEqual(status, crd.status)) await this.status.write(crd, { status });
  }

  /** Names that were accepted before are held from the start, so that a restart cannot hand them to another. */
  private claim(crd: CustomResourceDefinition): void {
    const names = crd.status?.acceptedNames;
    if (names !== undefined) this.hold(crd, names, !isConditionTrue(crd, 'NamesAccepted'));
  }

  private hold(crd: CustomResourceDefinition, names: CrdNames, refused: boolean): void {
    const name = crd.metadata.name!;
    this.groups.set(name, crd.spec.group);
    for (const other of this.claims.set(crd.spec.group, name, names, refused)) this.queue.add(other);
  }

  private async forget(name: string): Promise<void> {
    this.cleanups.get(name)?.stop();
    this.cleanups.delete(name);
    await this.served.forget(name);
    const group = this.groups.get(name);
    this.groups.delete(name);
    if (group === undefined) return;
    for (const other of this.claims.delete(group, name)) this.queue.add(other);
  }

  /** Deletes the objects of a definition that goes, and lets it go when the last of them is gone. */
  private async cleanUp(crd: CustomResourceDefinition, read: ReadDefinition): Promise<void> {
    const name = crd.metadata.name!;
    this.claim(crd);
    if (!crd.metadata.finalizers?.includes(CLEANUP_FINALIZER)) return;
    if (isServed(crd)) await this.served.serve(crd, read);
    const store = this.served.store(name);
    if (store !== undefined && store.collection.count() > 0) {
      this.watchObjects(name, store);
      await deleteObjects(store);
      if (store.collection.count() > 0) {
        await this.report(crd, 'inProgress');
        return;
      }
    }
    await this.report(crd, 'completed');
  }

  private async report(crd: CustomResourceDefinition, state: 'inProgress' | 'completed'): Promise<void> {
    const now = formatTime(Math.floor(this.options.now() / 1000));
    const accepted = crd.status?.acceptedNames ?? { plural: '', kind: '' };
    const conditions = withTerminating(crd.status?.conditions, state, now);
    const status: CrdStatus = { ...crd.status, acceptedNames: accepted, conditions };
    const finalizers = (crd.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
    if (state === 'completed') await this.status.write(crd, { status, finalizers });
    else if (!jsonEqual(status, crd.status)) await this.status.write(crd, { status });
  }

  /** Objects with finalizers go later: each one that does lets the definition be looked at again. */
  private watchObjects(name: string, store: ResourceStore): void {
    if (this.cleanups.has(name)) return;
    const lookAgain = (): void => {
      if (store.collection.count() === 0) this.queue.addAfter(name, this.options.settleDelayMs ?? SETTLE_DELAY_MS);
    };
    const watch = watchFromNow(store.collection, {
      onEvents: (events) => {
        if (events.some((event) => event.type === 'DELETED')) lookAgain();
      },
      onCorrupt: lookAgain,
      onEnd: () => this.cleanups.delete(name),
    });
    this.cleanups.set(name, watch);
  }
}

function isServed(crd: Readonly<CustomResourceDefinition>): boolean {
  return isConditionTrue(crd, 'NamesAccepted') || isConditionTrue(crd, 'Established');
}

/** Asks every object to go, a batch at a time; those with finalizers stay for now. */
async function deleteObjects(store: ResourceStore): Promise<void> {
  const { items } = await store.collection.list({});
  for (let from = 0; from < items.length; from += DELETE_BATCH) {
    const batch = items
      .slice(from, from + DELETE_BATCH)
      .map(({ namespace, name }) => deleteObject(store, namespace, name));
    const failed = (await Promise.allSettled(batch)).find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

async function deleteObject(store: ResourceStore, namespace: string, name: string): Promise<void> {
  try {
    await store.delete(internalContext(LOOPBACK_USER, namespace), name, {}, { dryRun: false });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 404) throw error;
  }
}
