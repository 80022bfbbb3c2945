import { StatusError } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { ApiTransport } from './api-transport.js';
import { ResourceClient } from './resource-client.js';
import { type ApiObjectLike, type ResourceClass, resourceTypeOf } from './resource-type.js';

/** A resource by its names, for kinds that have no class here. */
export interface ResourceName {
  /** `v1` or `apps/v1`. */
  readonly apiVersion: string;
  /** Plural. */
  readonly resource: string;
  /** What objects are written with that do not say it: custom resources must. */
  readonly kind?: string;
}

/**
 * The API as code in the same process uses it: requests take the way of every other request, with admission, defaults and
 * validation, but no socket. Who holds it may do anything (it acts as `system:apiserver`).
 */
export class Client {
  constructor(private readonly transport: ApiTransport) {}

  /** Objects of a class with `@ApiResource`. @throws TypeError where the class has none */
  for<T extends ApiObjectLike>(resourceClass: ResourceClass<T>): ResourceClient<T> {
    const { group, version, resource, kind } = resourceTypeOf(resourceClass);
    return new ResourceClient<T>(
      this.transport,
      { apiVersion: group === '' ? version : `${group}/${version}`, kind },
      resource,
    );
  }

  /** Objects of any resource that the server serves, built in or custom. */
  resource<T extends ApiObjectLike = KubeObject>({ apiVersion, resource, kind }: ResourceName): ResourceClient<T> {
    return new ResourceClient<T>(this.transport, { apiVersion, ...(kind !== undefined && { kind }) }, resource);
  }

  /** GET of any path of the API that answers with JSON: discovery, OpenAPI. @throws StatusError */
  async read(path: string): Promise<JsonObject> {
    return (await this.transport.send({ method: 'GET', url: path })) as JsonObject;
  }
}

/** Whether a failure says that the object is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof StatusError && error.code === 404;
}

/** Whether a failure says that somebody else was faster: of a write with an old resourceVersion, or of a name that is taken. */
export function isConflict(error: unknown): boolean {
  return error instanceof StatusError && error.code === 409;
}
