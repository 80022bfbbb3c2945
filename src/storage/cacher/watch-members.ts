import type { OneOf, StoredEvent, StoredObject, WatchQuery } from '../storage.js';

interface Member {
  readonly query: WatchQuery;
}

/** The watches that want certain values of one label or field, by the value. */
interface Condition<T> extends Pick<OneOf, 'of' | 'key'> {
  readonly byValue: Map<string, Set<T>>;
}

/** Watches of the same scope, found by what they want of an object's labels or fields. */
export class WatchMembers<T extends Member> {
  /** Those that any change may concern. */
  readonly unconditional = new Set<T>();
  private readonly conditions = new Map<string, Condition<T>>();

  add(member: T): void {
    const { oneOf } = member.query;
    if (oneOf === undefined) {
      this.unconditional.add(member);
      return;
    }
    const { byValue } = this.conditionFor(oneOf);
    for (const value of oneOf.values) {
      const wanting = byValue.get(value);
      if (wanting === undefined) byValue.set(value, new Set([member]));
      else wanting.add(member);
    }
  }

  delete(member: T): void {
    const { oneOf } = member.query;
    if (oneOf === undefined) {
      this.unconditional.delete(member);
      return;
    }
    const { byValue } = this.conditionFor(oneOf);
    for (const value of oneOf.values) {
      const wanting = byValue.get(value);
      wanting?.delete(member);
      if (wanting?.size === 0) byValue.delete(value);
    }
    if (byValue.size === 0) this.conditions.delete(nameOf(oneOf));
  }

  get hasConditions(): boolean {
    return this.conditions.size > 0;
  }

  get isEmpty(): boolean {
    return this.unconditional.size === 0 && this.conditions.size === 0;
  }

  all(): Set<T> {
    const members = new Set(this.unconditional);
    for (const { byValue } of this.conditions.values()) {
      for (const wanting of byValue.values()) for (const member of wanting) members.add(member);
    }
    return members;
  }

  /** Of those with conditions, whom the events concern, each with its events in order. */
  concerned(events: readonly StoredEvent[]): Map<T, StoredEvent[]> {
    const found = new Map<T, StoredEvent[]>();
    for (const event of events) {
      for (const { of, key, byValue } of this.conditions.values()) {
        const now = attributeOf(event.object, of, key);
        const before = event.previous && attributeOf(event.previous, of, key);
        note(found, now === undefined ? undefined : byValue.get(now), event);
        if (before !== undefined && before !== now) note(found, byValue.get(before), event);
      }
    }
    return found;
  }

  private conditionFor(oneOf: OneOf): Condition<T> {
    const name = nameOf(oneOf);
    let condition = this.conditions.get(name);
    if (condition === undefined) {
      condition = { of: oneOf.of, key: oneOf.key, byValue: new Map() };
      this.conditions.set(name, condition);
    }
    return condition;
  }
}

function nameOf({ of, key }: OneOf): string {
  return `${of} ${key}`;
}

/** A field that an object lacks has the value '' for selectors; a label that it lacks has none. */
function attributeOf({ attributes }: StoredObject, of: OneOf['of'], key: string): string | undefined {
  const values = attributes[of];
  return Object.hasOwn(values, key) ? values[key] : of === 'fields' ? '' : undefined;
}

function note<T>(found: Map<T, StoredEvent[]>, members: Set<T> | undefined, event: StoredEvent): void {
  if (members === undefined) return;
  for (const member of members) {
    const events = found.get(member);
    if (events === undefined) found.set(member, [event]);
    else if (events[events.length - 1] !== event) events.push(event);
  }
}
