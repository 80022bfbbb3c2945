import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { validateObjectMetaUpdate } from '../../apimachinery/validation/object-meta.js';
import { GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { RestContext } from '../rest/context.js';
import type { Strategy } from '../rest/strategy.js';
import {
  CLEANUP_FINALIZER,
  CRD_GROUP,
  type CrdStatus,
  type CustomResourceDefinition,
  isConditionTrue,
  storageVersion,
  withCondition,
} from './crd.js';
import type { CrdSchemaCheck } from './crd-schema-check.js';
import { crdWarnings } from './crd-warnings.js';
import { validateCrd, validateCrdStatusUpdate, validateCrdUpdate } from './validate-crd.js';

export const CRD_TRAITS: KindTraits = {
  kind: { group: CRD_GROUP, version: 'v1', kind: 'CustomResourceDefinition' },
  namespaced: false,
  hasStatus: true,
  generation: 'spec',
  allowUnconditionalUpdate: false,
};

/**
 * CustomResourceDefinitions: what the main endpoint may write, and the deletion that waits for the objects.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export class CrdStrategy extends GenericStrategy {
  override readonly preconditionWord = 'precondition';
  override readonly standardFinalizers: boolean = false;
  /** Its objects go with it, whatever is asked. */
  override readonly defaultPropagation = 'Unsupported' as const;

  constructor(
    private readonly checkSchema: CrdSchemaCheck,
    private readonly now: () => number,
  ) {
    super(CRD_TRAITS);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const crd = object as CustomResourceDefinition;
    const storage = storageVersion(crd.spec)?.name;
    crd.status = { conditions: null, acceptedNames: { plural: '', kind: '' } };
    if (storage !== undefined) crd.status.storedVersions = [storage];
    crd.metadata.generation = 1;
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return validateCrd(object as CustomResourceDefinition, this.checkSchema);
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return crdWarnings((object as CustomResourceDefinition).spec, undefined);
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return crdWarnings((object as CustomResourceDefinition).spec, (old as CustomResourceDefinition).spec);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    const crd = object as CustomResourceDefinition;
    const storage = storageVersion(crd.spec)?.name;
    const stored = crd.status?.storedVersions ?? [];
    if (storage === undefined || stored.includes(storage)) return;
    // The status is shared with the stored object: replaced, never written into.
    const names = crd.status?.acceptedNames ?? { plural: '', kind: '' };
    crd.status = { conditions: null, ...crd.status, acceptedNames: names, storedVersions: [...stored, storage] };
  }

  /** Metadata is judged here too, besides by the store: upstream tells its faults twice. */
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return [
      ...validateObjectMetaUpdate(object.metadata, old.metadata, { custom: true }),
      ...validateCrdUpdate(object as CustomResourceDefinition, old as CustomResourceDefinition, this.checkSchema),
    ];
  }

  /** A first deletion only marks: the cleanup finalizer holds the definition until its objects are gone. */
  override deletesWhenReleased(object: Readonly<KubeObject>): boolean {
    return object.metadata.deletionTimestamp !== undefined;
  }

  override markedForDeletion(object: KubeObject): void {
    const crd = object as CustomResourceDefinition;
    if (isConditionTrue(crd, 'Terminating')) return;
    const { metadata } = crd;
    const finalizers = metadata.finalizers ?? [];
    if (!finalizers.includes(CLEANUP_FINALIZER)) metadata.finalizers = [...finalizers, CLEANUP_FINALIZER];
    // Unlike other kinds, the mark neither counts as a change of the spec nor starts a grace period.
    delete metadata.deletionGracePeriodSeconds;
    if (metadata.generation !== undefined && metadata.generation > 1) metadata.generation -= 1;
    const terminating = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    };
    const status: CrdStatus = crd.status ?? { acceptedNames: { plural: '', kind: '' } };
    crd.status = {
      ...status,
      conditions: withCondition(status.conditions, terminating, formatTime(Math.floor(this.now() / 1000))),
    };
  }
}

/** The status endpoint: the server's own loops report through it, and migrations trim status.storedVersions. */
export class CrdStatusStrategy extends StatusStrategy {
  override readonly standardFinalizers: boolean = false;

  constructor(main: Strategy) {
    super(main, CRD_TRAITS);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata, { custom: true });
    if (jsonEqual(object['status'], old['status'])) return errors;
    return [...errors, ...validateCrdStatusUpdate(object as CustomResourceDefinition)];
  }

  override deletesWhenReleased(object: Readonly<KubeObject>): boolean {
    return this.main.deletesWhenReleased(object);
  }
}

const HTTPS_PORT = 443;

/** Defaults of apiextensions.k8s.io/v1 that depend on other fields, in place. */
export function defaultCrd(object: KubeObject): void {
  const { spec } = object as CustomResourceDefinition;
  if (spec === undefined || spec === null) return;
  const { names } = spec;
  if (names !== undefined && names !== null) {
    if (!names.singular) names.singular = (names.kind ?? '').toLowerCase();
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service !== undefined && service !== null) service.port ??= HTTPS_PORT;
}
