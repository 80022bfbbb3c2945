import type { ApiService } from '../../registry/apiregistration/api-service.js';
import { isAvailable, TRANSPORT_ANNOTATION } from '../../registry/apiregistration/api-service.js';
import type { Collection, StoredObject, Watch } from '../../storage/storage.js';
import type { Backend } from './backends/backend.js';

/** One APIService as the proxy and discovery use it. Replaced, never changed. */
export interface ApiServiceEntry {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: Readonly<ApiService>;
  readonly available: boolean;
  /** Undefined where this server serves the version itself. */
  readonly backend: Backend | undefined;
}

export type CreateBackend = (service: Readonly<ApiService>) => Backend;

/** Every APIService by group and version, in step with what is stored. Lookups allocate nothing but the key. */
export class ApiServiceTable {
  private readonly byGroupVersion = new Map<string, ApiServiceEntry>();
  private readonly listeners = new Set<(name: string) => void>();
  private watch: Watch | undefined;
  private changes = 0;
  private remotes = 0;

  constructor(
    private readonly collection: () => Collection,
    private readonly createBackend: CreateBackend,
  ) {}

  /** Moves with every change. */
  get generation(): number {
    return this.changes;
  }

  async start(): Promise<void> {
    const { items, revision } = await this.collection().list({});
    for (const item of items) this.set(item);
    this.watch = this.collection().watch({
      afterRevision: revision,
      onEvents: (events) => {
        for (const { type, object } of events) {
          if (type === 'DELETED') this.remove(object.name);
          else this.set(object);
          this.tell(object.name);
        }
      },
      onEnd: () => {},
    });
  }

  async stop(): Promise<void> {
    this.watch?.stop();
    const closing = [...this.byGroupVersion.values()].map((entry) => entry.backend?.close());
    this.byGroupVersion.clear();
    await Promise.all(closing);
  }

  lookup(group: string, version: string): ApiServiceEntry | undefined {
    return this.byGroupVersion.get(`${version}.${group}`);
  }

  /** False where every group version is served here: most servers, and then nobody need look further. */
  get hasRemote(): boolean {
    return this.remotes > 0;
  }

  get(name: string): ApiServiceEntry | undefined {
    return this.byGroupVersion.get(name);
  }

  all(): IterableIterator<ApiServiceEntry> {
    return this.byGroupVersion.values();
  }

  /** Calls back with the name of each APIService that changed or went, after the table shows it. */
  onChange(listener: (name: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(stored: StoredObject): void {
    const service = stored.decode() as ApiService;
    const before = this.byGroupVersion.get(stored.name);
    const { group = '', version = '' } = service.spec;
    this.byGroupVersion.set(stored.name, {
      name: stored.name,
      group,
      version,
      service,
      available: isAvailable(service),
      backend: this.backendFor(service, before),
    });
    this.count();
  }

  /** Keeps connections as long as what they depend on stays the same. */
  private backendFor(service: Readonly<ApiService>, before: ApiServiceEntry | undefined): Backend | undefined {
    if (before?.backend !== undefined && sameTarget(before.service, service)) return before.backend;
    closeQuietly(before?.backend);
    return service.spec.service === undefined ? undefined : this.createBackend(service);
  }

  private remove(name: string): void {
    closeQuietly(this.byGroupVersion.get(name)?.backend);
    this.byGroupVersion.delete(name);
    this.count();
  }

  private count(): void {
    this.changes++;
    this.remotes = 0;
    for (const entry of this.byGroupVersion.values()) if (entry.backend !== undefined) this.remotes++;
  }

  private tell(name: string): void {
    for (const listener of this.listeners) listener(name);
  }
}

/** Running requests end in their own time; new ones go to the new backend. */
function closeQuietly(backend: Backend | undefined): void {
  backend?.close().catch(() => {});
}

function sameTarget(a: Readonly<ApiService>, b: Readonly<ApiService>): boolean {
  const target = ({ spec, metadata }: Readonly<ApiService>): string =>
    JSON.stringify([
      metadata.uid,
      spec.service,
      spec.caBundle,
      spec.insecureSkipTLSVerify,
      metadata.annotations?.[TRANSPORT_ANNOTATION],
    ]);
  return target(a) === target(b);
}
