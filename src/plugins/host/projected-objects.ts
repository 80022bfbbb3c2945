import { createHash } from 'node:crypto';
import { internalError } from '../../apimachinery/errors/status-error.js';
import { type JsonValue, jsonClone } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';

/** Objects of one projection at most: they are held in memory and compared at each look. */
export const PROJECTED_OBJECTS_MAX = 50_000;
/** Changes that watches may go back. */
const HISTORY_EVENTS_MAX = 1_000;
/** Revisions of one millisecond: those after a restart are above all those before it. */
const REVISIONS_PER_MS = 1_000;

/** An object of a projection as it is now. */
export interface ProjectedObject {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** Of its last change. */
  readonly revision: number;
  /** With that as its resourceVersion. Never changed. */
  readonly value: Readonly<KubeObject>;
  /** What it was made of, to tell whether it changed. */
  readonly text: string;
}

export interface ProjectedChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** As it is then; of a deletion, as it was, with the revision of the deletion. */
  readonly object: ProjectedObject;
  readonly previous: ProjectedObject | undefined;
}

/** What is seen of objects that are kept elsewhere: their present state, an order of changes, and the last of these. */
export class ProjectedObjects {
  private state: ReadonlyMap<string, ProjectedObject> = new Map();
  private readonly history: ProjectedChange[] = [];
  private newest: number;
  private oldest: number;

  constructor(
    private readonly type: { readonly namespaced: boolean; readonly label: string },
    now: () => number,
  ) {
    this.newest = now() * REVISIONS_PER_MS;
    this.oldest = this.newest;
  }

  get revision(): number {
    return this.newest;
  }

  get(key: string): ProjectedObject | undefined {
    return this.state.get(key);
  }

  /** In order of their keys. */
  all(): ProjectedObject[] {
    return [...this.state.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Changes after a revision; undefined where they are no longer known. */
  since(revision: number): readonly ProjectedChange[] | undefined {
    if (revision < this.oldest) return undefined;
    return this.history.filter((change) => change.revision > revision);
  }

  /** Takes a new state over; returns what changed. @throws StatusError 500 for objects that are none */
  replace(objects: readonly KubeObject[]): readonly ProjectedChange[] {
    if (objects.length > PROJECTED_OBJECTS_MAX) {
      throw internalError(`${this.type.label} lists ${objects.length} objects, more than ${PROJECTED_OBJECTS_MAX}`);
    }
    const next = new Map<string, ProjectedObject>();
    const changes: ProjectedChange[] = [];
    for (const object of objects) {
      const { name = '', namespace = '' } = object.metadata ?? {};
      if (name === '' || (namespace === '') === this.type.namespaced) {
        throw internalError(
          `${this.type.label} lists an object without ${name === '' ? 'name' : 'the namespace it needs, or with one it cannot have'}`,
        );
      }
      const key = this.type.namespaced ? `${namespace}/${name}` : name;
      const previous = this.state.get(key);
      const text = encodeJson(object as JsonValue);
      if (previous?.text === text) next.set(key, previous);
      else {
        const made = this.make(key, object, text, ++this.newest);
        next.set(key, made);
        changes.push({
          type: previous === undefined ? 'ADDED' : 'MODIFIED',
          revision: made.revision,
          object: made,
          previous,
        });
      }
    }
    for (const [key, previous] of this.state) {
      if (next.has(key)) continue;
      const revision = ++this.newest;
      const value = { ...previous.value, metadata: { ...previous.value.metadata, resourceVersion: String(revision) } };
      changes.push({ type: 'DELETED', revision, object: { ...previous, revision, value }, previous });
    }
    this.state = next;
    this.remember(changes);
    return changes;
  }

  private make(key: string, object: KubeObject, text: string, revision: number): ProjectedObject {
    const value = jsonClone(object);
    const { name = '', namespace = '' } = value.metadata;
    value.metadata.uid ??= uidOf(`${this.type.label} ${key}`);
    value.metadata.resourceVersion = String(revision);
    return { key, namespace, name, revision, value, text };
  }

  private remember(changes: readonly ProjectedChange[]): void {
    this.history.push(...changes);
    const surplus = this.history.length - HISTORY_EVENTS_MAX;
    if (surplus <= 0) return;
    this.oldest = this.history[surplus - 1]!.revision;
    this.history.splice(0, surplus);
  }
}

/** The same object has the same uid after each restart. */
function uidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
