import { encodeJson } from '../../apimachinery/runtime/json.js';
import type { CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { isConditionTrue, storageVersion } from '../../registry/apiextensions/crd.js';
import { collectionName } from '../../registry/resource-definition.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { WatchLifetime } from '../../registry/rest/watch-lifetime.js';
import type { Storage } from '../../storage/storage.js';
import type { CreateStore, CustomResourceBuilder, CustomResourcePlan } from './custom-resource-builder.js';
import type { CustomResourceVersion } from './custom-resource-version.js';
import { DefinitionSource, type ReadDefinition } from './definition-source.js';
import { GrantedVersions } from './granted-versions.js';

interface Entry {
  readonly uid: string;
  /** Version of stored objects that do not say theirs. */
  readonly granted: string | undefined;
  /** Everything of the definition that decides what is served. */
  readonly shape: string;
  readonly collection: string;
  /** What of it decides how watches look. */
  readonly form: string;
  readonly watches: WatchLifetime;
  /** Joined paths of selectable fields: the cache reads objects by them. */
  readonly selectable: string;
  readonly group: string;
  readonly resource: string;
  readonly store: ResourceStore;
  readonly source: DefinitionSource;
  readonly versions: readonly CustomResourceVersion[];
}

/** The custom resources that are served now: one immutable ServedResource a definition, swapped as a whole. */
export class ServedCustomResources {
  private readonly entries = new Map<string, Entry>();
  private readonly granted: GrantedVersions;
  private isSettled = false;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly storage: Storage,
    private readonly builder: CustomResourceBuilder,
    private readonly createStore: CreateStore,
  ) {
    this.granted = new GrantedVersions(storage);
  }

  /** From now on, a resource that is served for the first time has no history before that moment. */
  settled(): void {
    this.isSettled = true;
  }

  private newResourcesBeginAt(): number {
    return this.isSettled ? this.storage.revision : 0;
  }

  store(crdName: string): ResourceStore | undefined {
    return this.entries.get(crdName)?.store;
  }

  /**
   * Serves a definition as it is now. Readers see the old shape or the new one, never a gap.
   * @param read gives the definition again, for its schemas
   */
  async serve(crd: Readonly<CustomResourceDefinition>, read: ReadDefinition = () => crd): Promise<void> {
    const name = crd.metadata.name!;
    const before = this.entries.get(name);
    const granted = await this.grantedVersion(crd, before);
    const shape = shapeOf(crd, granted);
    if (before?.shape === shape) {
      before.source.follow(read);
      return;
    }
    const source = new DefinitionSource(crd, read);
    const plan = this.builder.plan(crd, source, granted);
    if (plan === undefined) {
      await this.remove(name);
      return;
    }
    const { group, resource } = plan.definition;
    const selectable = plan.selectable.names.join();
    if (before !== undefined && (before.uid !== crd.metadata.uid || before.selectable !== selectable)) {
      await this.storage.close(before.collection);
    }
    const form = formOf(crd);
    const watches =
      before?.form === form
        ? before.watches
        : new WatchLifetime(before?.watches.beginsAt ?? this.newResourcesBeginAt());
    const store = await this.open(plan, watches);
    const collection = collectionName(plan.definition);
    const uid = crd.metadata.uid!;
    const versions = plan.allVersions;
    this.entries.set(name, {
      uid,
      granted,
      shape,
      form,
      watches,
      collection,
      selectable,
      group,
      resource,
      store,
      source,
      versions,
    });
    this.registry.set('extensions', this.builder.serve(plan, store));
    if (before !== undefined && before.watches !== watches) before.watches.end();
  }

  async remove(name: string): Promise<void> {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    this.entries.delete(name);
    this.registry.delete(entry.group, entry.resource);
    await this.storage.close(entry.collection);
  }

  /** The definition is gone for good. */
  async forget(name: string): Promise<void> {
    await this.remove(name);
    await this.granted.open();
    await this.granted.forget(name);
  }

  /** What is taken for granted stays so once the storage version has changed, whatever becomes of `status.storedVersions`. */
  private async grantedVersion(
    crd: Readonly<CustomResourceDefinition>,
    before: Entry | undefined,
  ): Promise<string | undefined> {
    await this.granted.open();
    const kept = this.granted.of(crd);
    if (kept !== undefined) return kept;
    const storage = storageVersion(crd.spec)?.name;
    const seen = before?.uid === crd.metadata.uid ? before?.granted : undefined;
    const granted = seen ?? crd.status?.storedVersions?.[0] ?? storage;
    if (granted !== undefined && granted !== storage) await this.granted.keep(crd, granted);
    return granted;
  }

  /** Lets go what was made for requests and not used since the call before. */
  rest(): void {
    for (const { versions } of this.entries.values()) for (const version of versions) version.rest();
  }

  private async open(plan: CustomResourcePlan, watches: WatchLifetime): Promise<ResourceStore> {
    const { definition } = plan;
    const collection = await this.storage.open({
      collection: collectionName(definition),
      namespaced: definition.namespaced,
      attributesOf: (object) => {
        const { name = '', namespace = '', labels = {} } = object.metadata;
        const fields: Record<string, string> = { 'metadata.name': name, ...plan.selectable.of(object) };
        if (definition.namespaced) fields['metadata.namespace'] = namespace;
        return { labels, fields };
      },
    });
    return this.createStore(plan, collection, watches);
  }
}

function shapeOf(crd: Readonly<CustomResourceDefinition>, granted: string | undefined): string {
  const terminating = isConditionTrue(crd, 'Terminating');
  return encodeJson([formOf(crd), terminating, granted ?? '']);
}

function formOf(crd: Readonly<CustomResourceDefinition>): string {
  const { uid, generation } = crd.metadata;
  return encodeJson([uid ?? '', generation ?? 0, crd.status?.acceptedNames ?? null]);
}
