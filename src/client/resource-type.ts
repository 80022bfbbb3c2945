import type { ObjectMeta } from '../apimachinery/meta/object.js';

/** Where a resource is found: what paths are made of. */
export interface ResourceType {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, as in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** What every API object has, whatever its class says beyond. */
export interface ApiObjectLike {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** A class that declares a resource. */
export type ResourceClass<T extends ApiObjectLike = ApiObjectLike> = new () => T;

/** By a name that all copies of this file share: two copies of the package in one program still understand each other's classes. */
const RESOURCE_TYPE = Symbol.for('kubenest.resource-type');

export function defineResourceType(resourceClass: ResourceClass, type: ResourceType): void {
  Object.defineProperty(resourceClass, RESOURCE_TYPE, { value: Object.freeze(type), configurable: true });
}

/** The resource that a class itself declares, undefined where it declares none. A subclass does not inherit it. */
export function findResourceType(resourceClass: object): ResourceType | undefined {
  if (!Object.hasOwn(resourceClass, RESOURCE_TYPE)) return undefined;
  return (resourceClass as { [RESOURCE_TYPE]?: ResourceType })[RESOURCE_TYPE];
}

/** @throws TypeError where the class declares no resource */
export function resourceTypeOf(resourceClass: ResourceClass): ResourceType {
  const type = findResourceType(resourceClass);
  if (type === undefined) throw new TypeError(`${resourceClass.name} declares no resource: put @ApiResource on it`);
  return type;
}
