import type { ListQuery, StoredObject } from '../storage.js';
import { SortedMap } from './sorted-map.js';

/** Below this many objects a scan is as fast as an index. */
export const INDEX_OBJECTS_MIN = 128;
const WANTED_MAX = 64;

export interface Requirement {
  readonly kind: 'label' | 'field';
  readonly key: string;
  readonly value: string;
}

/** Value an object is found by; a field that an object does not have counts as empty, a label does not exist. */
export function attributeOf(object: StoredObject, kind: 'label' | 'field', key: string): string | undefined {
  const { labels, fields } = object.attributes;
  if (kind === 'label') return Object.hasOwn(labels, key) ? labels[key] : undefined;
  return Object.hasOwn(fields, key) ? fields[key] : '';
}

export function requirementsOf(query: ListQuery): Requirement[] {
  return [
    ...(query.exactFields ?? []).map(({ key, value }): Requirement => ({ kind: 'field', key, value })),
    ...(query.exactLabels ?? []).map(({ key, value }): Requirement => ({ kind: 'label', key, value })),
  ];
}

class ObjectIndex {
  private readonly byValue = new Map<string, SortedMap<StoredObject>>();

  constructor(
    readonly kind: 'label' | 'field',
    readonly key: string,
  ) {}

  find(value: string): SortedMap<StoredObject> | undefined {
    return this.byValue.get(value);
  }

  replace(previous: StoredObject | undefined, next: StoredObject | undefined): void {
    const before = previous && attributeOf(previous, this.kind, this.key);
    const after = next && attributeOf(next, this.kind, this.key);
    if (before !== undefined && before !== after) this.remove(before, previous!.key);
    if (after !== undefined) this.add(after, next!);
  }

  private add(value: string, object: StoredObject): void {
    let members = this.byValue.get(value);
    if (members === undefined) {
      members = new SortedMap();
      this.byValue.set(value, members);
    }
    members.set(object.key, object);
  }

  private remove(value: string, key: string): void {
    const members = this.byValue.get(value);
    members?.delete(key);
    if (members?.size === 0) this.byValue.delete(value);
  }
}

const NOTHING: SortedMap<StoredObject> = new SortedMap();

/**
 * Indexes of one collection by the values of a label or field. One is made when its requirement is met a second time, is
 * kept up to date from then on, and goes when more than `indexesMax` are in use and it is the one unused for longest.
 */
export class ObjectIndexes {
  /** In order of last use. */
  private readonly indexes = new Map<string, ObjectIndex>();
  private readonly wanted = new Set<string>();

  constructor(
    private readonly objects: SortedMap<StoredObject>,
    private readonly indexesMax: number,
  ) {}

  /** The smallest known superset of what fulfils all requirements; undefined: all objects. */
  candidates(requirements: readonly Requirement[]): SortedMap<StoredObject> | undefined {
    let smallest: SortedMap<StoredObject> | undefined;
    for (const requirement of requirements) {
      const index = this.indexFor(requirement);
      if (index === undefined) continue;
      const found = index.find(requirement.value) ?? NOTHING;
      if (smallest === undefined || found.size < smallest.size) smallest = found;
    }
    return smallest;
  }

  replace(previous: StoredObject | undefined, next: StoredObject | undefined): void {
    for (const index of this.indexes.values()) index.replace(previous, next);
  }

  private indexFor({ kind, key }: Requirement): ObjectIndex | undefined {
    const id = `${kind} ${key}`;
    const index = this.indexes.get(id);
    if (index !== undefined) {
      this.indexes.delete(id);
      this.indexes.set(id, index);
      return index;
    }
    if (this.objects.size < INDEX_OBJECTS_MIN) return undefined;
    if (!this.wanted.delete(id)) {
      if (this.wanted.size >= WANTED_MAX) this.wanted.clear();
      this.wanted.add(id);
      return undefined;
    }
    return this.build(id, kind, key);
  }

  private build(id: string, kind: 'label' | 'field', key: string): ObjectIndex | undefined {
    if (this.indexesMax === 0) return undefined;
    const index = new ObjectIndex(kind, key);
    const cursor = this.objects.cursor('');
    for (let object = cursor.next(); object !== undefined; object = cursor.next()) index.replace(undefined, object);
    if (this.indexes.size >= this.indexesMax) this.indexes.delete(this.indexes.keys().next().value!);
    this.indexes.set(id, index);
    return index;
  }
}
