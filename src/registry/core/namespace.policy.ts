import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type FieldError, FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { dns1123Label } from '../../apimachinery/validation/names.js';
import { validateFinalizerDomain } from '../../apimachinery/validation/object-meta.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1Namespace } from '../../apis/types.gen.js';
import { copyField, GenericStrategy, type KindTraits, resetIn, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';

const TRAITS: KindTraits = {
  kind: { group: '', version: 'v1', kind: 'Namespace' },
  namespaced: false,
  hasStatus: true,
  nameRule: dns1123Label,
};
/** The finalizer that keeps a namespace until its content is gone. */
const FINALIZER = 'kubernetes';
const NAME_LABEL = 'kubernetes.io/metadata.name';
const STATUS = FieldPath.root('status');

/** Every namespace is labelled with its own name. */
function setDefaults(object: KubeObject): void {
  const { status } = object as CoreV1Namespace;
  if (!status?.phase) (object as CoreV1Namespace).status = { ...status, phase: 'Active' };
  const { name } = object.metadata;
  if (name) object.metadata.labels = { ...object.metadata.labels, [NAME_LABEL]: name };
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ */
class NamespaceStrategy extends GenericStrategy {
  override readonly preconditionWord = 'Precondition';

  constructor() {
    super(TRAITS);
  }

  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const namespace = object as CoreV1Namespace;
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = { finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER] };
    setDefaults(object);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    copyField(object, old, 'spec');
    copyField(object, old, 'status');
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return validateFinalizers(object);
  }

  override deletesWhenReleased(object: Readonly<KubeObject>): boolean {
    return ((object as CoreV1Namespace).spec?.finalizers ?? []).length === 0;
  }

  override markedForDeletion(object: KubeObject): void {
    const namespace = object as CoreV1Namespace;
    namespace.status = { ...namespace.status, phase: 'Terminating' };
    delete namespace.metadata.deletionGracePeriodSeconds;
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return { 'status.phase': (object as CoreV1Namespace).status?.phase ?? '' };
  }
}

/** @param numbered whether errors say which finalizer is meant: only those of the finalize endpoint do */
function validateFinalizers(object: Readonly<KubeObject>, numbered = false): FieldError[] {
  const errors: FieldError[] = [];
  const list = FieldPath.root('spec', 'finalizers');
  for (const [i, finalizer] of ((object as CoreV1Namespace).spec?.finalizers ?? []).entries()) {
    const at = numbered ? list.index(i) : list;
    validateQualifiedName(finalizer, at, errors);
    validateFinalizerDomain(finalizer, at, errors);
  }
  return errors;
}

class NamespaceStatusStrategy extends StatusStrategy {
  override deletesWhenReleased(object: Readonly<KubeObject>): boolean {
    return this.main.deletesWhenReleased(object);
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const phase = (object as CoreV1Namespace).status?.phase ?? '';
    const wanted = object.metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating';
    if (phase === wanted) return [];
    const state = wanted === 'Active' ? 'is empty' : 'is not empty';
    return [fieldInvalid(STATUS.child('Phase'), phase, `may only be '${wanted}' if \`deletionTimestamp\` ${state}`)];
  }
}

/** The door through which the finalizers of the spec go, and nothing else. */
class FinalizeStrategy extends NamespaceStrategy {
  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return resetIn(TRAITS, ['status']);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    copyField(object, old, 'status');
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return validateFinalizers(object, true);
  }
}

export const namespacePolicy: KindPolicy = {
  group: '',
  resource: 'namespaces',
  strategy: () => new NamespaceStrategy(),
  statusStrategy: (main) => new NamespaceStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
  subresources: (store) => {
    const strategy = new FinalizeStrategy();
    const door = store.withStrategy(strategy);
    return [
      {
        name: 'finalize',
        resetFields: strategy.resetFields(),
        storage: { update: (ctx, name, request, options) => door.update(ctx, name, request, options) },
      },
    ];
  },
};
