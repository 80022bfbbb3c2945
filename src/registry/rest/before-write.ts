import { internalError, invalid, type StatusError } from '../../apimachinery/errors/status-error.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { validateObjectMeta, validateObjectMetaUpdate } from '../../apimachinery/validation/object-meta.js';
import type { RestContext } from './context.js';
import type { Strategy } from './strategy.js';

/** Metadata that only the server sets on a new object. */
export function fillSystemFields(object: KubeObject, now: number, uid: string): void {
  const meta = object.metadata;
  meta.creationTimestamp = formatTime(Math.floor(now / 1000));
  meta.uid = uid;
}

/**
 * Everything between a decoded object and a new one that may be stored, in kube-apiserver's order.
 * @throws StatusError Invalid with every fault
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/rest/create.go (behaviour)
 */
export function beforeCreate(strategy: Strategy, ctx: RestContext, object: KubeObject, custom: boolean): void {
  const meta = object.metadata;
  if (strategy.namespaced && meta.namespace === undefined) throw internalError('namespace was not set by the endpoint');
  if (meta.deletionTimestamp !== undefined) delete meta.deletionTimestamp;
  if (meta.deletionGracePeriodSeconds !== undefined) delete meta.deletionGracePeriodSeconds;
  if (meta.selfLink !== undefined) delete meta.selfLink;
  strategy.prepareForCreate(ctx, object);
  const errors = [
    ...validateObjectMeta(meta, {
      namespaced: strategy.namespaced,
      validateName: (name, prefix) => strategy.validateName(name, prefix),
      custom: custom || !strategy.standardFinalizers,
    }),
    ...strategy.validateCreate(ctx, object),
  ];
  if (errors.length > 0) throw refusal(strategy, meta.name ?? '', errors, custom);
  for (const warning of strategy.warningsOnCreate(ctx, object)) ctx.warn(warning);
  strategy.canonicalize(object);
}

/**
 * The same for a changed object. What clients may not change is taken from `old` before anything is validated.
 * @throws StatusError Invalid with every fault
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/rest/update.go (behaviour)
 */
export function beforeUpdate(
  strategy: Strategy,
  ctx: RestContext,
  object: KubeObject,
  old: Readonly<KubeObject>,
): void {
  const oldMeta = old.metadata;
  if (oldMeta.generation === undefined) delete object.metadata.generation;
  else object.metadata.generation = oldMeta.generation;
  delete object.metadata.selfLink;
  strategy.prepareForUpdate(ctx, object, old);
  // Only now: status endpoints may put the stored metadata in place of the given.
  const meta = object.metadata;
  if (meta.uid === undefined || meta.uid === '') meta.uid = oldMeta.uid!;
  if (oldMeta.creationTimestamp !== undefined) meta.creationTimestamp = oldMeta.creationTimestamp;
  if (oldMeta.deletionTimestamp !== undefined) meta.deletionTimestamp = oldMeta.deletionTimestamp;
  if (oldMeta.deletionGracePeriodSeconds !== undefined && meta.deletionGracePeriodSeconds === undefined) {
    meta.deletionGracePeriodSeconds = oldMeta.deletionGracePeriodSeconds;
  }
  const errors = [...commonFaults(strategy, meta, oldMeta), ...strategy.validateUpdate(ctx, object, old)];
  if (errors.length > 0) throw refusal(strategy, meta.name ?? '', errors, false);
  for (const warning of strategy.warningsOnUpdate(ctx, object, old)) ctx.warn(warning);
  strategy.canonicalize(object);
}

/**
 * What every kind's metadata is judged by on update. Upstream also judges it as on create; where faults are told once that finds nothing
 * that the other rules do not, and elsewhere it matters only if there is a fault.
 */
function commonFaults(strategy: Strategy, meta: ObjectMeta, old: Readonly<ObjectMeta>): FieldError[] {
  const custom = !strategy.standardFinalizers;
  const errors = validateObjectMetaUpdate(meta, old, { custom });
  if (!custom || (errors.length === 0 && jsonEqual(meta.finalizers, old.finalizers))) return errors;
  const { namespaced } = strategy;
  return [...validateObjectMeta(meta, { namespaced, validateName: () => [], custom }), ...errors];
}

/** Kinds of Kubernetes' own groups tell a fault once; those of the extension groups repeat what several rules found. */
function refusal(strategy: Strategy, name: string, errors: readonly FieldError[], custom: boolean): StatusError {
  if (custom || !strategy.standardFinalizers) return invalid(strategy.kind, name, errors);
  const distinct = new Map(errors.map((error) => [`${error.field}: ${error.message}`, error]));
  return invalid(strategy.kind, name, [...distinct.values()]);
}
