import { internalError, StatusError } from '../../apimachinery/errors/status-error.js';
import { formatGroupVersion, parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { ObjectConverter, StoredForm } from '../../registry/resource-definition.js';
import type { CustomResourceVersion } from './custom-resource-version.js';

/** What all versions of one definition share about its stored objects. */
export interface StoredVersions {
  readonly group: string;
  /** Every version of the definition, served or not, by name. */
  readonly versions: ReadonlyMap<string, CustomResourceVersion>;
  /** The version that is written. */
  readonly hub: CustomResourceVersion;
  /** Version of stored objects that do not say theirs: the first that was ever written. */
  readonly granted: string;
  readonly converter: ObjectConverter;
  /** Of the definition in its present state. */
  readonly key: string;
}

/**
 * Objects of one version as they are stored: read by the schema of the version they were written in (pruned and defaulted by it),
 * then converted; written in the storage version.
 */
export class CustomResourceForm implements StoredForm {
  readonly key: string;
  readonly keepsMetadata: boolean;

  constructor(
    private readonly target: CustomResourceVersion,
    private readonly stored: StoredVersions,
  ) {
    this.key = `${stored.key}/${target.version}`;
    this.keepsMetadata = stored.converter.convertAll === undefined;
  }

  load(object: KubeObject): KubeObject | Promise<KubeObject> {
    const from = this.upgrade(object);
    const { target, stored } = this;
    if (from === target.version) return object;
    const converted = stored.converter.convert(object, from, target.version);
    if (!(converted instanceof Promise)) return converted;
    return converted.catch((error: unknown) => {
      throw internalError(textOf(error));
    });
  }

  async loadAll(objects: KubeObject[]): Promise<KubeObject[]> {
    const { target } = this;
    const loaded: KubeObject[] = [...objects];
    const places = new Map<string, number[]>();
    objects.forEach((object, i) => {
      const from = this.upgrade(object);
      if (from === target.version) return;
      const same = places.get(from);
      if (same === undefined) places.set(from, [i]);
      else same.push(i);
    });
    for (const [from, at] of places) {
      const group = at.map((i) => objects[i]!);
      const converted = await this.convertAll(group, from);
      at.forEach((i, n) => {
        loaded[i] = converted[n]!;
      });
    }
    return loaded;
  }

  private async convertAll(objects: KubeObject[], from: string): Promise<KubeObject[]> {
    const { converter } = this.stored;
    const to = this.target.version;
    try {
      if (converter.convertAll !== undefined) return await converter.convertAll(objects, from, to);
      return await Promise.all(objects.map((object) => converter.convert(object, from, to)));
    } catch (error) {
      throw new StatusError(500, 'StorageReadError', textOf(error));
    }
  }

  save(object: KubeObject): KubeObject | Promise<KubeObject> {
    const { target, stored } = this;
    const { hub, converter } = stored;
    if (target.version === hub.version) return this.mark(object);
    const converted = converter.convert(object, target.version, hub.version);
    return converted instanceof Promise ? converted.then((result) => this.mark(result)) : this.mark(converted);
  }

  private mark(object: KubeObject): KubeObject {
    const { apiVersion: _apiVersion, kind: _kind, ...content } = object;
    const { group, hub, granted } = this.stored;
    if (hub.version !== granted) content.apiVersion = formatGroupVersion({ group, version: hub.version });
    return content as KubeObject;
  }

  /** The version the object was written in, by whose schema it now is as if it had just been written. */
  private upgrade(object: KubeObject): string {
    const { versions, granted, hub } = this.stored;
    const named =
      object.apiVersion === undefined ? granted : (parseGroupVersion(object.apiVersion)?.version ?? granted);
    delete object.apiVersion;
    const version = versions.get(named) ?? hub;
    version.compiled.upgrade(object);
    return version.version;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
