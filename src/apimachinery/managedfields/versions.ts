import type { JsonObject } from '../meta/json.js';
import type { KubeObject } from '../meta/object.js';
import type { Schema } from '../schema/schema.js';

/** The API versions that a resource's owners may have written in. */
export interface ResourceVersions {
  /** Schema of an `apps/v1`; undefined where the version is no longer served: its owners are dropped. */
  schemaOf(apiVersion: string): Schema | undefined;
  /**
   * The object in another version. Must not change its argument, and must be synchronous: where conversion is remote, let
   * it throw, convert outside and run the whole again, which has no effects.
   */
  convert(object: KubeObject, from: string, to: string): KubeObject;
}

/** Schemas and conversions as a request sees them: its own version needs no lookup. */
export class VersionedObjects {
  constructor(
    private readonly apiVersion: string,
    private readonly schema: Schema,
    private readonly others: ResourceVersions | undefined,
  ) {}

  schemaOf(apiVersion: string): Schema | undefined {
    return apiVersion === this.apiVersion ? this.schema : this.others?.schemaOf(apiVersion);
  }

  convert(object: JsonObject, from: string, to: string): JsonObject {
    if (from === to || this.others === undefined) return object;
    return this.others.convert(object as KubeObject, from, to);
  }
}
