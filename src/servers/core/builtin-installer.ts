import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { DEFAULT_TABLE } from '../../apimachinery/table/default-table.js';
import type { Catalogue } from '../../apis/catalogue.js';
import { builtinCodec } from '../../registry/builtin-codec.js';
import { StatusStrategy } from '../../registry/generic/generic-strategy.js';
import { updateThrough } from '../../registry/generic/update-through.js';
import type { PolicyEnvironment } from '../../registry/kind-policy.js';
import {
  collectionName,
  hubKind,
  type ObjectCodec,
  type SubresourceDefinition,
} from '../../registry/resource-definition.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import { ResourceStore, type StoreEnvironment } from '../../registry/resource-store.js';
import type { RestStorage } from '../../registry/rest/storage.js';
import type { Strategy } from '../../registry/rest/strategy.js';
import type { ServedResource } from '../../registry/served-resource.js';
import type { ObjectAttributes, Storage } from '../../storage/storage.js';
import type { BuiltinDefinitions, BuiltinKind } from './builtin-definitions.js';

/** Groups that kube-apiserver stores as JSON; all others it stores in protobuf, which knows no empty lists. */
const JSON_STORED_GROUPS = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

/** Opens the collections of the built-in kinds and registers what serves them. */
export class BuiltinInstaller {
  constructor(
    private readonly storage: Storage,
    private readonly registry: ResourceRegistry,
    private readonly catalogue: Catalogue,
    private readonly environment: StoreEnvironment,
  ) {}

  /** @param computed storages of what is answered without being stored, by `group/resource` */
  async install(
    definitions: BuiltinDefinitions,
    policyEnvironment: PolicyEnvironment,
    computed: ReadonlyMap<string, RestStorage>,
  ): Promise<void> {
    const kinds = definitions.stored();
    const served = await Promise.all(kinds.map((kind) => this.open(kind, policyEnvironment)));
    for (const resource of served) this.registry.set('core', resource);
    for (const resource of definitions.computed(computed)) {
      this.registry.set('core', { ...resource, subresources: new Map() });
    }
  }

  private async open(kind: BuiltinKind, policyEnvironment: PolicyEnvironment): Promise<ServedResource> {
    const { definition, strategy, policy } = kind;
    const codec = this.hubCodec(kind);
    const collection = await this.storage.open({
      collection: policy?.sharedWith?.collection ?? collectionName(definition),
      namespaced: definition.namespaced,
      attributesOf: (object) => attributesOf(strategy, object),
      faultOf: (object) => faultOf(codec, object),
    });
    const store = new ResourceStore({
      definition,
      strategy,
      storage: this.storage,
      collection,
      environment: this.environment,
      normalize: (object) => codec.normalize(object),
    });
    const subresources = this.subresources(kind, store, policyEnvironment);
    return {
      definition,
      store,
      storage: servedBy(kind, policy?.guard?.(store, policyEnvironment) ?? store),
      subresources: new Map(subresources.map((sub) => [sub.name, sub])),
    };
  }

  /** Stored objects are written in the hub's form. */
  private hubCodec({ definition, policy }: BuiltinKind) {
    const kind = policy?.sharedWith?.kind ?? hubKind(definition);
    return builtinCodec(this.catalogue.schemaOfKind(kind), !JSON_STORED_GROUPS.has(kind.group));
  }

  private subresources(
    kind: BuiltinKind,
    store: ResourceStore,
    environment: PolicyEnvironment,
  ): SubresourceDefinition[] {
    const { policy, traits, strategy } = kind;
    const special = policy?.subresources?.(store, environment) ?? [];
    const found = special.map((sub) => this.withType(kind, sub));
    if (traits.hasStatus === true && !special.some((sub) => sub.name === 'status')) {
      const status = policy?.statusStrategy?.(strategy, environment) ?? new StatusStrategy(strategy, traits);
      found.push({ name: 'status', storage: updateThrough(store, status), resetFields: status.resetFields() });
    }
    return found;
  }

  /** A subresource of another kind takes schema and codec from the catalogue. */
  private withType(kind: BuiltinKind, sub: SubresourceDefinition): SubresourceDefinition {
    if (sub.kind === undefined || sub.codec !== undefined) return sub;
    if (this.catalogue.typeNameOf(sub.kind) === undefined) {
      throw new TypeError(
        `subresource ${sub.name} speaks ${formatGroupVersion(sub.kind)} ${sub.kind.kind}, which the catalogue lacks`,
      );
    }
    const schema = this.catalogue.schemaOfKind(sub.kind);
    const codec = builtinCodec(schema);
    const more = sub.applyDefaults;
    return {
      table: kind.tables.get(`${formatGroupVersion(sub.kind)}/${sub.name}`) ?? DEFAULT_TABLE,
      ...sub,
      schema,
      codec,
      applyDefaults: (object: KubeObject) => {
        codec.applyDefaults(object);
        more?.(object);
      },
    };
  }
}

/** Clients get no verb that is not on record: namespaces go one at a time. */
function servedBy({ facts }: BuiltinKind, storage: RestStorage): RestStorage {
  if (facts[0]!.verbs.includes('deletecollection')) return storage;
  return Object.create(storage, { deleteCollection: { value: undefined } }) as RestStorage;
}

/** What Go's decoder would say of a stored object. Whatever goes wrong is the object's fault: the server must start. */
function faultOf(codec: ObjectCodec, object: KubeObject): string | undefined {
  try {
    codec.decode(object as unknown as JsonObject, []);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function attributesOf(strategy: Strategy, object: KubeObject): ObjectAttributes {
  const { name = '', namespace = '', labels = {} } = object.metadata;
  return {
    labels,
    fields: { 'metadata.name': name, 'metadata.namespace': namespace, ...strategy.selectableFields(object) },
  };
}
