import { readFileSync } from 'node:fs';
import { formatGroupVersion, type GroupVersionKind } from '../apimachinery/meta/group-version.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import { StructNode, type TypeFacts } from './struct-node.js';

/** A resource that the server offers out of the box, as discovery lists it. */
export interface BuiltinResource {
  /** `v1`, `apps/v1`. */
  readonly groupVersion: string;
  /** Plural. */
  readonly resource: string;
  readonly kind: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly singular: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly BuiltinSubresource[];
}

export interface BuiltinSubresource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** Where the kind is not of the resource's own group/version: `autoscaling/v1` of a Scale. */
  readonly groupVersion?: string;
}

/** A column of the Table of a built-in resource. */
export interface BuiltinColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  /** 0 when absent: shown without `-o wide`. */
  readonly priority?: number;
}

/** Objects of a fresh server by plural resource name, without apiVersion and kind. */
export type BootstrapObjects = Readonly<Record<string, readonly JsonObject[]>>;

type DataFile = 'catalogue' | 'resources' | 'columns' | 'bootstrap';

/**
 * Every built-in type, resource, column and bootstrap object of Kubernetes 1.37. The data files are read when first asked
 * for and schemas are compiled type by type, so a start pays only for what it uses. Immutable towards its callers: what it
 * returns is shared and must not be changed.
 */
export class Catalogue {
  private readonly files = new Map<DataFile, unknown>();
  private readonly schemas = new Map<string, Schema>();
  private kinds: Map<string, string> | undefined;

  /**
   * The schema of a built-in type such as `core.v1.PodSpec`; recursive types are cyclic graphs.
   * @throws RangeError where there is no such type
   */
  schemaOf(typeName: string): Schema {
    let schema = this.schemas.get(typeName);
    if (schema === undefined) {
      schema = new StructNode(typeName, this.types(), (name) => this.schemaOf(name));
      this.schemas.set(typeName, schema);
    }
    return schema;
  }

  /** `core.v1.Pod` for v1 Pod. What belongs to every group (DeleteOptions, WatchEvent, Status) is found under the core one. */
  typeNameOf(gvk: GroupVersionKind): string | undefined {
    this.kinds ??= this.indexKinds();
    return this.kinds.get(`${formatGroupVersion(gvk)}/${gvk.kind}`);
  }

  /** @throws RangeError where the kind is not built in */
  schemaOfKind(gvk: GroupVersionKind): Schema {
    const name = this.typeNameOf(gvk);
    if (name === undefined) throw new RangeError(`no built-in kind ${formatGroupVersion(gvk)} ${gvk.kind}`);
    return this.schemaOf(name);
  }

  typeNames(): readonly string[] {
    return Object.keys(this.types());
  }

  builtinResources(): readonly BuiltinResource[] {
    return this.file<readonly BuiltinResource[]>('resources');
  }

  /** Table columns of a resource; undefined where only the default ones (Name, Age) apply. */
  columnsOf(groupVersion: string, resource: string): readonly BuiltinColumn[] | undefined {
    return this.file<Record<string, readonly BuiltinColumn[]>>('columns')[`${groupVersion}/${resource}`];
  }

  bootstrap(): BootstrapObjects {
    return this.file<BootstrapObjects>('bootstrap');
  }

  private types(): Readonly<Record<string, TypeFacts>> {
    return this.file('catalogue');
  }

  private indexKinds(): Map<string, string> {
    const kinds = new Map<string, string>();
    for (const [name, { gvk }] of Object.entries(this.types())) {
      for (const [group, version, kind] of gvk ?? [])
        kinds.set(`${formatGroupVersion({ group, version })}/${kind}`, name);
    }
    return kinds;
  }

  private file<T>(name: DataFile): T {
    let content = this.files.get(name);
    if (content === undefined) {
      content = JSON.parse(readFileSync(new URL(`./data/${name}.json`, import.meta.url), 'utf8'));
      this.files.set(name, content);
    }
    return content as T;
  }
}
