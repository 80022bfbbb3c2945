import { conflict, invalid } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { type FieldError, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { RestContext } from './context.js';
import type { DeleteOptions } from './storage.js';
import type { Strategy } from './strategy.js';

/** @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion */
export const FINALIZER_ORPHAN = 'orphan';
export const FINALIZER_FOREGROUND = 'foregroundDeletion';

/** The option of a deletion that does not look at the object. @see KEP-3926 */
export const IGNORE_READ_ERROR = 'ignoreStoreReadErrorWithClusterBreakingPotential';
const PROPAGATION_POLICIES = ['Foreground', 'Background', 'Orphan', 'nil'];

/** Checks options as a whole. @throws StatusError Invalid with every fault */
export function validateDeleteOptions(options: DeleteOptions): void {
  const errors: FieldError[] = [];
  const policy = options.propagationPolicy;
  if (policy !== undefined && options.orphanDependents !== undefined) {
    errors.push(
      fieldInvalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
    );
  } else if (policy !== undefined && !PROPAGATION_POLICIES.slice(0, 3).includes(policy)) {
    errors.push(unsupportedInOrder('propagationPolicy', JSON.stringify(policy), PROPAGATION_POLICIES));
  }
  errors.push(...validateDryRun(options.dryRun), ...validateUnsafe(options));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
}

/** What cannot go together with a deletion that does not look at the object. */
function validateUnsafe(options: DeleteOptions): FieldError[] {
  if (options.ignoreStoreReadErrorWithClusterBreakingPotential !== true) return [];
  const others = ['propagationPolicy', 'orphanDependents', 'gracePeriodSeconds', 'preconditions'] as const;
  return others
    .filter((other) => options[other] !== undefined && options[other] !== null)
    .map((other) => fieldInvalid(IGNORE_READ_ERROR, true, `cannot be set together with .${other}`));
}

/** @throws StatusError Invalid where a deletion of a collection is told not to look at the objects */
export function forbidUnsafe(options: DeleteOptions): void {
  if (options.ignoreStoreReadErrorWithClusterBreakingPotential !== true) return;
  const detail = 'is not allowed with DELETECOLLECTION, try again after removing the option';
  throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [fieldInvalid(IGNORE_READ_ERROR, true, detail)]);
}

export function validateDryRun(dryRun: readonly string[] | undefined): FieldError[] {
  if (dryRun === undefined || dryRun.every((value) => value === 'All')) return [];
  return [unsupportedInOrder('dryRun', JSON.stringify(dryRun), ['All'])];
}

/** Supported values in the order upstream declares them rather than sorted. */
export function unsupportedInOrder(field: string, badValue: string, supported: readonly string[]): FieldError {
  const values = supported.map((value) => JSON.stringify(value)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${badValue}: supported values: ${values}`,
  };
}

/**
 * @param own for kinds that delete in their own way: how such a refusal begins, and the resource that it names instead of the kind
 * @throws StatusError Conflict where the object is not the one the caller means
 */
export function checkPreconditions(
  { group, kind }: { readonly group: string; readonly kind: string },
  name: string,
  { metadata }: Readonly<KubeObject>,
  preconditions: DeleteOptions['preconditions'],
  own?: { readonly word: string; readonly resource: string },
): void {
  const check = (what: 'UID' | 'ResourceVersion', wanted: string | undefined, is: string | undefined, why: string) => {
    if (wanted === undefined || wanted === is) return;
    if (own !== undefined) {
      const text = `${own.word} failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`;
      throw conflict({ group, resource: own.resource }, name, text);
    }
    const on = { group, resource: kind };
    throw conflict(
      on,
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${is}). ${why}`,
    );
  };
  check('UID', preconditions?.uid, metadata.uid, 'The object might have been deleted and then recreated');
  check(
    'ResourceVersion',
    preconditions?.resourceVersion,
    metadata.resourceVersion,
    'The object might have been modified',
  );
}

export type Gracefulness =
  /** The object stays with a deletion time until somebody deletes it with grace 0. */
  | 'graceful'
  /** Such a deletion is under way and this request does not shorten it. */
  | 'pending'
  /** Nothing to wait for. */
  | 'immediate';

/** Decides how an object goes and, when gracefully, marks it. Changes `object.metadata` and `options.gracePeriodSeconds`. */
export function beginGracefulDeletion(
  strategy: Strategy,
  ctx: RestContext,
  object: KubeObject,
  options: DeleteOptions,
  now: number,
): Gracefulness {
  const meta = object.metadata;
  if (meta.deletionTimestamp !== undefined) {
    const current = meta.deletionGracePeriodSeconds;
    if (current === undefined || current === 0) return 'immediate';
    if (options.gracePeriodSeconds === undefined) {
      options.gracePeriodSeconds = current;
      return 'pending';
    }
    const wanted = options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds;
    if (wanted >= current) return 'pending';
    meta.deletionTimestamp = formatTime(Date.parse(meta.deletionTimestamp) / 1000 - (current - wanted));
    meta.deletionGracePeriodSeconds = wanted;
    options.gracePeriodSeconds = wanted;
    return 'graceful';
  }
  if (!strategy.checkGracefulDelete(ctx, object, options)) return 'immediate';
  const grace = options.gracePeriodSeconds ?? 0;
  meta.deletionTimestamp = formatTime(Math.floor(now / 1000) + grace);
  meta.deletionGracePeriodSeconds = grace;
  bumpGeneration(object);
  return 'graceful';
}

/** Marks an object that only its finalizers keep. */
export function markAsDeleting(object: KubeObject, now: number): void {
  const meta = object.metadata;
  if (meta.deletionTimestamp === undefined) {
    meta.deletionTimestamp = formatTime(Math.floor(now / 1000));
    bumpGeneration(object);
  }
  meta.deletionGracePeriodSeconds = 0;
}

function bumpGeneration({ metadata }: KubeObject): void {
  if (metadata.generation !== undefined && metadata.generation > 0) metadata.generation += 1;
}

/** The finalizers the object must have for the wanted propagation; undefined where they stay as they are. */
export function propagationFinalizers(
  strategy: Strategy,
  object: Readonly<KubeObject>,
  options: DeleteOptions,
): string[] | undefined {
  if (strategy.defaultPropagation === 'Unsupported') return undefined;
  const existing = object.metadata.finalizers ?? [];
  const wanted = wantedFinalizer(strategy, existing, options);
  const kept = existing.filter((f) => f !== FINALIZER_ORPHAN && f !== FINALIZER_FOREGROUND);
  const finalizers = wanted === undefined ? kept : [...kept, wanted];
  const same = finalizers.length === existing.length && existing.every((f) => finalizers.includes(f));
  return same ? undefined : finalizers;
}

function wantedFinalizer(strategy: Strategy, existing: readonly string[], options: DeleteOptions): string | undefined {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? FINALIZER_ORPHAN : undefined;
  switch (options.propagationPolicy) {
    case 'Orphan':
      return FINALIZER_ORPHAN;
    case 'Foreground':
      return FINALIZER_FOREGROUND;
    case 'Background':
      return undefined;
  }
  if (existing.includes(FINALIZER_ORPHAN)) return FINALIZER_ORPHAN;
  if (existing.includes(FINALIZER_FOREGROUND)) return FINALIZER_FOREGROUND;
  return strategy.defaultPropagation === 'Orphan' ? FINALIZER_ORPHAN : undefined;
}
