import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import { type JsonObject, type JsonValue, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { dns1123Subdomain, type NameRule } from '../../apimachinery/validation/names.js';
import type { RestContext } from '../rest/context.js';
import { Strategy } from '../rest/strategy.js';

/**
 * What moves metadata.generation: a change of spec, of anything but metadata, nothing (`fixed`: it stays at 1), or there is
 * no such rule (`none`: what a client creates is kept).
 */
export type GenerationRule = 'spec' | 'content' | 'fixed' | 'none';

/** The facts about a kind that the generic strategy works from. */
export interface KindTraits {
  readonly kind: GroupVersionKind;
  readonly namespaced: boolean;
  /** The kind has a status subresource: status is not the main endpoint's to write. */
  readonly hasStatus?: boolean;
  /** A write of the status leaves labels, annotations, finalizers and owners as they are. */
  readonly statusKeepsMetadata?: boolean;
  readonly nameRule?: NameRule;
  /** Default: 'none'. */
  readonly generation?: GenerationRule;
  readonly allowCreateOnUpdate?: boolean;
  readonly allowUnconditionalUpdate?: boolean;
  readonly returnsDeletedObject?: boolean;
  /** Every served `group/version`, where there are several; default: that of `kind`. */
  readonly apiVersions?: readonly string[];
}

/** Serves any kind from its traits; kinds with rules of their own extend it and call up. */
export class GenericStrategy extends Strategy {
  readonly kind: GroupVersionKind;
  readonly namespaced: boolean;
  override readonly allowCreateOnUpdate: boolean;
  override readonly allowUnconditionalUpdate: boolean;
  override readonly returnsDeletedObject: boolean;
  override readonly tracksGeneration: boolean;

  constructor(protected readonly traits: KindTraits) {
    super();
    this.kind = traits.kind;
    this.namespaced = traits.namespaced;
    this.allowCreateOnUpdate = traits.allowCreateOnUpdate ?? false;
    this.allowUnconditionalUpdate = traits.allowUnconditionalUpdate ?? true;
    this.returnsDeletedObject = traits.returnsDeletedObject ?? false;
    this.tracksGeneration = (traits.generation ?? 'none') !== 'none';
  }

  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return this.traits.hasStatus ? resetIn(this.traits, ['status']) : {};
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    if (this.traits.hasStatus) delete object['status'];
    if (this.tracksGeneration) object.metadata.generation = 1;
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    if (this.traits.hasStatus) copyField(object, old, 'status');
    this.moveGeneration(object, old);
  }

  /** Sets generation to the old one, or the next where the kind's rule says so. */
  protected moveGeneration(object: KubeObject, old: Readonly<KubeObject>): void {
    const rule = this.traits.generation ?? 'none';
    if (rule === 'fixed' || rule === 'none') return;
    const changed =
      rule === 'spec' ? !jsonEqual(object['spec'], old['spec']) : !jsonEqual(content(object), content(old));
    setGeneration(object, old, changed);
  }

  override validateName(name: string, prefix: boolean): string[] {
    return (this.traits.nameRule ?? dns1123Subdomain)(name, prefix);
  }
}

/**
 * The status endpoint of any kind: spec, labels and the rest stay as stored, managedFields follow the request. Kinds with
 * rules for their status extend it.
 */
export class StatusStrategy extends GenericStrategy {
  constructor(
    protected readonly main: Strategy,
    traits: KindTraits,
  ) {
    super(traits);
  }

  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return resetIn(this.traits, this.traits.statusKeepsMetadata ? ['metadata', 'spec'] : ['spec']);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    keepAllBut(object, old, 'status');
    if (this.traits.statusKeepsMetadata) keepMetadata(object, old);
  }

  override validateName(name: string, prefix: boolean): string[] {
    return this.main.validateName(name, prefix);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return this.main.selectableFields(object);
  }
}

/** `resetFields` that are the same in every version of a kind. */
export function resetIn(traits: KindTraits, fields: readonly string[]): Record<string, readonly string[]> {
  const versions = traits.apiVersions ?? [formatGroupVersion(traits.kind)];
  return Object.fromEntries(versions.map((version) => [version, fields]));
}

/** Takes a top-level field over from the stored object. Stored objects are shared and never changed, so no copy is made. */
export function copyField(object: KubeObject, old: Readonly<KubeObject>, name: string): void {
  if (old[name] === undefined) delete object[name];
  else object[name] = old[name];
}

/** Takes over every top-level field but `kept` and metadata. */
export function keepAllBut(object: KubeObject, old: Readonly<KubeObject>, kept: string): void {
  for (const name of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (name !== kept && name !== 'metadata' && name !== 'apiVersion' && name !== 'kind') copyField(object, old, name);
  }
}

/** Takes over what clients write in metadata; managed fields follow the request. */
export function keepMetadata(object: KubeObject, old: Readonly<KubeObject>): void {
  for (const name of ['labels', 'annotations', 'finalizers', 'ownerReferences', 'deletionTimestamp'] as const) {
    copyField(object.metadata as unknown as KubeObject, old.metadata as unknown as KubeObject, name);
  }
}

export function setGeneration(object: KubeObject, old: Readonly<KubeObject>, changed: boolean): void {
  const generation = Number(old.metadata.generation ?? 0) + (changed ? 1 : 0);
  if (generation > 0) object.metadata.generation = generation;
  else delete object.metadata.generation;
}

function content(object: Readonly<KubeObject>): JsonObject {
  const { metadata: _m, status: _s, apiVersion: _a, kind: _k, ...rest } = object;
  return rest as Record<string, JsonValue | undefined>;
}
