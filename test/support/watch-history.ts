/** What a test needs to know of one event. */
export interface SeenEvent {
  readonly type: string;
  readonly revision: number;
  readonly name: string;
  readonly uid: string;
  /** The object's `data.value`, which no two writes have in common. */
  readonly value: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type Predicate = (event: Pick<SeenEvent, 'name' | 'labels'>) => boolean;

interface ObjectOfEvent {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: { readonly value?: string };
}

export interface WireEvent {
  readonly type: string;
  readonly object: ObjectOfEvent;
}

export function seenEvent({ type, object }: WireEvent): SeenEvent {
  const { name, uid, resourceVersion, labels } = object.metadata;
  return { type, revision: Number(resourceVersion), name, uid, value: object.data?.value ?? '', labels: labels ?? {} };
}

export function briefly({ type, revision, name }: SeenEvent): string {
  return `${revision} ${type} ${name}`;
}

/** All events of a collection that was empty, oldest first: says what any list and any watch of it have to give. */
export class WatchHistory {
  constructor(readonly events: readonly SeenEvent[]) {}

  /** Names and the revisions of their last change, as a list at this revision gives them. */
  stateAt(revision: number): Record<string, number> {
    const state = new Map<string, number>();
    for (const event of this.events) {
      if (event.revision > revision) break;
      if (event.type === 'DELETED') state.delete(event.name);
      else state.set(event.name, event.revision);
    }
    return Object.fromEntries([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The events of a watch that sees only some objects: coming into sight is ADDED, leaving it DELETED. */
  seenBy(sees: Predicate): string[] {
    const inSight = new Set<string>();
    const expected: string[] = [];
    for (const event of this.events) {
      const before = inSight.has(event.name);
      const after = event.type !== 'DELETED' && sees(event);
      if (after) inSight.add(event.name);
      else inSight.delete(event.name);
      if (!before && !after) continue;
      const type = !before ? 'ADDED' : after ? 'MODIFIED' : 'DELETED';
      expected.push(briefly({ ...event, type }));
    }
    return expected;
  }
}
