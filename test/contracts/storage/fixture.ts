import type { KubeObject } from '../../../src/apimachinery/meta/object.js';
import { encodeContent } from '../../../src/storage/content.js';
import { StorageError, type StorageErrorCode } from '../../../src/storage/errors.js';
import type {
  Collection,
  CollectionOptions,
  ListPage,
  ListQuery,
  ObjectAttributes,
  ObjectContent,
  StoredEvent,
  StoredObject,
  WatchQuery,
} from '../../../src/storage/storage.js';
import type { StorageOptions } from '../../../src/storage/storage-options.js';
import { TypeormStorage } from '../../../src/storage/typeorm/typeorm-storage.js';

export function attributesOf({ metadata, ...rest }: KubeObject): ObjectAttributes {
  const node = rest['node'];
  return {
    labels: metadata.labels ?? {},
    fields: { 'metadata.name': metadata.name ?? '', node: typeof node === 'string' ? node : '' },
  };
}

export const CONFIG_MAPS: CollectionOptions = { collection: '/configmaps', namespaced: true, attributesOf };
export const NODES: CollectionOptions = { collection: '/nodes', namespaced: false, attributesOf };

/** Content of an object with some data, labels and a field `node`. */
export function content(
  namespace: string,
  name: string,
  { data = '', labels = {}, node = '' }: { data?: string; labels?: Record<string, string>; node?: string } = {},
): ObjectContent {
  const object: KubeObject = { metadata: { name, namespace, labels }, node, data };
  return encodeContent(object, attributesOf(object));
}

export function create(collection: Collection, key: string, more: Parameters<typeof content>[2] = {}) {
  const [namespace = '', name = ''] = collection.options.namespaced ? key.split('/') : ['', key];
  return collection.create(namespace, name, content(namespace, name, more));
}

export function update(collection: Collection, key: string, more: Parameters<typeof content>[2] = {}) {
  const [namespace = '', name = ''] = collection.options.namespaced ? key.split('/') : ['', key];
  return collection.update(key, collection.get(key)!.revision, content(namespace, name, more));
}

export function remove(collection: Collection, key: string) {
  return collection.delete(key, collection.get(key)!.revision);
}

export const keys = (objects: readonly StoredObject[]) => objects.map(({ key }) => key);

export const list = async (collection: Collection, query: ListQuery = {}): Promise<ListPage> => collection.list(query);

/** Waits for a StorageError; anything else fails. */
export async function refusal(work: () => unknown): Promise<{ code: StorageErrorCode; revision: number | undefined }> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StorageError) return { code: error.code, revision: error.revision };
    throw error;
  }
  throw new Error('it was not refused');
}

/** A watch that writes down what it is given. */
export class Recorder {
  readonly events: StoredEvent[] = [];
  readonly calls: number[] = [];
  /** Keys of what changed and cannot be read, each after the number of events that came before. */
  readonly corrupt: string[] = [];
  ended = 0;

  query(afterRevision: number, scope: Partial<WatchQuery> = {}): WatchQuery {
    return {
      ...scope,
      afterRevision,
      onEvents: (events) => {
        this.calls.push(events.length);
        this.events.push(...events);
      },
      onCorrupt: ({ type, revision, object }) => {
        this.corrupt.push(`${this.events.length}: ${type} ${object.key} at ${revision}: ${object.fault}`);
      },
      onEnd: () => {
        this.ended++;
      },
    };
  }

  get summary(): string[] {
    return this.events.map(({ type, object }) => `${type} ${object.key}`);
  }

  get revisions(): number[] {
    return this.events.map(({ revision }) => revision);
  }
}

/** Opens storages on one place one after the other, and closes what a test left open. */
export class StoragePlace {
  private readonly opened: TypeormStorage[] = [];

  constructor(readonly url: string) {}

  async start(options: Partial<StorageOptions> = {}): Promise<TypeormStorage> {
    const storage = new TypeormStorage({ compaction: { intervalMs: 0 }, ...options, url: this.url });
    this.opened.push(storage);
    await storage.start();
    return storage;
  }

  async close(): Promise<void> {
    for (const storage of this.opened.splice(0)) await storage.stop();
  }
}
