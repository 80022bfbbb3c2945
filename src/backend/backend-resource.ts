import { Controller, UseFilters, UseInterceptors } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { ListParts, WatchEnd } from './answers.js';
import {
  BACKEND_VERBS,
  type BackendVerb,
  type BackendWatchEvent,
  type CreateRequest,
  type DeleteRequest,
  type GetRequest,
  type ListRequest,
  type ObjectList,
  type ResourceDescription,
  type UpdateRequest,
  verbPattern,
  type WatchRequest,
} from './protocol.js';
import { StatusFilter } from './status.filter.js';

type Awaitable<T> = T | Promise<T>;

/**
 * The methods of a resource class, one a verb; leave out what is not served. Errors are StatusErrors (`notFound`, `conflict`, ...);
 * any other error is logged and answered as an internal one.
 */
export interface ResourceMethods {
  /** @throws StatusError 404 */
  get?(request: GetRequest): Awaitable<KubeObject>;
  list?(request: ListRequest): Awaitable<ObjectList>;
  /** @throws StatusError 410, or by the Observable */
  watch?(request: WatchRequest): Observable<BackendWatchEvent>;
  /** Gives the object as it is now stored. @throws StatusError 409 */
  create?(request: CreateRequest): Awaitable<KubeObject>;
  /** @throws StatusError 404, 409 */
  update?(request: UpdateRequest): Awaitable<KubeObject>;
  /** Gives the object as it was at last. @throws StatusError 404, 409 */
  delete?(request: DeleteRequest): Awaitable<KubeObject>;
}

/** What the decorator is told; `verbs` follow from the methods. */
export interface BackendResourceOptions extends Omit<ResourceDescription, 'verbs'> {
  readonly group: string;
  readonly version: string;
}

export type ResourceClass = new (...args: never[]) => ResourceMethods;

const described = new WeakMap<object, { readonly options: BackendResourceOptions; readonly verbs: BackendVerb[] }>();

/**
 * Makes a class a resource of a backend: a Nest controller whose verb methods are message handlers. Methods may be inherited.
 * ```ts
 * @BackendResource({ group: 'kitchen.example.com', version: 'v1', resource: 'teapots', kind: 'Teapot', namespaced: true })
 * class Teapots extends MemoryResource {}
 * ```
 */
export function BackendResource(options: BackendResourceOptions): (target: ResourceClass) => void {
  return (target) => {
    const prototype = target.prototype as Record<string, unknown>;
    const verbs = BACKEND_VERBS.filter((verb) => typeof prototype[verb] === 'function');
    for (const verb of verbs) handle(target, verb, verbPattern(options, options.resource, verb));
    UseFilters(StatusFilter)(target);
    Controller()(target);
    described.set(target, { options, verbs });
  };
}

/** An inherited method gets an own one: two resources of one base class must not share their patterns. */
function handle(target: ResourceClass, verb: BackendVerb, pattern: string): void {
  const prototype = target.prototype as Record<string, (request: unknown) => unknown>;
  const method = prototype[verb]!;
  const own = function (this: unknown, request: unknown): unknown {
    return method.call(this, request);
  };
  const descriptor: PropertyDescriptor = { value: own, writable: true, configurable: true };
  Object.defineProperty(prototype, verb, descriptor);
  MessagePattern(pattern)(prototype, verb, descriptor);
  if (verb === 'list') UseInterceptors(ListParts)(prototype, verb, descriptor);
  if (verb === 'watch') UseInterceptors(WatchEnd)(prototype, verb, descriptor);
}

/** @throws Error for a class without the decorator */
export function describeResource(target: ResourceClass): {
  group: string;
  version: string;
  description: ResourceDescription;
} {
  const found = described.get(target);
  if (found === undefined) throw new Error(`${target.name} is no resource: decorate it with @BackendResource({ ... })`);
  const { group, version, ...rest } = found.options;
  return { group, version, description: { ...rest, verbs: found.verbs } };
}
