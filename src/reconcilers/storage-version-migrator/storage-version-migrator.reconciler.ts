import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { Informer } from '../../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import { CRD_GROUP, CRD_RESOURCE, type CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { CorruptObjectError } from '../../storage/errors.js';
import type { StoredObject } from '../../storage/storage.js';
import { type Cluster, isConflict, isNotFound, requireStore, systemContext } from '../cluster.js';
import { Reconciler } from '../reconciler.js';
import {
  byAge,
  ended,
  isOver,
  isTrue,
  type Migration,
  type Outcome,
  resourceKey,
  started,
  withMigrationEnded,
  withMigrationStarted,
} from './migration.js';

const GROUP = 'storagemigration.k8s.io';
const RESOURCE = 'storageversionmigrations';
/** A resource that is asked for too early, as its definition is about to come, is waited for so long. */
const UNKNOWN_RESOURCE_MS = 60_000;
/** How soon a resource that is waited for is looked for again. */
const LOOK_AGAIN_MS = 1_000;
/** Objects rewritten at the same time, so that one transaction takes them all. */
const BATCH = 50;
const PAGE = 500;
/** What the server may answer now and not a moment later: the migration goes on where it stopped. */
const PASSING_CODES: ReadonlySet<unknown> = new Set([429, 500, 503, 504]);

/**
 * Rewrites the objects of a resource in its storage version, as a StorageVersionMigration asks for: one migration of a resource at a time,
 * each with the revision up to which objects may be old. For custom resources, the definition says that it is under way, and afterwards
 * that older versions are stored no more.
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/storage-version-migration/
 */
export class StorageVersionMigratorReconciler extends Reconciler {
  readonly name = 'storage-version-migrator-controller';
  /** By resource: its migrations take turns. */
  private readonly queue: WorkQueue;
  private informer: Informer | undefined;

  constructor(private readonly cluster: Cluster) {
    super();
    this.queue = new WorkQueue(
      { ...WORK_QUEUE_DEFAULTS, name: this.name, onError: (key, error) => cluster.log(this.name, key, error) },
      (key) => this.reconcile(key),
    );
  }

  start(): void {
    const changed = (object: StoredObject): void => this.queue.add(resourceKey(object.decode() as Migration));
    this.informer = new Informer(this.migrations().collection, { added: changed, updated: changed, deleted: changed });
    this.informer.start();
  }

  async stop(): Promise<void> {
    this.informer?.stop();
    await this.queue.stop();
  }

  async reconcile(key: string): Promise<void> {
    const { items } = await this.migrations().collection.list({});
    const all = items.map((item) => item.decode() as Migration).filter((migration) => resourceKey(migration) === key);
    const waiting = all.filter((migration) => !isOver(migration)).sort(byAge);
    const next = waiting.find((migration) => isTrue(migration, 'Running')) ?? waiting[0];
    if (next !== undefined) await this.advance(next, key);
  }

  /** Takes a migration one step further; the event of its new status brings the next. */
  private async advance(migration: Migration, key: string): Promise<void> {
    const { group = '', resource = '' } = migration.spec?.resource ?? {};
    const served = this.cluster.registry.find(group, resource);
    if (served === undefined) {
      await this.waitOrFail(migration, key);
      return;
    }
    if (served.store === undefined) {
      await this.end(migration, 'Failed', unhandled(`${resource}.${group} is not stored`));
      return;
    }
    if (migration.status?.resourceVersion === undefined) {
      const { revision } = await served.store.collection.list({ limit: 1 });
      await this.write(migration, { ...migration, status: { ...migration.status, resourceVersion: String(revision) } });
    } else if (!isTrue(migration, 'Running')) await this.begin(migration);
    else await this.run(migration, served.store, Number(migration.status.resourceVersion));
  }

  private async waitOrFail(migration: Migration, key: string): Promise<void> {
    const ageMs = this.cluster.now() - Date.parse(migration.metadata.creationTimestamp ?? '');
    if (ageMs < UNKNOWN_RESOURCE_MS) this.queue.addAfter(key, LOOK_AGAIN_MS);
    else await this.end(migration, 'Failed', unhandled('unable to obtain GVR from discovery'));
  }

  private async begin(migration: Migration): Promise<void> {
    const name = migration.metadata.name!;
    await this.changeDefinition(migration, (crd) => withMigrationStarted(crd, name, this.cluster.now()));
    await this.write(migration, started(migration, this.cluster.now()));
  }

  private async run(migration: Migration, store: ResourceStore, upTo: number): Promise<void> {
    try {
      await rewriteAll(store, upTo);
    } catch (error) {
      if (PASSING_CODES.has((error as { code?: unknown }).code)) throw error;
      await this.end(migration, 'Failed', unhandled(error instanceof Error ? error.message : String(error)));
      return;
    }
    await this.end(migration, 'Succeeded', '');
  }

  private async end(migration: Migration, outcome: Outcome, message: string): Promise<void> {
    if (isTrue(migration, 'Running')) {
      await this.changeDefinition(migration, (crd) => withMigrationEnded(crd, outcome, this.cluster.now()));
    }
    await this.write(migration, ended(migration, this.cluster.now(), outcome, message));
  }

  /** Changes the status of the resource's definition, where it has one. */
  private async changeDefinition(
    { spec }: Migration,
    change: (crd: CustomResourceDefinition) => CustomResourceDefinition,
  ): Promise<void> {
    const name = `${spec?.resource?.resource ?? ''}.${spec?.resource?.group ?? ''}`;
    const request = (crd: Readonly<KubeObject> | undefined) => change(crd as CustomResourceDefinition);
    await ignoringGone(this.updateStatus(CRD_GROUP, CRD_RESOURCE, name, request));
  }

  /** Writes a status unless the migration has changed since it was looked at: its newer state is looked at then. */
  private async write(seen: Migration, next: Migration): Promise<void> {
    const request = (current: Readonly<KubeObject> | undefined) =>
      current?.metadata.resourceVersion === seen.metadata.resourceVersion ? next : ({ ...current } as KubeObject);
    await ignoringGone(this.updateStatus(GROUP, RESOURCE, seen.metadata.name!, request));
  }

  private async updateStatus(
    group: string,
    resource: string,
    name: string,
    request: (existing: Readonly<KubeObject> | undefined) => KubeObject,
  ): Promise<void> {
    const status = this.cluster.registry.find(group, resource)?.subresources.get('status')?.storage;
    if (status?.update === undefined) throw new TypeError(`${resource}/status of group "${group}" must be served`);
    await status.update(systemContext(''), name, request, { dryRun: false });
  }

  private migrations(): ResourceStore {
    return requireStore(this.cluster, GROUP, RESOURCE);
  }
}

function unhandled(text: string): string {
  return `migration encountered unhandled error: ${text}`;
}

async function ignoringGone(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/**
 * Writes every object as it is, which stores it in the storage version; what is stored so already costs no write.
 * @throws CorruptObjectError
 */
async function rewriteAll(store: ResourceStore, upTo: number): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const page = await store.collection.list({ limit: PAGE, ...(after !== undefined && { after }) });
    const corrupt = page.corrupt?.[0];
    if (corrupt !== undefined) throw new CorruptObjectError(corrupt);
    const old = page.items.filter(({ revision }) => revision <= upTo);
    for (let at = 0; at < old.length; at += BATCH) {
      await Promise.all(old.slice(at, at + BATCH).map((object) => rewrite(store, object)));
      await nextTurn();
    }
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return;
  }
}

/** An object that has gone, or was written meanwhile, needs nothing. */
async function rewrite(store: ResourceStore, { namespace, name, revision }: StoredObject): Promise<void> {
  const same = (object: Readonly<KubeObject> | undefined): KubeObject => structuredClone(object) as KubeObject;
  try {
    if (store.collection.get(store.keyOf({ namespace }, name))?.revision !== revision) return;
    await store.update(systemContext(namespace), name, same, { dryRun: false });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
