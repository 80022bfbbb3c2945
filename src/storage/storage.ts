import type { KubeObject } from '../apimachinery/meta/object.js';

/** A point in the one order of all writes. Grows by at least one a write, is never used twice, fits a double exactly. */
export type Revision = number;

/** What selectors and indexes see of an object, without parsing it. */
export interface ObjectAttributes {
  readonly labels: Readonly<Record<string, string>>;
  /** Values by field-selector name: `metadata.name`, `spec.nodeName`, ... */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * One version of one object as the watch cache holds it. Immutable and shared by every reader.
 * @see architecture: "The path of a read"
 */
export interface StoredObject {
  /** Resource this belongs to: `<group>/<plural>` with the core group as empty text. */
  readonly collection: string;
  /** `namespace/name`, or `name` for cluster-scoped resources; collections are ordered by it. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  /**
   * The object in its storage version as JSON text in UTF-8, from `{` to `}`, without kind, with metadata.resourceVersion set.
   * Without apiVersion too, but where a resource's form says that it may be stored in several. Never write into it.
   */
  readonly json: Buffer;
  readonly attributes: ObjectAttributes;
  /** Parses `json` anew: the caller owns the result and may change it. */
  decode(): KubeObject;
  /**
   * A place for representations made on demand (another version, Table row, protobuf). `make` runs on the first
   * call for a key; the result lives as long as this object and within the encodings' byte limit.
   */
  remember(encoding: string, make: () => Buffer): Buffer;
  /** The same content carrying a later revision: how an object is shown that has gone, or has left a selection. */
  deletedAt(revision: Revision): StoredObject;
  /** What `remember` holds for a key, if anything. */
  recall(encoding: string): Buffer | undefined;
}

/**
 * What is stored under a key and is not the object that it should be: no JSON, another's object, not of its type. It counts as
 * stored: the key is taken. Only a deletion gets it away.
 * @see KEP-3926
 */
export interface CorruptObject {
  readonly collection: string;
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  /** Why it cannot be read. Tells nothing of its content but where a single number, time or quantity is wrong. */
  readonly fault: string;
}

/** A change to or from something that cannot be read. */
export interface CorruptChange {
  readonly type: StoredEvent['type'];
  readonly revision: Revision;
  readonly object: CorruptObject;
}

/** The change of one object at one revision. */
export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: Revision;
  /** The object after the change; for DELETED the last state with resourceVersion set to the deletion's revision. */
  readonly object: StoredObject;
  /** The object before the change; undefined for ADDED. */
  readonly previous: StoredObject | undefined;
}

/** What a writer gives: the text is finished once the revision is known, so an object is encoded only once. */
export interface ObjectContent {
  /** Text of the object without apiVersion, kind and metadata.resourceVersion; see `encodeContent`. */
  text(revision: Revision): string;
  readonly attributes: ObjectAttributes;
}

/** Which objects of a collection a list or watch is about. */
export interface Scope {
  /** Undefined: all namespaces (or a cluster-scoped collection). */
  readonly namespace?: string;
  /** Just this name; keeps a watch of one object from seeing every other. */
  readonly name?: string;
}

export interface ListQuery extends Scope {
  /** Undefined: the newest state. A number: exactly the state at that revision. */
  readonly revision?: Revision;
  /** Only keys after this one, in key order (exclusive). */
  readonly after?: string;
  /** At most this many matching objects; undefined: all. */
  readonly limit?: number;
  /** Label and field requirements `key = value` that all matches fulfil; lets the cache answer from an index. */
  readonly exactLabels?: readonly { readonly key: string; readonly value: string }[];
  readonly exactFields?: readonly { readonly key: string; readonly value: string }[];
  /** The whole condition; undefined: everything in scope. */
  matches?(object: StoredObject): boolean;
}

export interface ListPage {
  readonly items: readonly StoredObject[];
  /** The revision this list is the state of. */
  readonly revision: Revision;
  /** True where the limit cut the list: the next page starts after the last item's key. */
  readonly more: boolean;
  /** How many objects follow, where it is known without looking (no selector). */
  readonly remaining: number | undefined;
  /** What lies between the items, or after the last of them, and cannot be read, in key order; absent where there is nothing. */
  readonly corrupt?: readonly CorruptObject[];
}

/** One requirement on an object's attributes: its value there is one of these. */
export interface OneOf {
  readonly of: 'labels' | 'fields';
  readonly key: string;
  readonly values: readonly string[];
}

export interface WatchQuery extends Scope {
  /** What objects have before or after every change that the watch wants: it may be spared the others. */
  readonly oneOf?: OneOf;
  /** Events after this revision. Throws StorageError Compacted where the history does not reach back so far. */
  readonly afterRevision: Revision;
  /** Named limit: events that may wait in one delivery queue before the watch is ended as too slow. */
  readonly onEvents: (events: readonly StoredEvent[]) => void;
  /** A change of what cannot be read, in its place among the events, whatever `oneOf` wants. Without this it is passed over. */
  readonly onCorrupt?: (change: CorruptChange) => void;
  /** The collection's storage ends the watch (shutdown, collection dropped). */
  readonly onEnd: () => void;
}

export interface Watch {
  /** Stops delivery at once; idempotent. */
  stop(): void;
}

/** How the cache reads attributes from a stored object (used for what was read back from the database). */
export type AttributesOf = (object: KubeObject) => ObjectAttributes;

export interface CollectionOptions {
  /** `<group>/<plural>`. */
  readonly collection: string;
  readonly namespaced: boolean;
  readonly attributesOf: AttributesOf;
  /** What is wrong with the type of an object that was read back, as its decoder says it; undefined where nothing is. Changes nothing. */
  readonly faultOf?: ((object: KubeObject) => string | undefined) | undefined;
}

/**
 * The objects of one resource. Reads are answered from memory and see every write acknowledged before they began.
 * Writes resolve once durable, in revision order, and after the cache and every watch queue saw them.
 */
export abstract class Collection {
  abstract readonly options: CollectionOptions;

  /** Revision of the newest change of this collection that the cache has seen (0 for none), for tests of freshness. */
  abstract get lastRevision(): Revision;

  /** @throws CorruptObjectError where what is stored cannot be read */
  abstract get(key: string): StoredObject | undefined;

  /** What is stored under a key, if it cannot be read. */
  abstract corrupt(key: string): CorruptObject | undefined;

  /** What cannot be read is not among the items, but told of. @throws StorageError Compacted, FutureRevision */
  abstract list(query: ListQuery): ListPage | Promise<ListPage>;

  /** Everything stored, whether or not it can be read. */
  abstract count(namespace?: string): number;

  /** @throws StorageError KeyExists, LimitExceeded, Unavailable */
  abstract create(namespace: string, name: string, content: ObjectContent): Promise<StoredObject>;

  /** Replaces the object if `expected` is still its revision. @throws StorageError KeyNotFound, RevisionMismatch, LimitExceeded, Unavailable */
  abstract update(key: string, expected: Revision, content: ObjectContent): Promise<StoredObject>;

  /**
   * Removes the object if `expected` is still its revision; resolves to its last state carrying the deletion's revision, which cannot be
   * read where the object could not.
   * @throws StorageError KeyNotFound, RevisionMismatch, Unavailable
   */
  abstract delete(key: string, expected: Revision): Promise<StoredObject>;

  /**
   * Calls `onEvents` for each change after a revision, in order, without gaps or repeats; several changes of one commit
   * come in one call. History is delivered before this returns.
   * @throws StorageError Compacted
   */
  abstract watch(query: WatchQuery): Watch;
}

/** The store of all collections. One instance a server. */
export abstract class Storage {
  /** The newest revision of all collections that is durable. */
  abstract get revision(): Revision;

  /** The newest revision that has been compacted away: watches and exact lists reach back to the one after it. */
  abstract get compactedRevision(): Revision;

  /**
   * Opens a collection, loading its objects into the cache. Opening an open collection returns the same one.
   * Objects of a custom resource survive the closing of their collection only in the database.
   */
  abstract open(options: CollectionOptions): Promise<Collection>;

  /** Ends the collection's watches and drops its cache (its stored objects stay unless deleted before). */
  abstract close(collection: string): Promise<void>;

  /** Undefined when this process already holds everything acknowledged; else resolves once it does (replicas). */
  abstract caughtUp(): Promise<void> | undefined;
}
