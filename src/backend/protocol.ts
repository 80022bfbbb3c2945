import type { GroupVersion } from '../apimachinery/meta/group-version.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { UserInfo } from '../apimachinery/meta/user-info.js';
import type { PrinterColumn } from '../apimachinery/table/custom-table.js';

/**
 * What kubenest and a microservice backend say to each other. Everything is JSON, a request with one answer or a stream of them,
 * whatever the transport. The backend keeps objects; kubenest speaks the Kubernetes API for it.
 */

/** Messages of one group version begin so; NATS permissions may name `kubenest.>`. */
const PREFIX = 'kubenest';

/** Named limit: a watch is asked for this long, then asked for anew from where it was. No watch outlives its reader by more. */
export const WATCH_SECONDS = 30;

/** Named limit: bytes of list items that a backend puts into one message; NATS takes 1 MiB by default. */
export const LIST_PART_BYTES_MAX = 256 * 1024;

export const BACKEND_VERBS = ['get', 'list', 'watch', 'create', 'update', 'delete'] as const;
export type BackendVerb = (typeof BACKEND_VERBS)[number];

/** Pattern of the message that asks what a backend serves; its answer is a {@link Discovery}. */
export function discoveryPattern({ group, version }: GroupVersion): string {
  return `${PREFIX}.${group}.${version}.discover`;
}

/** `kubenest.kitchen.example.com.v1.teapots.get` */
export function verbPattern({ group, version }: GroupVersion, resource: string, verb: BackendVerb): string {
  return `${PREFIX}.${group}.${version}.${resource}.${verb}`;
}

export interface Discovery {
  readonly resources: readonly ResourceDescription[];
}

/** A resource of a backend: what a CustomResourceDefinition says of one version. */
export interface ResourceDescription {
  /** Plural, as in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** What the backend has handlers for. */
  readonly verbs: readonly BackendVerb[];
  /** Default: the kind in lower case. */
  readonly singular?: string;
  /** Default: the kind and `List`. */
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** True: status is written through a subresource of its own, and only there. */
  readonly status?: boolean;
  /** Structural OpenAPI v3 schema of the objects; default: anything goes. */
  readonly schema?: JsonObject;
  readonly columns?: readonly PrinterColumn[];
}

/** Who asks. The name, uid, groups and extra that authentication found out. */
export interface BackendRequest {
  readonly user: UserInfo;
  /** '' for cluster-scoped resources, and for lists and watches of all namespaces. */
  readonly namespace: string;
}

export interface GetRequest extends BackendRequest {
  readonly name: string;
}

export interface ListRequest extends BackendRequest {
  /** '' for all. A backend may leave it to kubenest to select: it does so again. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** 0: no limit. A backend that gives no pages ignores it. */
  readonly limit: number;
  /** `continue` of the page before; '' for the first. */
  readonly continue: string;
  /** '' for the newest state; else the state at exactly this version, 410 where that is gone. */
  readonly resourceVersion: string;
}

export interface WatchRequest extends BackendRequest {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Changes after this one; 410 where they are no longer known. */
  readonly resourceVersion: string;
  /** The stream completes after this time. */
  readonly seconds: number;
}

export interface CreateRequest extends BackendRequest {
  readonly name: string;
  /** With uid and creationTimestamp; without resourceVersion, which the backend gives. */
  readonly object: KubeObject;
}

export interface UpdateRequest extends BackendRequest {
  readonly name: string;
  /** The whole object; `metadata.resourceVersion` is the one that must still be stored, else 409. */
  readonly object: KubeObject;
  /** `status` where only that was changed. */
  readonly subresource: '' | 'status';
}

export interface DeleteRequest extends BackendRequest {
  readonly name: string;
  /** What must still be stored, else 409. */
  readonly uid: string;
  readonly resourceVersion: string;
}

/** An answer to a list; long ones come in several, of which the last tells the metadata. */
export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly metadata?: {
    /** A whole number that grows with every change of any object in the list. */
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

/** One message of a watch. */
export interface BackendWatchEvent {
  /** A BOOKMARK's object has nothing but a resourceVersion. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
  /** The object before the change, so that selectors see it leave. */
  readonly previous?: KubeObject;
}
