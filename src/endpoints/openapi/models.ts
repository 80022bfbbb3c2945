import { formatGroupVersion, type GroupVersion, type GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';
import { customModelName } from '../../apimachinery/openapi/model-names.js';
import type { SchemaWriter } from '../../apimachinery/openapi/schema-writer.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import type { ResourceVersion } from '../../registry/resource-definition.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';

/** Built-in types by name and kind; the catalogue is one. */
export interface TypeSource {
  /** @throws RangeError where there is no such type */
  schemaOf(typeName: string): Schema;
  typeNameOf(gvk: GroupVersionKind): string | undefined;
}

/** What every group/version may answer with or take. */
export type SharedType = 'DeleteOptions' | 'Status' | 'WatchEvent';

interface CustomKind {
  readonly gvk: GroupVersionKind;
  readonly listKind: string;
  readonly version: ResourceVersion;
}

/** What is said of their common fields holds for custom kinds, too. */
const EXAMPLE_KIND = 'core.v1.Pod';
const EXAMPLE_LIST = 'core.v1.PodList';

/** Types whose models name every group/version of a document. */
export const SHARED_BY_ALL_GROUPS: ReadonlySet<string> = new Set(['meta.v1.DeleteOptions', 'meta.v1.WatchEvent']);

/** The kinds of the registry as OpenAPI models, for one state of the registry. */
export class ModelCatalogue {
  private readonly custom = new Map<string, CustomKind>();
  private readonly customByGroupVersion = new Map<string, CustomKind[]>();

  constructor(
    registry: ResourceRegistry,
    private readonly types: TypeSource,
  ) {
    for (const { definition } of registry.all()) {
      if (!definition.custom) continue;
      for (const version of definition.versions) {
        const gvk = { group: definition.group, version: version.version, kind: definition.kind };
        const kind = { gvk, listKind: definition.listKind, version };
        this.custom.set(keyOf(gvk), kind);
        const groupVersion = formatGroupVersion(gvk);
        const known = this.customByGroupVersion.get(groupVersion);
        if (known === undefined) this.customByGroupVersion.set(groupVersion, [kind]);
        else known.push(kind);
      }
    }
  }

  /** A pointer to the kind's model; undefined where the kind has none (options of connect requests). */
  pointer(writer: SchemaWriter, gvk: GroupVersionKind, list: boolean): JsonObject | undefined {
    const custom = this.custom.get(keyOf(gvk));
    if (custom !== undefined)
      return writer.pointer(customModelName({ ...gvk, kind: list ? custom.listKind : gvk.kind }));
    const type = this.types.typeNameOf(list ? { ...gvk, kind: `${gvk.kind}List` } : gvk);
    return type === undefined ? undefined : writer.pointerTo(this.types.schemaOf(type));
  }

  /** The model of a custom kind or of its list by the name of the model; undefined where there is none. */
  customModelNamed(writer: SchemaWriter, name: string): JsonValue | undefined {
    for (const { gvk, listKind } of this.custom.values()) {
      if (customModelName(gvk) !== name && customModelName({ ...gvk, kind: listKind }) !== name) continue;
      for (const models of this.customModels(writer, formatGroupVersion(gvk))) if (name in models) return models[name];
    }
    return undefined;
  }

  sharedPointer(
    writer: SchemaWriter,
    type: SharedType | 'APIGroup' | 'APIGroupList' | 'APIResourceList' | 'APIVersions',
  ): JsonObject {
    return writer.pointerTo(this.types.schemaOf(`meta.v1.${type}`));
  }

  versionPointer(writer: SchemaWriter): JsonObject {
    return writer.pointerTo(this.types.schemaOf('version.Info'));
  }

  /** Models of the custom kinds of a group/version and of their lists, one kind after the other. Schemas are made for it, and let go. */
  *customModels(writer: SchemaWriter, groupVersion: string): Generator<JsonObject> {
    for (const { gvk, listKind, version } of this.customByGroupVersion.get(groupVersion) ?? []) {
      const schema = version.peekSchema?.() ?? version.schema;
      // A place to rest: to make a big schema takes as long as to write it.
      yield {};
      yield {
        [customModelName(gvk)]: this.customModel(writer, gvk, schema),
        [customModelName({ ...gvk, kind: listKind })]: this.customList(writer, gvk, listKind),
      };
    }
  }

  private customList(writer: SchemaWriter, gvk: GroupVersionKind, listKind: string): JsonObject {
    return {
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: { ...writer.described(EXAMPLE_LIST, 'apiVersion'), type: 'string' },
        items: { type: 'array', items: writer.pointer(customModelName(gvk)) },
        kind: { ...writer.described(EXAMPLE_LIST, 'kind'), type: 'string' },
        metadata: {
          ...writer.described(EXAMPLE_LIST, 'metadata'),
          ...this.wrapped(writer, 'meta.v1.ListMeta'),
        },
      },
      'x-kubernetes-group-version-kind': [gvkOf({ ...gvk, kind: listKind })],
    };
  }

  private customModel(writer: SchemaWriter, gvk: GroupVersionKind, schema: Schema): JsonObject {
    const model = writer.custom(schema);
    const own = (model['properties'] ?? {}) as JsonObject;
    const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...properties } = own;
    return {
      ...model,
      type: 'object',
      properties: {
        apiVersion: { ...writer.described(EXAMPLE_KIND, 'apiVersion'), type: 'string' },
        kind: { ...writer.described(EXAMPLE_KIND, 'kind'), type: 'string' },
        metadata: { ...writer.described(EXAMPLE_KIND, 'metadata'), ...this.wrapped(writer, 'meta.v1.ObjectMeta') },
        ...properties,
      },
      'x-kubernetes-group-version-kind': [gvkOf(gvk)],
    };
  }

  private wrapped(writer: SchemaWriter, type: string): JsonObject {
    const pointer = writer.pointerTo(this.types.schemaOf(type));
    return writer.flavor === 'v2' ? pointer : { allOf: [pointer] };
  }

  /**
   * The kinds that a built-in type is, among those of the document, by name. Types that all groups share are a kind of the core group
   * and of each group/version of the document.
   */
  kindsOf(
    ref: string,
    kinds: ReadonlyMap<string, readonly GroupVersionKind[]>,
    groupVersions: Iterable<GroupVersion>,
  ): JsonObject[] {
    const kind = ref.slice(ref.lastIndexOf('.') + 1);
    const core = { group: '', version: 'v1', kind };
    const candidates = (kinds.get(kind) ?? []).filter((gvk) => this.types.typeNameOf(gvk) === ref);
    if (ref.startsWith('meta.v1.') && this.types.typeNameOf(core) === ref) candidates.unshift(core);
    if (SHARED_BY_ALL_GROUPS.has(ref)) for (const gv of groupVersions) candidates.push({ ...gv, kind });
    return [...new Map(candidates.map((gvk) => [keyOf(gvk), gvkOf(gvk)])).values()];
  }
}

/** Group, version and kind in the order documents have them. */
export function gvkOf({ group, version, kind }: GroupVersionKind): JsonObject {
  return { group, kind, version };
}

function keyOf(gvk: GroupVersionKind): string {
  return `${gvk.group}/${gvk.version}/${gvk.kind}`;
}
