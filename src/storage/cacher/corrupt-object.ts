import { CorruptObjectError } from '../errors.js';
import type { CorruptChange, CorruptObject, ObjectAttributes, Revision, StoredEvent } from '../storage.js';
import { CachedObject, type ObjectHome } from './cached-object.js';

/** Bytes under a key that are not its object. The writer moves them like any other; who looks inside gets an error. */
export class CorruptStoredObject extends CachedObject implements CorruptObject {
  constructor(
    home: ObjectHome,
    key: string,
    namespace: string,
    revision: Revision,
    bytes: Buffer,
    readonly fault: string,
  ) {
    super(home, key, namespace, revision, bytes, undefined);
  }

  override get attributes(): ObjectAttributes {
    throw new CorruptObjectError(this);
  }

  override decode(): never {
    throw new CorruptObjectError(this);
  }

  override deletedAt(revision: Revision): CorruptStoredObject {
    return new CorruptStoredObject(this.home, this.key, this.namespace, revision, this.json, this.fault);
  }
}

/** Whether something of an event cannot be read. */
export function isCorrupt({ object, previous }: StoredEvent): boolean {
  return object instanceof CorruptStoredObject || previous instanceof CorruptStoredObject;
}

/** What of an event cannot be read; undefined where all of it can. */
export function corruptChange({ type, revision, object, previous }: StoredEvent): CorruptChange | undefined {
  if (previous instanceof CorruptStoredObject) return { type, revision, object: previous };
  if (object instanceof CorruptStoredObject) return { type, revision, object };
  return undefined;
}
