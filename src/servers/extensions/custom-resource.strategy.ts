import { forbidden } from '../../apimachinery/errors/status-error.js';
import { formatGroupVersion, type GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { dns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateObjectMetaUpdate } from '../../apimachinery/validation/object-meta.js';
import { copyField, keepAllBut } from '../../registry/generic/generic-strategy.js';
import type { RestContext } from '../../registry/rest/context.js';
import { Strategy } from '../../registry/rest/strategy.js';
import type { ScalePaths } from './scale-paths.js';
import type { SelectableFields } from './selectable-fields.js';

/**
 * Judges an object of one version against its schema; `old` for updates (rules about change, ratcheting). `others` are faults that
 * were found elsewhere and have their place among the rest; `warn` is told of faults that are forgiven.
 */
export type ValidateCustomResource = (
  object: KubeObject,
  old: KubeObject | undefined,
  others: readonly FieldError[],
  warn: (text: string) => void,
) => FieldError[];

export interface CustomResourceTraits {
  /** Kind in the version of the request. */
  readonly kind: GroupVersionKind;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly selectable: SelectableFields;
  /** The definition is being deleted: nothing new may come. */
  readonly terminating: boolean;
  readonly validate: ValidateCustomResource;
}

/**
 * Custom resources: everything is in the schema but names, generation and the isolation of status.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#subresources
 */
export class CustomResourceStrategy extends Strategy {
  readonly kind: GroupVersionKind;
  readonly namespaced: boolean;
  override readonly allowUnconditionalUpdate: boolean = false;
  override readonly standardFinalizers: boolean = false;
  /** Inside the server objects travel without their type; schemas may ask for it. */
  private readonly type: { readonly apiVersion: string; readonly kind: string };

  constructor(protected readonly traits: CustomResourceTraits) {
    super();
    this.kind = traits.kind;
    this.namespaced = traits.namespaced;
    this.type = { apiVersion: formatGroupVersion(traits.kind), kind: traits.kind.kind };
  }

  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return this.traits.hasStatus ? this.inOwnVersion(['status']) : {};
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    if (this.traits.hasStatus) delete object['status'];
    object.metadata.generation = 1;
  }

  override validateCreate(ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return this.judge(ctx, object, undefined);
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return finalizerWarnings(object.metadata.finalizers, []);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    if (this.traits.hasStatus) copyField(object, old, 'status');
    const generation = Number(old.metadata.generation ?? 0);
    const next = jsonEqual(content(object), content(old)) ? generation : generation + 1;
    if (next > 0) object.metadata.generation = next;
    else delete object.metadata.generation;
  }

  /** Metadata is judged here too, besides by the store: upstream tells its faults twice. */
  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata, { custom: true });
    errors.push(...this.judge(ctx, object, old));
    return errors;
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return finalizerWarnings(object.metadata.finalizers, old.metadata.finalizers ?? []);
  }

  /** @throws StatusError Forbidden while the definition is being deleted */
  override beginCreate(_ctx: RestContext, object: KubeObject): undefined {
    if (!this.traits.terminating) return undefined;
    const resource = { group: this.kind.group, resource: this.traits.plural };
    const why = 'create not allowed while custom resource definition is terminating';
    throw forbidden(resource, object.metadata.name ?? '', why);
  }

  override validateName(name: string, prefix: boolean): string[] {
    return dns1123Subdomain(name, prefix);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return this.traits.selectable.of(object);
  }

  protected inOwnVersion(fields: readonly string[]): Record<string, readonly string[]> {
    return { [this.type.apiVersion]: fields };
  }

  protected scaleErrors(object: Readonly<KubeObject>): FieldError[] {
    const { scale } = this.traits;
    return scale === undefined ? [] : [...scale.validateSpec(object), ...scale.validateStatus(object)];
  }

  private judge(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject> | undefined): FieldError[] {
    const { type } = this;
    const before = old && { ...type, ...old };
    return this.traits.validate({ ...type, ...object }, before, this.scaleErrors(object), (text) => ctx.warn(text));
  }
}

const STATUS = 'status.';

/** The status endpoint: nothing but status is the client's to write, not even labels. */
export class CustomResourceStatusStrategy extends CustomResourceStrategy {
  override resetFields(): Readonly<Record<string, readonly string[]>> {
    const fields = ['spec', 'metadata'];
    return this.inOwnVersion(fields);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    const { managedFields, resourceVersion } = object.metadata;
    keepAllBut(object, old, 'status');
    object.metadata = { ...old.metadata };
    if (resourceVersion !== undefined) object.metadata.resourceVersion = resourceVersion;
    if (managedFields === undefined) delete object.metadata.managedFields;
    else object.metadata.managedFields = managedFields;
  }

  /** The status is judged as a document of its own: its faults are told of as of the body's, though found below \`status\`. */
  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return super.validateUpdate(ctx, object, old).map((error) => {
      const { field, message } = error;
      return field.startsWith(STATUS) && message.includes(`: ${field} in body`)
        ? { ...error, message: message.replace(`: ${field} in body`, `: ${field.slice(STATUS.length)} in body`) }
        : error;
    });
  }

  override warningsOnUpdate(): string[] {
    return [];
  }

  protected override scaleErrors(object: Readonly<KubeObject>): FieldError[] {
    return this.traits.scale?.validateStatus(object) ?? [];
  }
}

function content(object: Readonly<KubeObject>): JsonObject {
  const { metadata: _m, apiVersion: _a, kind: _k, ...rest } = object;
  return rest as JsonObject;
}

const STANDARD_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function finalizerWarnings(finalizers: readonly string[] | undefined, known: readonly string[]): string[] {
  return (finalizers ?? [])
    .filter((name) => !name.includes('/') && !known.includes(name) && !STANDARD_FINALIZERS.has(name))
    .map((name) => {
      const path = name.includes('.') ? ' including a path (/)' : '';
      const advice = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`;
      return `metadata.finalizers: ${JSON.stringify(name)}: ${advice}`;
    });
}
