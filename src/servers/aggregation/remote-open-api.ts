import { createHash } from 'node:crypto';
import { serviceUnavailable } from '../../apimachinery/errors/status-error.js';
import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import { RemoteOpenApi } from '../../endpoints/openapi/openapi-handler.js';
import type { ApiServiceEntry, ApiServiceTable } from './api-service-table.js';
import { fetchDocument, fetchJson, parseObject } from './backend-documents.js';
import type { Backend } from './backends/backend.js';

/** How old documents of a backend that is up may be. */
const REFRESH_MS = 60_000;
const JSON_TYPE = 'application/json';
const V3 = '/openapi/v3';
const V2 = '/openapi/v2';

interface RemoteDocument {
  readonly hash: string;
  load(): Promise<Buffer>;
}

/** What one backend publishes. Replaced, never changed. */
interface Published {
  readonly backend: Backend;
  readonly fetchedAt: number;
  /** By path below /openapi/v3. */
  readonly v3: ReadonlyMap<string, RemoteDocument>;
  /** JSON text; parsed when the whole is made. */
  readonly v2: Buffer | undefined;
  readonly v2Etag: string;
}

/**
 * OpenAPI of the backends. Indexes and v2 documents are fetched beside the requests that need them and kept while the APIService
 * stands, whether its backend is up or not; v3 documents are fetched when asked for.
 */
export class RemoteOpenApiDocuments extends RemoteOpenApi {
  private readonly published = new Map<string, Published>();
  private readonly refreshing = new Map<string, Promise<void>>();
  private changes = 0;

  constructor(
    private readonly table: ApiServiceTable,
    private readonly now: () => number,
  ) {
    super();
  }

  get generation(): number {
    return this.changes;
  }

  v3(): ReadonlyMap<string, RemoteDocument> {
    const all = new Map<string, RemoteDocument>();
    for (const { v3 } of this.published.values()) for (const [path, document] of v3) all.set(path, document);
    return all;
  }

  /** In the order of priorities: the first document that has a path or a name keeps it. */
  v2(): JsonObject[] {
    const names = [...this.published.keys()].sort((a, b) => this.priority(b) - this.priority(a) || (a < b ? -1 : 1));
    return names.flatMap((name) => {
      const { v2 } = this.published.get(name)!;
      const document = v2 === undefined ? undefined : parseObject(v2);
      return document === undefined ? [] : [document];
    });
  }

  /** Lets go of what an APIService published when it is gone or leads elsewhere. */
  changed(name: string): void {
    const known = this.published.get(name);
    if (known === undefined || known.backend === this.table.get(name)?.backend) return;
    this.published.delete(name);
    this.changes++;
  }

  /** Fetches what the backend of an APIService publishes, if that is old. Never fails: what was known stays. */
  refresh(name: string): Promise<void> {
    const running = this.refreshing.get(name);
    if (running !== undefined) return running;
    const entry = this.table.get(name);
    if (entry?.backend === undefined) return Promise.resolve();
    const known = this.published.get(name);
    const before = known?.backend === entry.backend ? known : undefined;
    if (before !== undefined && this.now() - before.fetchedAt < REFRESH_MS) return Promise.resolve();
    const refreshing = this.fetch(entry, entry.backend, before).finally(() => this.refreshing.delete(name));
    this.refreshing.set(name, refreshing);
    return refreshing;
  }

  private async fetch(entry: ApiServiceEntry, backend: Backend, before: Published | undefined): Promise<void> {
    const [v3, v2] = await Promise.all([
      fetchIndex(entry, backend).catch(() => before?.v3 ?? new Map<string, RemoteDocument>()),
      fetchV2(backend, before).catch(() => ({ v2: before?.v2, v2Etag: before?.v2Etag ?? '' })),
    ]);
    if (this.table.get(entry.name)?.backend !== backend) return;
    this.published.set(entry.name, { backend, fetchedAt: this.now(), v3, ...v2 });
    if (before === undefined || !sameDocuments(before.v3, v3) || !sameText(before.v2, v2.v2)) this.changes++;
  }

  private priority(name: string): number {
    return this.table.get(name)?.service.spec.groupPriorityMinimum ?? 0;
  }
}

/** The documents of the entry's own group and version in a backend's index. @throws Error, BackendError */
async function fetchIndex(
  { group, version }: ApiServiceEntry,
  backend: Backend,
): Promise<ReadonlyMap<string, RemoteDocument>> {
  const index = await fetchJson(backend, V3, JSON_TYPE);
  const paths = isJsonObject(index?.['paths']) ? index['paths'] : {};
  const own = group === '' ? [`api/${version}`] : [`apis/${formatGroupVersion({ group, version })}`, `apis/${group}`];
  const found = new Map<string, RemoteDocument>();
  for (const path of own) {
    const item = paths[path];
    if (!isJsonObject(item)) continue;
    const url = typeof item['serverRelativeURL'] === 'string' ? item['serverRelativeURL'] : `${V3}/${path}`;
    const hash = new URL(url, 'https://backend').searchParams.get('hash') ?? (await hashOf(backend, path));
    found.set(path, { hash, load: () => loadV3(backend, path) });
  }
  return found;
}

/** Of backends whose index tells no hash. @throws Error, BackendError */
async function hashOf(backend: Backend, path: string): Promise<string> {
  const body = await loadV3(backend, path);
  return createHash('sha512').update(body).digest('hex').toUpperCase();
}

/** @throws StatusError 503 where the backend does not give it */
async function loadV3(backend: Backend, path: string): Promise<Buffer> {
  const document = await fetchDocument(backend, `${V3}/${path}`, JSON_TYPE).catch(() => undefined);
  if (document === undefined || document === 'unchanged') throw serviceUnavailable('service unavailable');
  return document.body;
}

/** @throws Error, BackendError */
async function fetchV2(
  backend: Backend,
  before: Published | undefined,
): Promise<{ v2: Buffer | undefined; v2Etag: string }> {
  const etag = before?.v2Etag ?? '';
  const document = await fetchDocument(backend, V2, JSON_TYPE, etag);
  if (document === 'unchanged') return { v2: before?.v2, v2Etag: etag };
  if (document === undefined || parseObject(document.body) === undefined) return { v2: undefined, v2Etag: '' };
  return { v2: document.body, v2Etag: document.etag };
}

function sameDocuments(a: ReadonlyMap<string, RemoteDocument>, b: ReadonlyMap<string, RemoteDocument>): boolean {
  return a.size === b.size && [...a].every(([path, { hash }]) => b.get(path)?.hash === hash);
}

function sameText(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}
