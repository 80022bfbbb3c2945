import { Observable, Subject } from 'rxjs';
import { alreadyExists, expired, modifiedConflict, notFound } from '../apimachinery/errors/status-error.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { describeResource, type ResourceClass, type ResourceMethods } from './backend-resource.js';
import type {
  BackendWatchEvent,
  CreateRequest,
  DeleteRequest,
  GetRequest,
  ListRequest,
  ObjectList,
  UpdateRequest,
  WatchRequest,
} from './protocol.js';

/** Named limit: changes that watches can start from. */
export const HISTORY_EVENTS_MAX = 1_000;

interface Change {
  readonly revision: number;
  readonly event: BackendWatchEvent;
}

/**
 * A resource whose objects are in memory and gone with the process: for tests, caches, and to begin with. Extend it, decorate
 * with `@BackendResource`, and override what shall be otherwise.
 */
export class MemoryResource implements Required<ResourceMethods> {
  private readonly objects = new Map<string, KubeObject>();
  private readonly changes = new Subject<Change>();
  private history: Change[] = [];
  /** Starts from the clock, so that versions of a process before this one are older than any here. */
  private revision = Date.now() * 1000;
  private forgotten = this.revision;

  get({ namespace, name }: GetRequest): KubeObject {
    const object = this.objects.get(keyOf(namespace, name));
    if (object === undefined) throw notFound(this.groupResource(), name);
    return object;
  }

  list({ namespace, resourceVersion }: ListRequest): ObjectList {
    if (resourceVersion !== '' && Number(resourceVersion) !== this.revision) {
      throw expired(`The provided resource version is too old: ${resourceVersion}`);
    }
    const keys = [...this.objects.keys()].sort();
    const all = keys.map((key) => this.objects.get(key)!);
    const items = namespace === '' ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
    return { items, metadata: { resourceVersion: String(this.revision) } };
  }

  watch({ namespace, resourceVersion }: WatchRequest): Observable<BackendWatchEvent> {
    return new Observable((subscriber) => {
      const after = Number(resourceVersion);
      if (after < this.forgotten) {
        subscriber.error(expired(`too old resource version: ${after} (${this.forgotten})`));
        return undefined;
      }
      const send = ({ revision, event }: Change): void => {
        const visible = namespace === '' || event.object.metadata.namespace === namespace;
        if (revision > after && visible) subscriber.next(event);
      };
      for (const change of this.history) send(change);
      return this.changes.subscribe(send);
    });
  }

  create({ namespace, name, object }: CreateRequest): KubeObject {
    const key = keyOf(namespace, name);
    if (this.objects.has(key)) throw alreadyExists(this.groupResource(), name);
    return this.commit('ADDED', key, object);
  }

  update({ namespace, name, object }: UpdateRequest): KubeObject {
    this.stored(namespace, name, object.metadata.resourceVersion);
    return this.commit('MODIFIED', keyOf(namespace, name), object);
  }

  delete({ namespace, name, resourceVersion }: DeleteRequest): KubeObject {
    const object = this.stored(namespace, name, resourceVersion);
    return this.commit('DELETED', keyOf(namespace, name), object);
  }

  private stored(namespace: string, name: string, resourceVersion: string | undefined): KubeObject {
    const object = this.get({ namespace, name } as GetRequest);
    if (object.metadata.resourceVersion !== resourceVersion) throw modifiedConflict(this.groupResource(), name);
    return object;
  }

  private commit(type: 'ADDED' | 'MODIFIED' | 'DELETED', key: string, object: KubeObject): KubeObject {
    const revision = ++this.revision;
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const previous = this.objects.get(key);
    if (type === 'DELETED') this.objects.delete(key);
    else this.objects.set(key, next);
    this.record({ revision, event: { type, object: next, ...(previous && { previous }) } });
    return next;
  }

  private record(change: Change): void {
    this.history.push(change);
    if (this.history.length >= 2 * HISTORY_EVENTS_MAX) {
      const dropped = this.history.length - HISTORY_EVENTS_MAX;
      this.forgotten = this.history[dropped - 1]!.revision;
      this.history = this.history.slice(dropped);
    }
    this.changes.next(change);
  }

  private groupResource(): { group: string; resource: string } {
    const { group, description } = describeResource(this.constructor as ResourceClass);
    return { group, resource: description.resource };
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
