import { formatGroupVersion, type GroupVersion, type GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { customModelName } from '../../apimachinery/openapi/model-names.js';
import type { SchemaWriter } from '../../apimachinery/openapi/schema-writer.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
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
  readonly schema: Schema;
}

/** What is said of their common fields holds for custom kinds, too. */
const EXAMPLE_KIND = 'core.v1.Pod';
const EXAMPLE_LIST = 'core.v1.PodList';

const SHARED_BY_ALL_GROUPS: ReadonlySet<string> = new Set(['meta.v1.DeleteOptions', 'meta.v1.WatchEvent']);

/** The kinds of the registry as OpenAPI models, for one state of the registry. */
export class ModelCatalogue {
  private readonly custom = new Map<string, CustomKind>();

  constructor(
    registry: ResourceRegistry,
    private readonly types: TypeSource,
  ) {
    for (const { definition } of registry.all()) {
      if (!definition.custom) continue;
      for (const { version, schema } of definition.versions) {
        const gvk = { group: definition.group, version, kind: definition.kind };
        this.custom.set(keyOf(gvk), { gvk, listKind: definition.listKind, schema });
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

  sharedPointer(
    writer: SchemaWriter,
    type: SharedType | 'APIGroup' | 'APIGroupList' | 'APIResourceList' | 'APIVersions',
  ): JsonObject {
    return writer.pointerTo(this.types.schemaOf(`meta.v1.${type}`));
  }

  versionPointer(writer: SchemaWriter): JsonObject {
    return writer.pointerTo(this.types.schemaOf('version.Info'));
  }

  /** Models of the custom kinds of a group/version and of their lists. */
  customModels(writer: SchemaWriter, groupVersions: ReadonlySet<string>): JsonObject {
    const models: JsonObject = {};
    for (const { gvk, listKind, schema } of this.custom.values()) {
      if (!groupVersions.has(formatGroupVersion(gvk))) continue;
      models[customModelName(gvk)] = this.customModel(writer, gvk, schema);
      models[customModelName({ ...gvk, kind: listKind })] = {
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
    return models;
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
   * The kinds that a built-in type is, among those of the document. Types that all groups share are a kind of the core group
   * and of each group/version of the document.
   */
  kindsOf(ref: string, kinds: readonly GroupVersionKind[], groupVersions: readonly GroupVersion[]): JsonObject[] {
    const kind = ref.slice(ref.lastIndexOf('.') + 1);
    const core = { group: '', version: 'v1', kind };
    const candidates: GroupVersionKind[] = kinds.filter(
      (gvk) => gvk.kind === kind && this.types.typeNameOf(gvk) === ref,
    );
    if (ref.startsWith('meta.v1.') && this.types.typeNameOf(core) === ref) candidates.unshift(core);
    if (SHARED_BY_ALL_GROUPS.has(ref)) candidates.push(...groupVersions.map((gv) => ({ ...gv, kind })));
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
