import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Client } from '../../client/client.js';
import { Informer } from '../../client/informer.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import type { StoredObject } from '../../storage/storage.js';
import type { ResourceKey } from './resource-key.js';

/** What is told of an object: enough to know whom it concerns. */
export type ObjectListener = (namespace: string, name: string, read: () => KubeObject) => void;

const RETRY_MS = 1_000;

/** Tells of every object that is there, and of every change, whoever keeps the objects. */
export class ResourceEvents {
  private informer: Informer | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly client: Client,
    private readonly key: ResourceKey,
    private readonly listener: ObjectListener,
  ) {}

  /** @throws Error where nobody serves the resource */
  start(): void {
    const { group, resource } = this.key;
    const served = this.registry.find(group, resource);
    if (served === undefined) throw new Error(`nobody serves ${resource} of ${JSON.stringify(group)}`);
    if (served.store === undefined) {
      void this.follow();
      return;
    }
    const tell = (object: StoredObject): void => this.listener(object.namespace, object.name, () => object.decode());
    this.informer = new Informer(served.store.collection, { added: tell, updated: tell, deleted: tell });
    this.informer.start();
  }

  stop(): void {
    this.stopping.abort();
    this.informer?.stop();
  }

  /** Objects that are kept elsewhere have no collection: they are watched like any client does. */
  private async follow(): Promise<void> {
    const { group, version, resource } = this.key;
    const { signal } = this.stopping;
    const objects = this.client.resource({ apiVersion: group === '' ? version : `${group}/${version}`, resource });
    while (!signal.aborted) {
      try {
        for await (const { object } of objects.watch({ signal })) {
          this.listener(object.metadata.namespace ?? '', object.metadata.name ?? '', () => object);
        }
      } catch {
        // The watch begins anew, with the present state.
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }
}
