import type { BytePacker } from '../byte-packer.js';
import type { CachedObject } from '../cacher/cached-object.js';
import { StorageError } from '../errors.js';
import type { LogRow } from '../revision-log.js';
import type { Revision, StoredEvent } from '../storage.js';
import type { StorageLimits } from '../storage-options.js';
import type { ObjectKey, ObjectPut, WriteBatch } from './dialect.js';
import type { AcceptedWrite, WriteCall, WriteTarget } from './write-call.js';

const ROW_OVERHEAD_BYTES = 256;

/** A refusal that rests on a write of this very batch: it is true only once the batch is durable. */
interface DependentRefusal {
  readonly call: WriteCall;
  readonly error: unknown;
}

/**
 * Turns calls into one transaction. Each call meets the state its predecessors leave; one that fails its precondition
 * is left out and costs no revision.
 */
export class WriteBatchBuilder {
  readonly accepted: AcceptedWrite[] = [];
  readonly refused: DependentRefusal[] = [];
  bytes = 0;
  private newest: Revision;
  /** What the batch has made of a key so far; undefined: deleted. */
  private readonly states = new Map<WriteTarget, Map<string, CachedObject | undefined>>();

  /** @param base the revision before the first of the batch */
  constructor(
    base: Revision,
    private readonly limits: StorageLimits,
    private readonly packer: BytePacker,
  ) {
    this.newest = base;
  }

  get revision(): Revision {
    return this.newest;
  }

  get isFull(): boolean {
    return this.accepted.length >= this.limits.batchRowsMax || this.bytes >= this.limits.batchBytesMax;
  }

  add(call: WriteCall): void {
    if (call.target.isClosed) {
      call.reject(new StorageError('Unavailable', `collection ${call.target.options.collection} is closed`));
      return;
    }
    const states = this.states.get(call.target);
    const touched = states?.has(call.key) === true;
    const current = touched ? states!.get(call.key) : call.target.current(call.key);
    try {
      this.accept(call, current);
    } catch (error) {
      if (touched) this.refused.push({ call, error });
      else call.reject(error);
    }
  }

  batch(): WriteBatch {
    const puts: ObjectPut[] = [];
    const removals: ObjectKey[] = [];
    for (const [target, states] of this.states) {
      const { collection } = target.options;
      for (const [key, object] of states) {
        if (object === undefined) removals.push({ collection, key });
        else puts.push({ collection, key, ...placeOf(object), revision: object.revision, value: object.json });
      }
    }
    return { puts, removals, log: this.accepted.map(logRowOf) };
  }

  /** The batch as the events of each collection, in revision order. */
  events(): Map<WriteTarget, StoredEvent[]> {
    const events = new Map<WriteTarget, StoredEvent[]>();
    for (const { call, revision, previous, object } of this.accepted) {
      const event: StoredEvent = { type: TYPE_OF[call.change.type], revision, object, previous };
      const list = events.get(call.target);
      if (list === undefined) events.set(call.target, [event]);
      else list.push(event);
    }
    return events;
  }

  private accept(call: WriteCall, current: CachedObject | undefined): void {
    const { change, key, target } = call;
    checkPrecondition(call, current);
    const revision = this.newest + 1;
    let object: CachedObject;
    if (change.type === 'delete') {
      object = current!.deletedAt(revision);
    } else {
      const text = change.content.text(revision);
      const length = Buffer.byteLength(text);
      this.checkSize(key, length);
      const json = this.packer.packText(text, length);
      object = target.cache.object(key, revision, json, change.content.attributes);
    }
    this.newest = revision;
    this.bytes += ROW_OVERHEAD_BYTES + object.json.length + (current?.json.length ?? 0);
    this.accepted.push({ call, revision, previous: current, object });
    let states = this.states.get(target);
    if (states === undefined) {
      states = new Map();
      this.states.set(target, states);
    }
    states.set(key, change.type === 'delete' ? undefined : object);
  }

  private checkSize(key: string, bytes: number): void {
    const { valueBytesMax } = this.limits;
    if (bytes <= valueBytesMax) return;
    throw new StorageError('LimitExceeded', `${key} has ${bytes} bytes, more than the limit of ${valueBytesMax}`);
  }
}

const TYPE_OF = { create: 'ADDED', update: 'MODIFIED', delete: 'DELETED' } as const;

function checkPrecondition({ change, key }: WriteCall, current: CachedObject | undefined): void {
  if (change.type === 'create') {
    if (current !== undefined) throw new StorageError('KeyExists', `${key} exists already`, current.revision);
    return;
  }
  if (current === undefined) throw new StorageError('KeyNotFound', `${key} does not exist`);
  if (current.revision === change.expected) return;
  throw new StorageError(
    'RevisionMismatch',
    `${key} is at revision ${current.revision}, not ${change.expected}`,
    current.revision,
  );
}

function placeOf({ namespace, name }: CachedObject): { namespace: string; name: string } {
  return { namespace, name };
}

function logRowOf({ call, revision, previous }: AcceptedWrite): LogRow {
  return {
    revision,
    collection: call.target.options.collection,
    key: call.key,
    type: TYPE_OF[call.change.type],
    previousRevision: previous?.revision,
    previousValue: previous?.json,
  };
}
