import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { watchFromNow } from '../../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import { type ApiService, withAvailability } from '../../registry/apiregistration/api-service.js';
import { internalContext } from '../../registry/rest/context.js';
import type { RestStorage } from '../../registry/rest/storage.js';
import type { Collection, StoredEvent, Watch } from '../../storage/storage.js';
import type { ApiServiceTable } from './api-service-table.js';
import { checkAvailability } from './availability-check.js';
import type { ServiceCollections, ServiceResolver } from './service-resolver.js';

/** APIServices probed at the same time: one dead backend never holds up the others. */
const CONCURRENCY = 16;
const RECHECK_MS = 30_000;
const RETRY_DELAY_MS = 100;

export interface AvailabilityOptions {
  /** ms since the epoch */
  readonly now: () => number;
  /** The status subresource of apiservices, looked up when used. */
  readonly status: () => RestStorage;
  /** Called after each check of a remote APIService. */
  readonly onChecked?: (name: string, available: boolean) => void;
  readonly onError?: (name: string, error: unknown) => void;
}

/** Keeps the Available condition of every APIService true to what its Service and backend do. */
export class AvailabilityReconciler {
  private readonly queue: WorkQueue;
  private readonly watches: Watch[] = [];
  private readonly failures = new Map<string, number>();
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly table: ApiServiceTable,
    private readonly resolver: ServiceResolver,
    private readonly collections: ServiceCollections,
    private readonly options: AvailabilityOptions,
  ) {
    this.queue = new WorkQueue(
      {
        ...WORK_QUEUE_DEFAULTS,
        name: 'apiservice-availability',
        concurrency: CONCURRENCY,
        firstRetryMs: RETRY_DELAY_MS,
        lastRetryMs: RECHECK_MS,
        onError: options.onError,
      },
      (name) => this.check(name),
    );
  }

  start(): void {
    for (const { name } of this.table.all()) this.queue.add(name);
    this.unsubscribe = this.table.onChange((name) => this.queue.add(name));
    const { services, endpointSlices } = this.collections;
    this.follow(services(), ({ object }) => object.name);
    this.follow(endpointSlices(), ({ object }) => object.attributes.labels['kubernetes.io/service-name'] ?? '');
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    for (const watch of this.watches) watch.stop();
    await this.queue.stop();
  }

  /** Looks again, after a time in ms, at an APIService whose backend seems to be gone: no later than it would have anyway. */
  recheck(name: string, afterMs: number): void {
    if (afterMs === 0) this.queue.add(name);
    else setTimeout(() => this.queue.add(name), afterMs).unref();
  }

  idle(): Promise<void> {
    return this.queue.idle();
  }

  /** Looks again at the APIServices whose Service a change is about. */
  private follow(collection: Collection | undefined, serviceOf: (event: StoredEvent) => string): void {
    if (collection === undefined) return;
    const onEvents = (events: readonly StoredEvent[]): void => {
      const changed = new Set(events.map((event) => `${event.object.namespace}/${serviceOf(event)}`));
      for (const { name, service, backend } of this.table.all()) {
        const { namespace = '', name: target = '' } = service.spec.service ?? {};
        if (backend !== undefined && changed.has(`${namespace}/${target}`)) this.queue.add(name);
      }
    };
    this.watches.push(watchFromNow(collection, { onEvents, onEnd: () => {} }));
  }

  private async check(name: string): Promise<void> {
    const entry = this.table.get(name);
    if (entry === undefined) {
      this.failures.delete(name);
      return;
    }
    const { service, backend } = entry;
    const availability = await checkAvailability(service, backend, this.resolver);
    const status = withAvailability(service.status, availability, formatTime(Math.floor(this.options.now() / 1000)));
    if (!jsonEqual(status, service.status)) await this.write(service, status);
    if (backend === undefined) return;
    const available = availability.status === 'True';
    this.options.onChecked?.(name, available);
    this.queue.addAfter(name, this.nextCheckMs(name, available || availability.reason !== 'FailedDiscoveryCheck'));
  }

  /** A backend that does not answer is asked again soon, then ever less often. */
  private nextCheckMs(name: string, settled: boolean): number {
    const failures = settled ? 0 : (this.failures.get(name) ?? 0) + 1;
    this.failures.set(name, failures);
    return settled ? RECHECK_MS : Math.min(RETRY_DELAY_MS * 2 ** Math.min(failures, 20), RECHECK_MS);
  }

  /** Skips objects that changed since: their newer state is on its way here. */
  private async write(seen: Readonly<ApiService>, status: ApiService['status']): Promise<void> {
    const storage = this.options.status();
    const request = (existing: Readonly<KubeObject> | undefined): KubeObject => {
      const current = { ...existing } as ApiService;
      if (current.metadata.resourceVersion === seen.metadata.resourceVersion) current.status = status ?? {};
      return current;
    };
    try {
      const name = seen.metadata.name ?? '';
      await storage.update?.(internalContext(LOOPBACK_USER, ''), name, request, { dryRun: false });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 404) throw error;
    }
  }
}
