import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import type { CrdStatus, CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { internalContext } from '../../registry/rest/context.js';
import type { RestStorage } from '../../registry/rest/storage.js';

/** What a loop wants to change of a definition it has looked at. */
export interface CrdChange {
  readonly status: CrdStatus;
  /** Finalizers to leave; undefined: as they are. */
  readonly finalizers?: readonly string[];
}

/** Gives what an update changed to its manager; see FieldManager. */
export type OwnChange = (before: Readonly<KubeObject>, after: KubeObject) => KubeObject;

/** Writes what the server's own loops find out about definitions, through the status endpoint. */
export class CrdStatusWriter {
  /**
   * @param storage the status subresource of customresourcedefinitions, looked up when first used
   * @param own notes in metadata.managedFields that the server owns what it changed
   */
  constructor(
    private readonly storage: () => RestStorage,
    private readonly own: OwnChange = (_before, after) => after,
  ) {}

  /**
   * Writes unless the definition has changed since it was looked at: its newer state is on its way to the loop, which then
   * decides again.
   */
  async write(seen: Readonly<CustomResourceDefinition>, change: CrdChange): Promise<void> {
    const { update } = this.storage();
    if (update === undefined) throw new Error('customresourcedefinitions/status cannot be updated');
    const request = (existing: Readonly<KubeObject> | undefined): KubeObject => {
      const current = existing as Readonly<CustomResourceDefinition>;
      if (current.metadata.resourceVersion !== seen.metadata.resourceVersion) return { ...current } as KubeObject;
      if (jsonEqual(current.status, change.status) && change.finalizers === undefined)
        return { ...current } as KubeObject;
      const metadata = { ...current.metadata };
      if (change.finalizers !== undefined) metadata.finalizers = [...change.finalizers];
      if (metadata.finalizers?.length === 0) delete metadata.finalizers;
      return this.own(current, { ...current, metadata, status: change.status });
    };
    await update.call(this.storage(), internalContext(LOOPBACK_USER, ''), seen.metadata.name!, request, {
      dryRun: false,
    });
  }
}
