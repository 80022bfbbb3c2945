import type { CorruptChange, Revision, Scope, StoredEvent, Watch, WatchQuery } from '../storage.js';
import { corruptChange, isCorrupt } from './corrupt-object.js';
import { WatchMembers } from './watch-members.js';

class Subscriber implements Watch {
  /** Events up to here are not for this watch any more. */
  since: Revision;
  active = true;

  constructor(
    readonly query: WatchQuery,
    private readonly group: Map<string, WatchMembers<Subscriber>>,
    private readonly groupKey: string,
  ) {
    this.since = query.afterRevision;
    let members = group.get(groupKey);
    if (members === undefined) {
      members = new WatchMembers();
      group.set(groupKey, members);
    }
    members.add(this);
  }

  stop(): void {
    if (!this.active) return;
    this.active = false;
    const members = this.group.get(this.groupKey);
    members?.delete(this);
    if (members?.isEmpty) this.group.delete(this.groupKey);
  }
}

/**
 * Hands each commit's events to the watches they concern. Watches are grouped by what they are about, so that a
 * commit costs nothing for watches of other namespaces and names, nor for those that want other labels or fields.
 */
export class WatchHub {
  private readonly everything = new Map<string, WatchMembers<Subscriber>>();
  private readonly byNamespace = new Map<string, WatchMembers<Subscriber>>();
  private readonly byName = new Map<string, WatchMembers<Subscriber>>();
  private readonly byKey = new Map<string, WatchMembers<Subscriber>>();

  constructor(
    private readonly namespaced: boolean,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** The watch gets events dispatched from now on that are after its revision. */
  subscribe(query: WatchQuery): Watch & { since: Revision; readonly active: boolean } {
    const { namespace, name } = query;
    if (name !== undefined && (namespace !== undefined || !this.namespaced)) {
      return new Subscriber(query, this.byKey, this.namespaced ? `${namespace}/${name}` : name);
    }
    if (name !== undefined) return new Subscriber(query, this.byName, name);
    if (namespace !== undefined && this.namespaced) return new Subscriber(query, this.byNamespace, namespace);
    return new Subscriber(query, this.everything, '');
  }

  /** @param events of one commit, in order; not empty */
  dispatch(events: readonly StoredEvent[]): void {
    if (events.some(isCorrupt)) {
      splitAtCorrupt(
        events,
        (readable) => this.dispatchReadable(readable),
        (change) => this.tellCorrupt(change),
      );
    } else {
      this.dispatchReadable(events);
    }
  }

  private dispatchReadable(events: readonly StoredEvent[]): void {
    this.deliver(this.everything.get(''), events);
    this.deliverGrouped(this.byNamespace, events, (event) => event.object.namespace);
    this.deliverGrouped(this.byName, events, (event) => event.object.name);
    this.deliverGrouped(this.byKey, events, (event) => event.object.key);
  }

  /** Ends every watch. */
  end(): void {
    for (const group of [this.everything, this.byNamespace, this.byName, this.byKey]) {
      for (const members of [...group.values()]) {
        for (const subscriber of members.all()) this.endOne(subscriber);
      }
    }
  }

  private tellCorrupt(change: CorruptChange): void {
    const { namespace, name, key } = change.object;
    const concerned = [
      this.everything.get(''),
      this.byNamespace.get(namespace),
      this.byName.get(name),
      this.byKey.get(key),
    ];
    for (const members of concerned) {
      for (const subscriber of members?.all() ?? []) this.tellOne(subscriber, change);
    }
  }

  private tellOne(subscriber: Subscriber, change: CorruptChange): void {
    if (!subscriber.active || subscriber.since >= change.revision) return;
    subscriber.since = change.revision;
    try {
      subscriber.query.onCorrupt?.(change);
    } catch (error) {
      this.onFailure(error);
      this.endOne(subscriber);
    }
  }

  private deliverGrouped(
    group: Map<string, WatchMembers<Subscriber>>,
    events: readonly StoredEvent[],
    keyOf: (event: StoredEvent) => string,
  ): void {
    if (group.size === 0) return;
    if (events.length === 1) {
      this.deliver(group.get(keyOf(events[0]!)), events);
      return;
    }
    const wanted = new Map<string, StoredEvent[]>();
    for (const event of events) {
      const key = keyOf(event);
      if (!group.has(key)) continue;
      const list = wanted.get(key);
      if (list === undefined) wanted.set(key, [event]);
      else list.push(event);
    }
    for (const [key, list] of wanted) this.deliver(group.get(key), list);
  }

  private deliver(members: WatchMembers<Subscriber> | undefined, events: readonly StoredEvent[]): void {
    if (members === undefined) return;
    for (const subscriber of members.unconditional) this.hand(subscriber, events);
    if (!members.hasConditions) return;
    for (const [subscriber, concerning] of members.concerned(events)) this.hand(subscriber, concerning);
  }

  private hand(subscriber: Subscriber, events: readonly StoredEvent[]): void {
    const last = events[events.length - 1]!.revision;
    const since = subscriber.since;
    // A watch opened by a callback of this very dispatch has had these events as history.
    if (!subscriber.active || since >= last) return;
    subscriber.since = last;
    try {
      subscriber.query.onEvents(
        since < events[0]!.revision ? events : events.filter((event) => event.revision > since),
      );
    } catch (error) {
      this.onFailure(error);
      this.endOne(subscriber);
    }
  }

  private endOne(subscriber: Subscriber): void {
    if (!subscriber.active) return;
    subscriber.stop();
    try {
      subscriber.query.onEnd();
    } catch (error) {
      this.onFailure(error);
    }
  }
}

/** Gives past events to one watch. */
export function deliver(query: WatchQuery, events: readonly StoredEvent[]): void {
  splitAtCorrupt(
    events,
    (readable) => query.onEvents(readable),
    (change) => query.onCorrupt?.(change),
  );
}

/** Events in order: runs of those that can be read, and between them one by one those that cannot. */
function splitAtCorrupt(
  events: readonly StoredEvent[],
  readable: (events: readonly StoredEvent[]) => void,
  corrupt: (change: CorruptChange) => void,
): void {
  let from = 0;
  for (const [at, event] of events.entries()) {
    const change = corruptChange(event);
    if (change === undefined) continue;
    if (at > from) readable(events.slice(from, at));
    corrupt(change);
    from = at + 1;
  }
  if (from === 0) readable(events);
  else if (from < events.length) readable(events.slice(from));
}

/** Whether an object is what a scope is about. */
export function inScope(scope: Scope, object: { readonly namespace: string; readonly name: string }): boolean {
  return (
    (scope.namespace === undefined || object.namespace === scope.namespace) &&
    (scope.name === undefined || object.name === scope.name)
  );
}
