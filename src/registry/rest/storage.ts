import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Selector } from '../../apimachinery/selectors/selector.js';
import type { Revision, StoredEvent, StoredObject, Watch } from '../../storage/storage.js';
import type { RestContext } from './context.js';
import type { ObjectView } from './object-view.js';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export interface DeleteOptions extends JsonObject {
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  orphanDependents?: boolean;
  propagationPolicy?: string;
  dryRun?: string[];
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

export interface ListOptions {
  readonly labels: Selector;
  readonly fields: Selector;
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
  /** As sent: '' unset, '0' any, or a revision. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
}

export interface ListResult {
  readonly items: readonly ObjectView[];
  readonly resourceVersion: string;
  readonly continueToken: string;
  readonly remainingItemCount: number | undefined;
}

export interface WatchOptions {
  readonly labels: Selector;
  readonly fields: Selector;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  readonly allowBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

/** Changes as a client's watch sees them: already filtered by scope and selectors, transitions turned into ADDED/DELETED. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly revision: Revision;
  /** Undefined for a BOOKMARK, and for storages whose objects are not stored (then `value`). */
  readonly object: StoredObject | undefined;
  readonly value?: KubeObject;
  /** The stored change behind it: what is encoded for it once is shared by all watches. */
  readonly source?: StoredEvent;
  /** Only on the bookmark that ends the initial events of a streaming list. */
  readonly initialEventsEnd?: boolean;
}

export interface WatchSink {
  /** Events of one commit, in order. */
  events(events: readonly WatchEvent[]): void;
  /** The watch is over; with an error the client is told by an ERROR event. */
  end(error?: Error): void;
}

/** A watch of one client. */
export interface RestWatch extends Watch {
  /** Of storages with revisions of their own: the newest that the client may go on from, for bookmarks. */
  newestRevision?(): Revision;
}

/**
 * Makes the object to store from the stored one. May be called again with a newer `existing` after a lost race.
 * @param existing undefined when the object is to be created by an update. Never change it.
 */
export type UpdateRequest = (
  existing: Readonly<KubeObject> | undefined,
  ctx: RestContext,
) => Promise<KubeObject> | KubeObject;

/** Validating admission, called by the store once the object is final and before it is written. Throws a StatusError to refuse. */
export type ValidateObject = (
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject> | undefined,
) => Promise<void> | void;

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly validate?: ValidateObject;
}

export interface UpdateOptions extends WriteOptions {
  /** Server-side apply and kinds with allowCreateOnUpdate may create. */
  readonly forceAllowCreate?: boolean;
  /** Validating admission where the update creates; `validate` is used where it updates. */
  readonly validateCreate?: ValidateObject;
  /** A PUT whose body names a uid only replaces that very object. */
  readonly uidPrecondition?: string;
}

export interface DeleteResult {
  readonly object: ObjectView;
  /** False where finalizers or a grace period keep the object for now. */
  readonly deleted: boolean;
}

/** What a client asks of something that stands behind the API: a log, a process, a port. */
export interface ConnectRequest {
  readonly query: URLSearchParams;
  /** What follows the subresource in the path, and the query, both as sent: '' or `/...`, '' or `?...`. */
  readonly path: string;
  readonly search: string;
}

/** Where a connection leads. */
export interface ConnectTarget {
  /** Undefined: there is nothing yet that could answer. */
  readonly url: URL | undefined;
  /** Who is there: a kubelet, a kubelet whose certificate the client does not care about, anything in the cluster's network. */
  readonly via: 'kubelet' | 'unverified kubelet' | 'network';
  /** Whether it takes all that clients say by WebSocket, or older protocols alone; unset where nobody asks. */
  readonly takesWebSockets?: boolean;
}

/**
 * A subresource that leads elsewhere: requests with these methods are answered by what it is connected to. A `log` is a text that is
 * read, a `stream` a connection that must change protocols, a `proxy` passes on whatever is asked.
 */
export interface Connection {
  readonly type: 'log' | 'stream' | 'proxy';
  readonly methods: readonly string[];
  /** The request's options as an object of the subresource's kind, for admission. @throws StatusError BadRequest */
  options(request: ConnectRequest): KubeObject;
  /** @throws StatusError where there is no way to it */
  locate(ctx: RestContext, name: string, request: ConnectRequest): Promise<ConnectTarget>;
}

/** A request that is answered with JSON of whatever shape. */
export interface DirectRequest {
  readonly verb: string;
  readonly query: URLSearchParams;
  /** The whole body; empty where there is none. */
  body(): Promise<Buffer> | Buffer;
}

/** A subresource of code's own that is no object: its requests with these verbs are answered by themselves. */
export interface DirectAnswers {
  readonly verbs: readonly ('get' | 'create')[];
  answer(ctx: RestContext, name: string, request: DirectRequest): Promise<JsonObject>;
}

/**
 * What a resource (or subresource) can do: one method per verb, absent where the verb is not served. All objects are in the
 * definition's hub version. Errors are StatusErrors. Discovery lists the verbs that are there.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs
 */
export interface RestStorage {
  /** Takes every verb that it names from the methods below. */
  readonly connection?: Connection;
  /** Takes every verb too; of subresources that code declares. */
  readonly direct?: DirectAnswers;
  get?(ctx: RestContext, name: string): Promise<ObjectView> | ObjectView;
  list?(ctx: RestContext, options: ListOptions): Promise<ListResult> | ListResult;
  /** Delivery starts at once; initial events come before this resolves or right after. The caller stops it. */
  watch?(ctx: RestContext, options: WatchOptions, sink: WatchSink): Promise<RestWatch> | RestWatch;
  /** @param name the name in the path for named creates (pods/NAME/binding), else ''. */
  create?(ctx: RestContext, name: string, object: KubeObject, options: WriteOptions): Promise<ObjectView>;
  update?(
    ctx: RestContext,
    name: string,
    request: UpdateRequest,
    options: UpdateOptions,
  ): Promise<{ view: ObjectView; created: boolean }>;
  delete?(ctx: RestContext, name: string, options: DeleteOptions, write: WriteOptions): Promise<DeleteResult>;
  /** Removes an object that cannot be read, looking at nothing else. @throws StatusError NotFound, Conflict where it can be read */
  deleteCorrupt?(ctx: RestContext, name: string, write: Pick<WriteOptions, 'dryRun'>): Promise<void>;
  deleteCollection?(
    ctx: RestContext,
    options: DeleteOptions,
    list: ListOptions,
    write: WriteOptions,
  ): Promise<ListResult>;
}
