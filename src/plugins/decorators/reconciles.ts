import type { Type } from '@nestjs/common';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { ResourceName } from '../../client/client.js';
import type { ApiObjectLike, ResourceClass } from '../../client/resource-type.js';
import { Role } from './roles.js';

/** A resource by its class, or by its names where it has none: `{ apiVersion: 'apps/v1', resource: 'deployments' }`. */
export type AnyResource = ResourceClass | ResourceName;

export interface ReconcilesOptions {
  /** In logs and in `--reconcilers`; default: the class's name. */
  readonly name?: string;
  /** Objects of these whose controller is one of ours bring their owner to be looked at. */
  readonly owns?: readonly AnyResource[];
  /** Changes of these bring objects of ours to be looked at, as `requests` says. */
  readonly watches?: readonly WatchedResource[];
  /** Objects worked on at the same time. */
  readonly concurrency?: number;
  /** Every object is looked at again after this time; default: never without an event. */
  readonly resyncMs?: number;
  /** True: of several servers or programs only the one that holds the Lease works. */
  readonly leaderElection?: boolean;
}

/** Which object to look at. Nothing more: a reconciler looks at what is there now. */
export interface ReconcileRequest {
  readonly name: string;
  /** '' for cluster-scoped resources. */
  readonly namespace: string;
}

/** Objects of another resource, and whom they concern. */
export interface WatchedResource {
  readonly resource: AnyResource;
  /** @param object present, changed or just gone; the callee's own */
  readonly requests: (object: KubeObject) => readonly ReconcileRequest[];
}

/** When to look again though nothing changes. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number;
}

/** What a class with `@Reconciles` does. */
export interface Reconcile<T extends ApiObjectLike> {
  /**
   * Brings the world closer to what the object says. Never called twice at a time for one object; what it throws is logged, and the
   * object is looked at again, later each time.
   * @param object as it is now, the callee's own; undefined where it is gone
   */
  reconcile(
    request: ReconcileRequest,
    object: T | undefined,
  ): Promise<ReconcileResult | undefined> | Promise<void> | ReconcileResult | undefined | void;
}

export interface ReconcilesRole extends ReconcilesOptions {
  readonly resource: AnyResource;
}

export const RECONCILES = new Role<ReconcilesRole>('reconciles');

/** A provider that is a control loop for a resource. */
export function Reconciles<T extends ApiObjectLike>(
  resource: ResourceClass<T>,
  options?: ReconcilesOptions,
): (target: Type<Reconcile<T>>) => void;
export function Reconciles(
  resource: ResourceName,
  options?: ReconcilesOptions,
): (target: Type<Reconcile<ApiObjectLike>>) => void;
export function Reconciles(resource: AnyResource, options: ReconcilesOptions = {}): (target: Type) => void {
  return RECONCILES.decorate({ ...options, resource });
}
