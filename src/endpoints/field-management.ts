import type { KubeObject } from '../apimachinery/meta/object.js';
import type { RequestScope } from './request-scope.js';

/**
 * Keeps metadata.managedFields: who owns which field. Objects are in the version of the scope's request.
 * A promise only where owners of other versions need a remote conversion.
 * @see KEP-555
 */
export abstract class FieldManagement {
  /** After a create, update or patch: the manager owns what it changed. Returns the object with its managedFields. */
  abstract update(
    scope: RequestScope,
    live: Readonly<KubeObject> | undefined,
    object: KubeObject,
    manager: string,
  ): KubeObject | Promise<KubeObject>;

  /**
   * Server-side apply: merges the applied configuration into the live object.
   * @throws StatusError Conflict with a cause for each field of another manager, unless forced
   */
  abstract apply(
    scope: RequestScope,
    live: Readonly<KubeObject> | undefined,
    applied: KubeObject,
    manager: string,
    force: boolean,
  ): KubeObject | Promise<KubeObject>;
}
