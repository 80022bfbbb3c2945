import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { compareKubeVersions } from '../../endpoints/discovery/kube-version.js';
import {
  type CrdVersion,
  type CustomResourceDefinition,
  isConditionTrue,
  storageVersion,
} from '../../registry/apiextensions/crd.js';
import type {
  ObjectConverter,
  ResourceDefinition,
  ServedResource,
  SubresourceDefinition,
} from '../../registry/resource-definition.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import type { Collection } from '../../storage/storage.js';
import {
  CustomResourceStatusStrategy,
  CustomResourceStrategy,
  type CustomResourceTraits,
  fieldOfPath,
} from './custom-resource.strategy.js';
import { CustomResourceVersion } from './custom-resource-version.js';
import { ScaleStorage } from './scale.storage.js';
import { ScalePaths } from './scale-paths.js';
import { SchemaCache } from './schema-cache.js';
import type { SchemaEngine } from './schema-engine.js';

/** Makes the generic store of a definition; the composition root knows its parts (clock, uids, storage). */
export type CreateStore = (plan: CustomResourcePlan, collection: Collection) => ResourceStore;

/** Converts between versions with something of its own (a webhook); undefined where only apiVersion changes. */
export type CreateConverter = (crd: Readonly<CustomResourceDefinition>) => ObjectConverter | undefined;

/** The plan of a custom resource: everything about it but its storage. */
export interface CustomResourcePlan {
  readonly definition: ResourceDefinition;
  readonly strategy: CustomResourceStrategy;
  readonly statusStrategy: CustomResourceStatusStrategy;
  /** Brings an object of the storage version into the form in which it is stored. */
  readonly normalize: (object: KubeObject) => KubeObject;
  readonly scale: ScalePaths | undefined;
  readonly statusVersions: readonly string[];
  readonly scaleVersions: readonly string[];
}

/** Turns a definition into the very ResourceDefinition that built-in kinds use. */
export class CustomResourceBuilder {
  private readonly schemas: SchemaCache;

  constructor(
    private readonly engine: SchemaEngine,
    private readonly createConverter: CreateConverter,
  ) {
    this.schemas = new SchemaCache(engine);
  }

  /** Undefined where no version is the storage version. Names are the accepted ones. */
  plan(crd: Readonly<CustomResourceDefinition>): CustomResourcePlan | undefined {
    const { spec } = crd;
    const hub = storageVersion(spec);
    const served = spec.versions.filter((version) => version.served);
    if (hub === undefined) return undefined;
    const kind = { group: spec.group, version: hub.name, kind: spec.names.kind };
    const hubVersion = this.versionOf(crd, hub);
    const scaleSource = [hub, ...served].find((version) => version.subresources?.scale)?.subresources?.scale;
    const scale = scaleSource === undefined ? undefined : new ScalePaths(scaleSource);
    const selectable = selectablePaths([hub, ...served]);
    const traits: CustomResourceTraits = {
      kind,
      plural: spec.names.plural,
      namespaced: spec.scope === 'Namespaced',
      hasStatus: hub.subresources?.status !== undefined,
      scale,
      versions: served.map((version) => version.name),
      selectable,
      terminating: isConditionTrue(crd, 'Terminating'),
      validate: (object, old) => hubVersion.compiled.validate(object, old),
    };
    const strategy = new CustomResourceStrategy(traits);
    const versions = served
      .map((version) => (version === hub ? hubVersion : this.versionOf(crd, version)))
      .sort((a, b) => compareKubeVersions(a.version, b.version));
    return {
      definition: defineResource(crd, traits, strategy, versions, this.converterOf(crd, hubVersion, versions)),
      strategy,
      statusStrategy: new CustomResourceStatusStrategy(traits),
      normalize: (object) => hubVersion.codec.normalize(object),
      scale,
      statusVersions: served.filter((v) => v.subresources?.status !== undefined).map((v) => v.name),
      scaleVersions: served.filter((v) => v.subresources?.scale !== undefined).map((v) => v.name),
    };
  }

  /** Joins a plan with the store that serves it. */
  serve(plan: CustomResourcePlan, store: ResourceStore): ServedResource {
    const subresources = new Map<string, SubresourceDefinition>();
    const { statusVersions, scaleVersions, scale } = plan;
    if (statusVersions.length > 0) {
      const storage = store.withStrategy(plan.statusStrategy);
      const only = { get: storage.get.bind(storage), update: storage.update.bind(storage) };
      const resetFields = plan.statusStrategy.resetFields();
      subresources.set('status', { name: 'status', storage: only, versions: statusVersions, resetFields });
    }
    if (scale !== undefined) {
      const kind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
      const storage = new ScaleStorage(store, scale);
      subresources.set('scale', { name: 'scale', kind, ...this.engine.scale(), storage, versions: scaleVersions });
    }
    return { definition: plan.definition, store, storage: store, subresources };
  }

  private versionOf(crd: Readonly<CustomResourceDefinition>, version: CrdVersion): CustomResourceVersion {
    const { spec, metadata } = crd;
    // A definition that never changed has no objects of another shape: their bytes are served as they are.
    const mayBeOlder = (metadata.generation ?? 0) > 1;
    const kind = { group: spec.group, version: version.name, kind: spec.names.kind };
    const successor = successorOf(version.name, spec.versions);
    return new CustomResourceVersion(version, kind, this.schemas, this.engine, mayBeOlder, successor);
  }

  private converterOf(
    crd: Readonly<CustomResourceDefinition>,
    hub: CustomResourceVersion,
    versions: readonly CustomResourceVersion[],
  ): ObjectConverter {
    const own = this.createConverter(crd);
    if (own !== undefined) return own;
    const { versions: sources } = crd.spec;
    const same = sources.every((version) => jsonEqual(version.schema, sources[0]!.schema));
    if (same) return { identity: true, convert: (object) => object };
    const byName = new Map([hub, ...versions].map((version) => [version.version, version]));
    return { convert: (object, _from, to) => adapt(object, byName.get(to)) };
  }
}

/** With strategy None only apiVersion changes, and what the target version does not name is dropped. */
function adapt(object: KubeObject, target: CustomResourceVersion | undefined): KubeObject {
  if (target === undefined) return object;
  const fitted = target.codec.decode(object, []);
  target.applyDefaults(fitted);
  return fitted;
}

/** The best served version that is neither deprecated nor older. */
function successorOf(version: string, versions: readonly CrdVersion[]): string | undefined {
  return versions
    .filter(({ name, served, deprecated }) => served && deprecated !== true && compareKubeVersions(name, version) < 0)
    .map(({ name }) => name)
    .sort(compareKubeVersions)[0];
}

function selectablePaths(versions: readonly CrdVersion[]): string[] {
  return [...new Set(versions.flatMap((version) => version.selectableFields ?? []).map((field) => field.jsonPath))];
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
    selectableFields: traits.selectable.map(fieldOfPath),
  };
}
