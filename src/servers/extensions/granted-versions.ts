import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { encodeContent } from '../../storage/content.js';
import type { Collection, Storage, StoredObject } from '../../storage/storage.js';

/** Not a resource: nothing serves it. */
const COLLECTION = 'kubenest.internal/grantedversions';
const NOTHING = { labels: {}, fields: {} };

/**
 * The version of stored custom resources that do not say theirs: the first in which a definition's objects were ever stored. Written
 * down when the storage version changes, as `status.storedVersions` may be trimmed by anybody, migrated or not.
 */
export class GrantedVersions {
  private collection: Collection | undefined;
  private opening: Promise<void> | undefined;

  constructor(private readonly storage: Storage) {}

  /** Reads what was written down; before all else. */
  open(): Promise<void> {
    const options = { collection: COLLECTION, namespaced: false, attributesOf: () => NOTHING };
    this.opening ??= this.storage.open(options).then(async (collection) => {
      // Nobody else could delete what cannot be read here; what it said can be guessed from the definition.
      const { corrupt = [] } = await collection.list({});
      for (const { key, revision } of corrupt) await collection.delete(key, revision);
      this.collection = collection;
    });
    return this.opening;
  }

  /** Undefined where nothing was written down: the storage version never changed. */
  of({ metadata }: Readonly<CustomResourceDefinition>): string | undefined {
    const kept = this.stored(metadata.name!)?.decode();
    return kept?.metadata.uid === metadata.uid ? (kept?.['version'] as string | undefined) : undefined;
  }

  async keep({ metadata }: Readonly<CustomResourceDefinition>, version: string): Promise<void> {
    const { name = '', uid = '' } = metadata;
    const content = encodeContent({ metadata: { name, uid }, version } as KubeObject, NOTHING);
    const known = this.stored(name);
    if (known === undefined) await this.collection?.create('', name, content);
    else await this.collection?.update(known.key, known.revision, content);
  }

  async forget(name: string): Promise<void> {
    const known = this.stored(name);
    if (known !== undefined) await this.collection?.delete(known.key, known.revision);
  }

  private stored(name: string): StoredObject | undefined {
    return this.collection?.get(name);
  }
}
