import type { Type } from '@nestjs/common';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import type { ApiObjectLike, ResourceClass } from '../../client/resource-type.js';
import type { SchemaClass } from './field.js';
import { Role } from './roles.js';

/** Who asks, and where. */
export interface ServeContext {
  readonly user: UserInfo;
  /** '' for cluster-scoped resources. */
  readonly namespace: string;
  readonly signal?: AbortSignal;
}

/**
 * What a class with `@Serves` does: it answers for objects that are kept elsewhere, in the rows of a table or behind another service. The
 * verbs whose methods it has are served. Objects carry `metadata.name` (and namespace, where the resource is namespaced); the
 * server adds uid and resourceVersion where they are missing, filters, pages and prints tables.
 */
export interface ServesObjects<T extends ApiObjectLike> {
  /** All objects. Asked for get, list and watch; calls that come at once share one answer. */
  list(): Promise<readonly T[]> | readonly T[];
  /** The object is complete and valid. @returns it as it is kept */
  create?(object: T, context: ServeContext): Promise<T> | T;
  update?(object: T, context: ServeContext): Promise<T> | T;
  delete?(object: T, context: ServeContext): Promise<void> | void;
  /**
   * Tells of changes that others make. Without it, `list` is asked again every `pollMs` while somebody watches.
   * @returns how to stop it
   */
  onChange?(changed: () => void): () => void;
}

export interface ServesOptions {
  /** Default: 1000. */
  readonly pollMs?: number;
}

export interface ServesRole extends ServesOptions {
  readonly resource: ResourceClass;
}

export const SERVES = new Role<ServesRole>('serves');

/** A provider that answers for a resource in place of the store. */
export function Serves<T extends ApiObjectLike>(
  resource: ResourceClass<T>,
  options: ServesOptions = {},
): (target: Type<ServesObjects<T>>) => void {
  return SERVES.decorate({ ...options, resource });
}

export interface SubresourceOptions {
  /** Class of the bodies of POST, in the version of the resource. Without it, POST takes no body. */
  readonly body?: SchemaClass;
}

/** What a class with `@Subresource` does; verbs are served whose methods it has. The object is the callee's own copy. */
export interface ServesSubresource<T extends ApiObjectLike, Body = undefined> {
  /** @returns what is answered, as JSON */
  get?(object: T, context: ServeContext): Promise<object> | object;
  post?(object: T, body: Body, context: ServeContext): Promise<object> | object;
}

export interface SubresourceRole extends SubresourceOptions {
  readonly resource: ResourceClass;
  readonly name: string;
}

export const SUBRESOURCE = new Role<SubresourceRole>('subresource');

/** A provider that answers below the objects of a resource: `.../teapots/brown-betty/brew`. */
export function Subresource<T extends ApiObjectLike>(
  resource: ResourceClass<T>,
  name: string,
  options: SubresourceOptions = {},
): (target: Type<ServesSubresource<T, never>>) => void {
  return SUBRESOURCE.decorate({ ...options, resource, name });
}
