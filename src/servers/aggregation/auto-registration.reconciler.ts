import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import type { CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import type { ApiServiceSpec } from '../../registry/apiregistration/api-service.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { internalContext } from '../../registry/rest/context.js';
import type { Collection, StoredEvent, Watch } from '../../storage/storage.js';

export const MANAGED_LABEL = 'kube-aggregator.kubernetes.io/automanaged';

/** `onstart`: put right once, at start; `true`: kept right and taken away when its version goes. */
export type Managed = 'onstart' | 'true';

/** A group version that this server serves, and the priorities its APIService has. */
export interface LocalGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

/** Priorities of every group version of custom resources. */
export const CUSTOM_PRIORITIES = { groupPriorityMinimum: 1000, versionPriority: 100 };
const CONCURRENCY = 8;
const RETRY_DELAY_MS = 20;
const RETRY_DELAY_MS_MAX = 30_000;

export interface AutoRegistrationParts {
  readonly apiServices: () => ResourceStore;
  readonly crds: () => Collection;
  /** Group versions that are served whatever is stored: those of the bootstrap data, and what code declares. Read at start. */
  readonly builtin: () => readonly LocalGroupVersion[];
  readonly onError?: (name: string, error: unknown) => void;
}

/**
 * Makes a local APIService for every group version that this process serves. One that somebody made by hand (without the label)
 * stands above and is left alone.
 */
export class AutoRegistrationReconciler {
  private readonly queue: WorkQueue;
  private builtin: ReadonlyMap<string, LocalGroupVersion> = new Map();
  /** Definitions by name, and how many of them serve each group version. */
  private readonly served = new Map<string, readonly string[]>();
  private readonly wanted = new Map<string, { spec: LocalGroupVersion; crds: Set<string> }>();
  private readonly startedWith = new Set<string>();
  private readonly watches: Watch[] = [];

  constructor(private readonly parts: AutoRegistrationParts) {
    this.queue = new WorkQueue(
      {
        ...WORK_QUEUE_DEFAULTS,
        name: 'apiservice-registration',
        concurrency: CONCURRENCY,
        firstRetryMs: RETRY_DELAY_MS,
        lastRetryMs: RETRY_DELAY_MS_MAX,
        onError: parts.onError,
      },
      (name) => this.reconcile(name),
    );
  }

  /** Resolves when every APIService is as it should be. */
  async start(): Promise<void> {
    this.builtin = new Map(this.parts.builtin().map((each) => [nameOf(each), each]));
    const crds = await this.parts.crds().list({});
    for (const item of crds.items) this.follow(item.name, item.decode() as CustomResourceDefinition);
    const { collection } = this.parts.apiServices();
    const existing = await collection.list({});
    for (const name of this.builtin.keys()) this.queue.add(name);
    for (const { name } of existing.items) this.queue.add(name);
    this.watches.push(
      this.parts.crds().watch({
        afterRevision: crds.revision,
        onEvents: (events) => this.definitionsChanged(events),
        onEnd: () => {},
      }),
      collection.watch({
        afterRevision: existing.revision,
        onEvents: (events) => {
          for (const event of events) this.queue.add(event.object.name);
        },
        onCorrupt: ({ object }) => this.queue.add(object.name),
        onEnd: () => {},
      }),
    );
    await this.queue.idle();
  }

  async stop(): Promise<void> {
    for (const watch of this.watches) watch.stop();
    await this.queue.stop();
  }

  idle(): Promise<void> {
    return this.queue.idle();
  }

  private definitionsChanged(events: readonly StoredEvent[]): void {
    for (const { type, object } of events) {
      if (type === 'DELETED') this.follow(object.name, undefined);
      else this.follow(object.name, object.decode() as CustomResourceDefinition);
    }
  }

  /** Brings the wanted group versions in step with one definition. */
  private follow(crd: string, definition: CustomResourceDefinition | undefined): void {
    const before = this.served.get(crd) ?? [];
    const now = new Map<string, LocalGroupVersion>();
    for (const { name: version, served } of definition?.spec.versions ?? []) {
      if (!served) continue;
      const spec = { group: definition!.spec.group, version, ...CUSTOM_PRIORITIES };
      now.set(nameOf(spec), spec);
    }
    if (now.size === 0) this.served.delete(crd);
    else this.served.set(crd, [...now.keys()]);
    for (const name of before) {
      const entry = this.wanted.get(name);
      if (now.has(name) || entry === undefined) continue;
      entry.crds.delete(crd);
      if (entry.crds.size > 0) continue;
      this.wanted.delete(name);
      this.queue.add(name);
    }
    for (const [name, spec] of now) {
      const entry = this.wanted.get(name);
      if (entry !== undefined) entry.crds.add(crd);
      else {
        this.wanted.set(name, { spec, crds: new Set([crd]) });
        this.queue.add(name);
      }
    }
  }

  private async reconcile(name: string): Promise<void> {
    const { collection } = this.parts.apiServices();
    // Nothing to do until an administrator has deleted it.
    if (collection.corrupt(name) !== undefined) return;
    const object = collection.get(name)?.decode();
    const label = object?.metadata.labels?.[MANAGED_LABEL];
    const builtin = this.builtin.get(name);
    const custom = this.wanted.get(name)?.spec;
    if (builtin !== undefined) {
      // Put right once a start: afterwards what an administrator makes of it stands.
      if (this.startedWith.has(name)) return;
      await this.ensure(name, object, label, builtin, 'onstart');
      this.startedWith.add(name);
    } else if (custom !== undefined) await this.ensure(name, object, label, custom, 'true');
    else if (label === 'true' || (label === 'onstart' && object !== undefined)) await this.remove(object!);
  }

  private async ensure(
    name: string,
    object: KubeObject | undefined,
    label: string | undefined,
    wanted: LocalGroupVersion,
    managed: Managed,
  ): Promise<void> {
    const ctx = internalContext(LOOPBACK_USER, '');
    const store = this.parts.apiServices();
    const { group, version, groupPriorityMinimum, versionPriority } = wanted;
    const spec: ApiServiceSpec = { ...(group !== '' && { group }), version, groupPriorityMinimum, versionPriority };
    if (object === undefined) {
      const metadata = { name, labels: { [MANAGED_LABEL]: managed } };
      await store.create(ctx, '', { metadata, spec }, { dryRun: false }).catch(ignore(409));
      return;
    }
    if (label !== 'true' && label !== 'onstart') return;
    if (label === managed && jsonEqual(object['spec'], spec)) return;
    const labels = { ...object.metadata.labels, [MANAGED_LABEL]: managed };
    const request = (existing: Readonly<KubeObject> | undefined): KubeObject => ({
      ...existing,
      metadata: { ...existing!.metadata, labels },
      spec,
    });
    await store.update(ctx, name, request, { dryRun: false }).catch(ignore(404));
  }

  private async remove(object: KubeObject): Promise<void> {
    const { name = '', uid = '' } = object.metadata;
    const options = { preconditions: { uid } };
    const ctx = internalContext(LOOPBACK_USER, '');
    await this.parts.apiServices().delete(ctx, name, options, { dryRun: false }).catch(ignore(404, 409));
  }
}

function nameOf({ group, version }: { group: string; version: string }): string {
  return `${version}.${group}`;
}

/** Somebody else got there first: the change that follows brings the object here again. */
function ignore(...codes: number[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes((error as { code?: number }).code ?? 0)) throw error;
  };
}
