import type { ReplicasPaths } from '../../apimachinery/managedfields/scale-owners.js';
import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { compareKubeVersions } from '../../endpoints/discovery/kube-version.js';
import {
  type CrdVersion,
  type CustomResourceDefinition,
  isConditionTrue,
  storageVersion,
} from '../../registry/apiextensions/crd.js';
import { updateThrough } from '../../registry/generic/update-through.js';
import type {
  ObjectConverter,
  ResourceDefinition,
  StoredForm,
  SubresourceDefinition,
} from '../../registry/resource-definition.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import type { WatchLifetime } from '../../registry/rest/watch-lifetime.js';
import type { ServedResource } from '../../registry/served-resource.js';
import type { Collection } from '../../storage/storage.js';
import {
  CustomResourceStatusStrategy,
  CustomResourceStrategy,
  type CustomResourceTraits,
} from './custom-resource.strategy.js';
import { CustomResourceForm, type StoredVersions } from './custom-resource-form.js';
import { CustomResourceVersion } from './custom-resource-version.js';
import type { DefinitionSource } from './definition-source.js';
import { ScaleStorage } from './scale.storage.js';
import { ScalePaths } from './scale-paths.js';
import { SchemaCache } from './schema-cache.js';
import type { SchemaEngine } from './schema-engine.js';
import { SelectableFields } from './selectable-fields.js';

/** Makes the generic store of a definition; the composition root knows its parts (clock, uids, storage). */
export type CreateStore = (plan: CustomResourcePlan, collection: Collection, watches: WatchLifetime) => ResourceStore;

/** Converts between versions with something of its own (a webhook); undefined where only apiVersion changes. */
export type CreateConverter = (crd: Readonly<CustomResourceDefinition>) => ObjectConverter | undefined;

/** One version of a custom resource: everything about it but its storage. */
export interface VersionPlan {
  readonly version: CustomResourceVersion;
  /** Names this version as the hub: that is what its storage speaks. */
  readonly definition: ResourceDefinition;
  readonly strategy: CustomResourceStrategy;
  readonly statusStrategy: CustomResourceStatusStrategy | undefined;
  readonly scale: ScalePaths | undefined;
  /** Brings an object into the form in which it is stored. */
  readonly normalize: (object: KubeObject) => KubeObject;
  readonly form: StoredForm | undefined;
}

/** The plan of a custom resource. */
export interface CustomResourcePlan extends VersionPlan {
  /** Of every version, those that are not served as well. */
  readonly replicasPaths: ReplicasPaths;
  /** Served versions, preferred first. The plan itself is that of the storage version. */
  readonly versions: readonly VersionPlan[];
  /** All versions, served or not. */
  readonly allVersions: readonly CustomResourceVersion[];
  /** Selectable fields of all versions. */
  readonly selectable: SelectableFields;
}

/** Turns a definition into the very ResourceDefinition that built-in kinds use. */
export class CustomResourceBuilder {
  private readonly schemas: SchemaCache;
  private scale: ReturnType<SchemaEngine['scale']> | undefined;

  constructor(
    private readonly engine: SchemaEngine,
    private readonly createConverter: CreateConverter,
  ) {
    this.schemas = new SchemaCache(engine);
  }

  /**
   * Undefined where no version is the storage version. Names are the accepted ones.
   * @param granted version of stored objects that do not say theirs
   */
  plan(
    crd: Readonly<CustomResourceDefinition>,
    source: DefinitionSource,
    granted?: string,
  ): CustomResourcePlan | undefined {
    const { spec } = crd;
    const storage = storageVersion(spec);
    if (storage === undefined) return undefined;
    const versions = new Map(spec.versions.map((version) => [version.name, this.versionOf(crd, version, source)]));
    const hub = versions.get(storage.name)!;
    const stored: StoredVersions = {
      group: spec.group,
      versions,
      hub,
      granted: granted ?? hub.version,
      converter: this.converterOf(crd, versions),
      key: `${source.edition}/${granted ?? ''}`,
    };
    const served = spec.versions
      .filter(({ served }) => served)
      .sort((a, b) => compareKubeVersions(a.name, b.name))
      .map(({ name }) => versions.get(name)!);
    const plans = new Map(
      spec.versions.map((fields) => [
        fields.name,
        planVersion(crd, fields, versions.get(fields.name)!, stored, served),
      ]),
    );
    return {
      ...plans.get(hub.version)!,
      versions: served.map(({ version }) => plans.get(version)!),
      allVersions: [...versions.values()],
      replicasPaths: new Map(
        [...plans.values()].map(({ version, scale }) => [
          formatGroupVersion({ group: spec.group, version: version.version }),
          scale?.specReplicasPath,
        ]),
      ),
      selectable: new SelectableFields(spec.versions.flatMap(selectablePaths)),
    };
  }

  /** Joins a plan with the store that serves it: `store` is that of the storage version. */
  serve(plan: CustomResourcePlan, store: ResourceStore): ServedResource {
    const inVersion = new Map(
      plan.versions.map((each) => [
        each.version.version,
        this.serveVersion(each, store.inVersion(each), plan.replicasPaths),
      ]),
    );
    const subresources = new Map<string, SubresourceDefinition>();
    for (const [version, served] of inVersion) {
      for (const [name, subresource] of served.subresources) {
        const known = subresources.get(name);
        subresources.set(name, { ...(known ?? subresource), versions: [...(known?.versions ?? []), version] });
      }
    }
    return { definition: plan.definition, store, storage: store, subresources, inVersion };
  }

  private serveVersion(plan: VersionPlan, store: ResourceStore, replicasPaths: ReplicasPaths): ServedResource {
    const subresources = new Map<string, SubresourceDefinition>();
    const { statusStrategy, scale, definition } = plan;
    if (statusStrategy !== undefined) {
      const storage = updateThrough(store, statusStrategy);
      subresources.set('status', { name: 'status', storage, resetFields: statusStrategy.resetFields() });
    }
    if (scale !== undefined) {
      const kind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
      const apiVersion = formatGroupVersion({ group: definition.group, version: plan.version.version });
      const storage = new ScaleStorage(store, scale, apiVersion, replicasPaths);
      subresources.set('scale', { name: 'scale', kind, ...this.scaleType(), storage });
    }
    return { definition, store, storage: store, subresources };
  }

  private scaleType(): ReturnType<SchemaEngine['scale']> {
    this.scale ??= this.engine.scale();
    return this.scale;
  }

  private versionOf(
    crd: Readonly<CustomResourceDefinition>,
    version: CrdVersion,
    source: DefinitionSource,
  ): CustomResourceVersion {
    const { spec } = crd;
    const kind = { group: spec.group, version: version.name, kind: spec.names.kind };
    return new CustomResourceVersion(
      version,
      kind,
      source,
      this.schemas,
      this.engine,
      successorOf(version.name, spec.versions),
    );
  }

  private converterOf(
    crd: Readonly<CustomResourceDefinition>,
    versions: ReadonlyMap<string, CustomResourceVersion>,
  ): ObjectConverter {
    const own = this.createConverter(crd);
    if (own !== undefined) return new PruningConverter(own, versions);
    return haveSameSchemas(crd.spec.versions) ? SAME_TEXT : new PruningConverter(SAME_FIELDS, versions);
  }
}

// Functions in here are made once and outside, as a closure would keep the definition it was made beside.
const SAME_FIELDS: ObjectConverter = { convert: (object) => object };
const SAME_TEXT: ObjectConverter = { ...SAME_FIELDS, identity: true };

function haveSameSchemas(versions: readonly CrdVersion[]): boolean {
  return versions.every((version) => jsonEqual(version.schema, versions[0]!.schema));
}

function planVersion(
  crd: Readonly<CustomResourceDefinition>,
  source: CrdVersion,
  version: CustomResourceVersion,
  stored: StoredVersions,
  served: readonly CustomResourceVersion[],
): VersionPlan {
  const { spec } = crd;
  const { scale: scaleSource, status } = source.subresources ?? {};
  const scale = scaleSource === undefined ? undefined : new ScalePaths(scaleSource);
  const traits: CustomResourceTraits = {
    kind: { group: spec.group, version: source.name, kind: spec.names.kind },
    plural: spec.names.plural,
    namespaced: spec.scope === 'Namespaced',
    hasStatus: status !== undefined,
    scale,
    selectable: new SelectableFields(selectablePaths(source)),
    terminating: isConditionTrue(crd, 'Terminating'),
    validate: (...judged) => version.compiled.validate(...judged),
  };
  // Objects of a definition that never changed are as this schema has them: their bytes are served as they are.
  const verbatim =
    (crd.metadata.generation ?? 0) <= 1 && (version === stored.hub || stored.converter.identity === true);
  if (!verbatim) version.form = new CustomResourceForm(version, stored);
  const strategy = new CustomResourceStrategy(traits);
  return {
    version,
    definition: defineResource(crd, traits, strategy, served, stored.converter),
    strategy,
    statusStrategy: traits.hasStatus ? new CustomResourceStatusStrategy(traits) : undefined,
    scale,
    normalize: (object) => version.codec.normalize(object),
    form: version.form,
  };
}

/** Whatever converts, what the target version does not name is dropped; defaults are left to reading and writing. */
class PruningConverter implements ObjectConverter {
  readonly convertAll?: NonNullable<ObjectConverter['convertAll']>;

  constructor(
    private readonly inner: ObjectConverter,
    private readonly versions: ReadonlyMap<string, CustomResourceVersion>,
  ) {
    if (inner.convertAll === undefined) return;
    this.convertAll = async (objects, from, to) =>
      (await inner.convertAll!(objects, from, to)).map((object) => this.prune(object, to));
  }

  convert(object: KubeObject, from: string, to: string): KubeObject | Promise<KubeObject> {
    const converted = this.inner.convert(object, from, to);
    return converted instanceof Promise
      ? converted.then((result) => this.prune(result, to))
      : this.prune(converted, to);
  }

  private prune(object: KubeObject, to: string): KubeObject {
    this.versions.get(to)?.compiled.prune(object);
    return object;
  }
}

/** The best served version that is neither deprecated nor older. */
function successorOf(version: string, versions: readonly CrdVersion[]): string | undefined {
  return versions
    .filter(({ name, served, deprecated }) => served && deprecated !== true && compareKubeVersions(name, version) < 0)
    .map(({ name }) => name)
    .sort(compareKubeVersions)[0];
}

function selectablePaths({ selectableFields = [] }: CrdVersion): string[] {
  return selectableFields.map((field) => field.jsonPath);
}

function defineResource(
  crd: Readonly<CustomResourceDefinition>,
  traits: CustomResourceTraits,
  strategy: CustomResourceStrategy,
  versions: readonly CustomResourceVersion[],
  converter: ObjectConverter,
): ResourceDefinition {
  const { spec } = crd;
  const names = crd.status?.acceptedNames ?? spec.names;
  return {
    group: spec.group,
    resource: spec.names.plural,
    singular: names.singular ?? '',
    kind: spec.names.kind,
    listKind: names.listKind ?? `${spec.names.kind}List`,
    namespaced: traits.namespaced,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    hubVersion: traits.kind.version,
    versions,
    converter,
    strategy,
    custom: true,
    selectableFields: traits.selectable.names,
  };
}
