import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { StorageError } from '../../src/storage/errors.js';
import {
  Collection,
  type CollectionOptions,
  type ListPage,
  type ListQuery,
  type ObjectContent,
  Storage,
  type StoredEvent,
  type StoredObject,
  type Watch,
  type WatchQuery,
} from '../../src/storage/storage.js';

/** Storage in plain maps for unit specs: one order of writes, whole history, no durability. */
export class MemoryStorage extends Storage {
  private newest = 0;
  readonly compactedRevision = 0;
  readonly collections = new Map<string, MemoryCollection>();

  get revision(): number {
    return this.newest;
  }

  next(): number {
    return ++this.newest;
  }

  override async open(options: CollectionOptions): Promise<MemoryCollection> {
    let collection = this.collections.get(options.collection);
    if (collection === undefined) {
      collection = new MemoryCollection(options, this);
      this.collections.set(options.collection, collection);
    }
    return collection;
  }

  override async close(name: string): Promise<void> {
    this.collections.get(name)?.end();
    this.collections.delete(name);
  }

  override caughtUp(): undefined {
    return undefined;
  }
}

export class MemoryCollection extends Collection {
  private readonly objects = new Map<string, StoredObject>();
  private readonly history: StoredEvent[] = [];
  private readonly watches = new Set<WatchQuery>();
  lastRevision = 0;

  constructor(
    readonly options: CollectionOptions,
    private readonly storage: MemoryStorage,
  ) {
    super();
  }

  override get(key: string): StoredObject | undefined {
    return this.objects.get(key);
  }

  /** Nothing can happen to values here. */
  override corrupt(): undefined {
    return undefined;
  }

  override list(query: ListQuery): ListPage {
    const items = [...this.objects.values()]
      .filter((each) => query.namespace === undefined || each.namespace === query.namespace)
      .filter((each) => query.name === undefined || each.name === query.name)
      .filter((each) => query.matches?.(each) ?? true)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return { items, revision: this.storage.revision, more: false, remaining: undefined };
  }

  override count(namespace?: string): number {
    if (namespace === undefined) return this.objects.size;
    return [...this.objects.values()].filter((each) => each.namespace === namespace).length;
  }

  override async create(namespace: string, name: string, content: ObjectContent): Promise<StoredObject> {
    const key = this.options.namespaced ? `${namespace}/${name}` : name;
    if (this.objects.has(key)) throw new StorageError('KeyExists', key);
    return this.put('ADDED', key, namespace, name, content);
  }

  override async update(key: string, expected: number, content: ObjectContent): Promise<StoredObject> {
    const old = this.expect(key, expected);
    return this.put('MODIFIED', key, old.namespace, old.name, content);
  }

  override async delete(key: string, expected: number): Promise<StoredObject> {
    const old = this.expect(key, expected);
    const revision = this.storage.next();
    const object = old.decode();
    object.metadata.resourceVersion = String(revision);
    const { apiVersion: _a, kind: _k, ...rest } = object;
    const last = stored({ ...old, revision }, Buffer.from(JSON.stringify(rest)));
    this.objects.delete(key);
    this.tell({ type: 'DELETED', revision, object: last, previous: old });
    return last;
  }

  override watch(query: WatchQuery): Watch {
    const missed = this.history.filter((event) => event.revision > query.afterRevision);
    if (missed.length > 0) query.onEvents(missed);
    this.watches.add(query);
    return { stop: () => this.watches.delete(query) };
  }

  end(): void {
    for (const watch of this.watches) watch.onEnd();
    this.watches.clear();
  }

  private put(
    type: 'ADDED' | 'MODIFIED',
    key: string,
    namespace: string,
    name: string,
    content: ObjectContent,
  ): StoredObject {
    const revision = this.storage.next();
    const head = {
      collection: this.options.collection,
      key,
      namespace,
      name,
      revision,
      attributes: content.attributes,
    };
    const object = stored(head, Buffer.from(content.text(revision)));
    const previous = this.objects.get(key);
    this.objects.set(key, object);
    this.tell({ type, revision, object, previous });
    return object;
  }

  private expect(key: string, expected: number): StoredObject {
    const old = this.objects.get(key);
    if (old === undefined) throw new StorageError('KeyNotFound', key);
    if (old.revision !== expected) throw new StorageError('RevisionMismatch', key, old.revision);
    return old;
  }

  private tell(event: StoredEvent): void {
    this.lastRevision = event.revision;
    this.history.push(event);
    for (const watch of [...this.watches]) watch.onEvents([event]);
  }
}

type Head = Pick<StoredObject, 'collection' | 'key' | 'namespace' | 'name' | 'revision' | 'attributes'>;

function stored(head: Head, json: Buffer): StoredObject {
  const { collection, key, namespace, name, revision, attributes } = head;
  const remembered = new Map<string, Buffer>();
  return {
    collection,
    key,
    namespace,
    name,
    revision,
    attributes,
    json,
    deletedAt: (later) => {
      const object = JSON.parse(json.toString()) as KubeObject;
      object.metadata.resourceVersion = String(later);
      return stored({ ...head, revision: later }, Buffer.from(JSON.stringify(object)));
    },
    decode: () => JSON.parse(json.toString()) as KubeObject,
    recall: (encoding) => remembered.get(encoding),
    remember: (encoding, make) => {
      const made = remembered.get(encoding) ?? make();
      remembered.set(encoding, made);
      return made;
    },
  };
}
