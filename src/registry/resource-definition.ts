import type { GroupVersionKind } from '../apimachinery/meta/group-version.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import type { TableConvertor } from '../apimachinery/table/table.js';
import type { RestStorage } from './rest/storage.js';
import type { Strategy } from './rest/strategy.js';

/** How objects of one type come in from clients and what they look like when they go out. */
export interface ObjectCodec {
  /**
   * Makes an object of the type from parsed JSON or YAML, which it may keep parts of. What fieldValidation speaks of
   * (`unknown field "spec.foo"`) is added to `strict`. @throws Error whose message is the decoder's text
   */
  decode(value: JsonObject, strict: string[]): KubeObject;
  /** The stored and answered form: zero values spelled out or left out as Go's types say. Returns the object or a new one. */
  normalize(object: KubeObject): KubeObject;
}

/**
 * Between stored objects and those of one version, where what is stored may be of other versions or of an older schema (custom
 * resources). A stored object without apiVersion is of the version that the form takes for granted.
 */
export interface StoredForm {
  /** Names everything that `load` depends on, so that what it made can be remembered. */
  readonly key: string;
  /** Whether `load` leaves metadata as it is; conversion by somebody else may change labels and annotations. */
  readonly keepsMetadata: boolean;
  /** @param object parsed anew; may be changed and returned. @throws StatusError where conversion fails */
  load(object: KubeObject): KubeObject | Promise<KubeObject>;
  /** Many at once, in order. */
  loadAll(objects: KubeObject[]): KubeObject[] | Promise<KubeObject[]>;
  /** The object as it is to be stored; with apiVersion where that is not the version taken for granted. May change its argument. */
  save(object: KubeObject): KubeObject | Promise<KubeObject>;
}

/** How a resource looks in one of its API versions. */
export interface ResourceVersion {
  readonly version: string;
  readonly schema: Schema;
  /** Names the state of the schema where it may change (custom resources): what was made of the schema is good while this stays. */
  readonly edition?: string;
  /** The schema for who reads it once and lets it go: where it had to be made, it is not kept. */
  readonly peekSchema?: () => Schema;
  readonly codec: ObjectCodec;
  /** How this version's objects are stored; undefined: in the hub version, as they are. */
  readonly form?: StoredForm;
  /** Fills in defaults, in place, on an object of this version (requests, and what is read from storage). */
  readonly applyDefaults: (object: KubeObject) => void;
  readonly table: TableConvertor;
  /** Sent as a Warning with every answer in this version. */
  readonly deprecationWarning?: string;
}

/** Turns objects of one version into another. Both ways and every pair; the hub is the definition's `hubVersion`. */
export interface ObjectConverter {
  /** May change and return `object`, or return a new one. Throws a StatusError where conversion fails. */
  convert(object: KubeObject, from: string, to: string): KubeObject | Promise<KubeObject>;
  /** Many at once, in order, where one call can take a batch (webhooks). */
  convertAll?(objects: KubeObject[], from: string, to: string): Promise<KubeObject[]>;
  /** True where the text of an object differs between versions only in apiVersion: stored bytes then serve every version. */
  readonly identity?: boolean;
}

/**
 * One resource as the server knows it, whatever it came from: built-in kinds, CRDs and plugins all become this, and nothing
 * downstream can tell them apart.
 */
export interface ResourceDefinition {
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Version that storage and strategies work in. */
  readonly hubVersion: string;
  /** Served versions, preferred first. */
  readonly versions: readonly ResourceVersion[];
  readonly converter?: ObjectConverter;
  /** Absent for resources that are not stored (reviews). */
  readonly strategy?: Strategy;
  /** Custom resources: items in lists carry apiVersion and kind, bodies are kept as maps, patches of type strategic are refused. */
  readonly custom: boolean;
  /** Names that field selectors may use beyond metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
}

/** A subresource (`status`, `scale`, `binding`...), which may speak another kind than its parent. */
export interface SubresourceDefinition {
  readonly name: string;
  /** Kind of the body and answer where it is not the parent's: autoscaling/v1 Scale, policy/v1 Eviction. */
  readonly kind?: GroupVersionKind;
  /** Schema and codec of that kind. */
  readonly schema?: Schema;
  readonly codec?: ObjectCodec;
  /** In place, on bodies of that kind. */
  readonly applyDefaults?: (object: KubeObject) => void;
  /** Fields that this endpoint never touches: Strategy.resetFields() of its strategy. */
  readonly resetFields?: Readonly<Record<string, readonly string[]>>;
  /** Cells of that kind (Scale). */
  readonly table?: TableConvertor;
  readonly storage: RestStorage;
  /** Versions of the resource that have it; undefined: all. */
  readonly versions?: readonly string[];
}

export function hubKind(definition: ResourceDefinition): GroupVersionKind {
  return { group: definition.group, version: definition.hubVersion, kind: definition.kind };
}

/** Name of the resource's collection in storage. */
export function collectionName(definition: { group: string; resource: string }): string {
  return `${definition.group}/${definition.resource}`;
}
