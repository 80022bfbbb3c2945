import type { CachedObject } from '../cacher/cached-object.js';
import type { CollectionCache } from '../cacher/collection-cache.js';
import type { WatchHub } from '../cacher/watch-hub.js';
import type { CollectionOptions, ObjectContent, Revision, StoredObject } from '../storage.js';

/** The collection a write is for. */
export interface WriteTarget {
  readonly options: CollectionOptions;
  readonly cache: CollectionCache;
  readonly hub: WatchHub;
  readonly isClosed: boolean;
  current(key: string): CachedObject | undefined;
}

/** One write that waits for its transaction. */
export interface WriteCall {
  readonly target: WriteTarget;
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly change:
    | { readonly type: 'create'; readonly content: ObjectContent }
    | { readonly type: 'update'; readonly content: ObjectContent; readonly expected: Revision }
    | { readonly type: 'delete'; readonly expected: Revision };
  readonly resolve: (object: StoredObject) => void;
  readonly reject: (error: unknown) => void;
}

/** A call that passed its checks, with what it makes of its key. */
export interface AcceptedWrite {
  readonly call: WriteCall;
  readonly revision: Revision;
  readonly previous: CachedObject | undefined;
  /** What the caller gets: the new object, or the deleted one stamped with the deletion's revision. */
  readonly object: CachedObject;
}
