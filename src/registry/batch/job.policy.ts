import { type JsonObject, jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupported,
  fieldNotSupportedAsListed,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { selectorMatches, validateLabelSelector } from '../../apimachinery/validation/label-selector-validation.js';
import { checkDns1123Label } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT, validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type { BatchV1Job, BatchV1JobSpec, CoreV1PodSpec } from '../../apis/types.gen.js';
import { podContext } from '../core/pod.strategy.js';
import { defaultPodTemplate } from '../core/pod-defaults.js';
import { validatePodTemplate } from '../core/pod-spec-validation.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { podWarnings } from '../core/pod-warnings.js';
import { dropFields, gatedFields } from '../generic/gated-fields.js';
import { GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import { shownSelector, sortedMap } from '../generic/internal-form.js';
import { validateDomainPrefixedPath } from '../generic/reference-checks.js';
import { dropDisabledTemplate, hasSoundSelector, validateSelectorKept } from '../generic/template-workload.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import type { DeleteOptions } from '../rest/storage.js';
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policy-validation.js';
import { validateJobStatusUpdate } from './job-status-validation.js';

const TRAITS: KindTraits = {
  kind: { group: 'batch', version: 'v1', kind: 'Job' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
};
const SPEC = FieldPath.root('spec');
const UID_LABEL = 'batch.kubernetes.io/controller-uid';
const NAME_LABEL = 'batch.kubernetes.io/job-name';
const OLD_UID_LABEL = 'controller-uid';
const OLD_NAME_LABEL = 'job-name';
const BACKOFF_UNLIMITED = 2_147_483_647;
/** Pods at a time, failed indexes, and completions that need no further bounds. */
const INDEXED_MAX = 100_000;
const MANY_COMPLETIONS_LIMIT = 10_000;
const MANAGED_BY_LENGTH_MAX = 63;
const HUGE_WARNING =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
const ORPHANS_WARNING =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

function setDefaults(object: KubeObject): void {
  const job = object as BatchV1Job;
  job.spec ??= {} as BatchV1JobSpec;
  const { spec } = job;
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : BACKOFF_UNLIMITED;
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(labels).length > 0 && Object.keys(job.metadata.labels ?? {}).length === 0) {
    // The same object, as upstream: the identity that the pods' labels get on creation is the job's too.
    job.metadata.labels = labels;
  }
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  defaultFailurePolicy(spec);
  defaultPodTemplate(spec);
}

export function defaultFailurePolicy(spec: BatchV1JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const condition of rule.onPodConditions ?? []) condition.status ||= 'True';
  }
}

const JOB_GATES = gatedFields({ WorkloadWithJob: ['scheduling'] });

/** In place. Of jobs, and of the jobs that cron jobs make. */
export function dropDisabledJobFields(spec: BatchV1JobSpec, old?: Readonly<BatchV1JobSpec>): void {
  dropFields(spec, old, JOB_GATES);
  dropDisabledTemplate(spec.template, old?.template);
}

export function jobNameWarnings({ metadata }: Readonly<KubeObject>): string[] {
  const faults = checkDns1123Label(metadata.name ?? '');
  const text =
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended';
  return faults.length === 0 ? [] : [`${text}: [${faults.join(' ')}]`];
}

export function jobWarnings(spec: BatchV1JobSpec, at: FieldPath): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec;
  const huge = completionMode === 'Indexed' && completions > INDEXED_MAX && parallelism > MANY_COMPLETIONS_LIMIT;
  return [
    ...(huge ? [`${at}: ${HUGE_WARNING}`] : []),
    ...podWarnings(spec.template?.metadata, spec.template?.spec ?? { containers: null }, at.child('template')),
  ];
}

const specOf = (object: Readonly<KubeObject>): BatchV1JobSpec => (object as BatchV1Job).spec ?? ({} as BatchV1JobSpec);

/** Fields that stay as they were created, with the type by which messages show them. */
const FIXED: readonly (readonly [name: string, type?: string])[] = [
  ['completionMode'],
  ['podFailurePolicy', 'batch.v1.PodFailurePolicy'],
  ['backoffLimitPerIndex'],
  ['managedBy'],
  ['successPolicy', 'batch.v1.SuccessPolicy'],
];

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/job/ */
class JobStrategy extends GenericStrategy {
  /** Pods of a deleted job stay unless the client asks otherwise. */
  override readonly defaultPropagation = 'Orphan' as const;

  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  override prepareForCreate(ctx: RestContext, object: KubeObject): void {
    super.prepareForCreate(ctx, object);
    const spec = specOf(object);
    dropDisabledJobFields(spec);
    if (spec.manualSelector !== true) generateSelector(object as BatchV1Job, spec);
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    dropDisabledJobFields(specOf(object), specOf(old));
    super.prepareForUpdate(ctx, object, old);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const job = object as BatchV1Job;
    const spec = specOf(job);
    validateGeneratedSelector(job, spec, errors);
    validateJobSpec(spec, this.context, SPEC, errors);
    validateIndexedName(job.metadata.name ?? '', spec, errors);
    return errors;
  }

  /** A job without labels of its own carries those of its pods. */
  override canonicalize(object: KubeObject): void {
    const labels = specOf(object).template?.metadata?.labels;
    if (labels && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels };
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const spec = specOf(object);
    const before = specOf(old);
    validateJobSpec(spec, this.context, SPEC, errors);
    validateCompletionsChange(spec, before, errors);
    validateSelectorKept(spec, before, SPEC, errors);
    this.validateTemplateChange(spec, old as BatchV1Job, errors);
    for (const [name, type] of FIXED) {
      if (jsonEqual(spec[name] ?? null, before[name] ?? null)) continue;
      const shown =
        spec[name] === undefined || type === undefined ? spec[name] : this.context.internal(type, spec[name]);
      errors.push(fieldInvalid(SPEC.child(name), shown ?? null, IMMUTABLE_TEXT));
    }
    return errors;
  }

  /** A suspended job without pods may still say what its pods ask for, and where they run; its template's metadata is free then. */
  private validateTemplateChange(spec: BatchV1JobSpec, old: BatchV1Job, errors: FieldError[]): void {
    const at = SPEC.child('template');
    const [now, before] = [spec.template ?? {}, old.spec?.template ?? {}];
    if (mayMove(old)) {
      if (jsonEqual(now.spec, withMovable(now.spec, before.spec))) return;
      errors.push(fieldInvalid(at.child('spec'), this.context.internal('core.v1.PodSpec', now.spec), IMMUTABLE_TEXT));
    } else if (!jsonEqual(now, before)) {
      errors.push(fieldInvalid(at, this.context.internal('core.v1.PodTemplateSpec', now), IMMUTABLE_TEXT));
    }
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return [...jobNameWarnings(object), ...jobWarnings(specOf(object), SPEC)];
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return object.metadata.generation === old.metadata.generation ? [] : jobWarnings(specOf(object), SPEC);
  }

  override warningsOnDelete(options: DeleteOptions): string[] {
    return options.propagationPolicy === undefined && options.orphanDependents === undefined ? [ORPHANS_WARNING] : [];
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return { 'status.successful': String((object as BatchV1Job).status?.succeeded ?? 0) };
  }
}

/** An indexed job grows and shrinks with its parallelism; others keep their number of completions. */
function validateCompletionsChange(spec: BatchV1JobSpec, before: BatchV1JobSpec, errors: Errors): void {
  const at = SPEC.child('completions');
  const { completions } = spec;
  if (spec.completionMode !== 'Indexed') {
    validateImmutable(completions, before.completions, at, errors);
  } else if (completions !== undefined && completions !== before.completions && completions !== spec.parallelism) {
    errors.push(fieldInvalid(at, completions, `can only be modified in tandem with ${SPEC.child('parallelism')}`));
  }
}

/** Where pods of a suspended job run may change, and what they ask for, while it has none. */
function mayMove({ spec, status }: BatchV1Job): boolean {
  if (spec?.suspend !== true) return false;
  if (status?.startTime === undefined) return true;
  const suspended = (status.conditions ?? []).some(({ type, status: is }) => type === 'Suspended' && is === 'True');
  return suspended && !status.active;
}

/** The old spec with all that may change taken from the new one. */
function withMovable(
  now: CoreV1PodSpec = { containers: null },
  before: CoreV1PodSpec = { containers: null },
): CoreV1PodSpec {
  const spec = jsonClone(before);
  for (const name of ['nodeSelector', 'tolerations', 'schedulingGates'] as const) take(spec, now, name);
  const affinity = { ...spec.affinity };
  take(affinity, now.affinity ?? {}, 'nodeAffinity');
  if (Object.keys(affinity).length > 0 || now.affinity) spec.affinity = affinity;
  else delete spec.affinity;
  for (const list of ['containers', 'initContainers'] as const) {
    if (now[list]?.length !== spec[list]?.length) continue;
    for (const [i, container] of entriesOf(spec[list])) {
      const given = now[list]![i]!;
      if (given.name === container.name) take(container, given, 'resources');
    }
  }
  return spec;
}

function take(into: JsonObject, from: JsonObject, name: string): void {
  if (from[name] === undefined) delete into[name];
  else into[name] = from[name];
}

/** Labels the pods with the job's identity and selects by it. What a client has set stays: validation tells if it is wrong. */
function generateSelector(job: BatchV1Job, spec: BatchV1JobSpec): void {
  const uid = job.metadata.uid ?? '';
  const name = job.metadata.name ?? '';
  spec.template ??= {};
  spec.template.metadata ??= {};
  const labels: Record<string, string> = spec.template.metadata.labels ?? {};
  spec.template.metadata.labels = labels;
  const own = { [UID_LABEL]: uid, [OLD_UID_LABEL]: uid, [NAME_LABEL]: name, [OLD_NAME_LABEL]: name };
  for (const [key, value] of Object.entries(own)) labels[key] ??= value;
  spec.selector ??= {};
  spec.selector.matchLabels = { [UID_LABEL]: uid, ...spec.selector.matchLabels };
}

function validateGeneratedSelector(job: BatchV1Job, spec: BatchV1JobSpec, errors: Errors): void {
  if (spec.manualSelector === true || !spec.selector) return;
  const { uid = '', name = '' } = job.metadata;
  const expected = { [OLD_UID_LABEL]: uid, [OLD_NAME_LABEL]: name, [UID_LABEL]: uid, [NAME_LABEL]: name };
  const labels: Record<string, string> = spec.template?.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(expected)) {
    const at = SPEC.child('template', 'metadata', 'labels').key(key);
    if (labels[key] === undefined) errors.push(fieldRequired(at, `must be '${value}'`));
    else if (labels[key] !== value) errors.push(fieldInvalid(at, sortedMap(labels), `must be '${value}'`));
  }
  if (hasSoundSelector(spec.selector) && !selectorMatches(spec.selector, expected)) {
    errors.push(fieldInvalid(SPEC.child('selector'), shownSelector(spec.selector), '`selector` not auto-generated'));
  }
}

/** An indexed job's pods are named after it and their index, which must still be a DNS label. */
function validateIndexedName(name: string, spec: BatchV1JobSpec, errors: Errors): void {
  if (spec.completionMode !== 'Indexed' || !spec.completions || spec.completions <= 0) return;
  const podName = `${name}-${spec.completions - 1}`;
  if (checkDns1123Label(podName).length === 0) return;
  const text = `will not able to create pod with invalid DNS label: ${podName}`;
  errors.push(fieldInvalid(FieldPath.root('metadata', 'name'), name, text));
}

export function validateJobSpec(
  spec: BatchV1JobSpec,
  context: PodContext,
  at: FieldPath,
  errors: Errors,
  templateOnly = false,
): void {
  for (const name of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
  ] as const) {
    validateNonNegative(spec[name], at.child(name), errors);
  }
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    validateNonNegative(spec[name], at.child(name), errors);
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(fieldRequired(at.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  }
  validateManagedBy(spec.managedBy, at.child('managedBy'), errors);
  validateCompletion(spec, at, errors);
  if (spec.podFailurePolicy) validatePodFailurePolicy(spec, at.child('podFailurePolicy'), errors);
  if (spec.successPolicy) {
    const here = at.child('successPolicy');
    if (spec.completionMode === 'Indexed') {
      validateSuccessPolicy(spec, here, errors);
    } else {
      const shown = context.internal('batch.v1.SuccessPolicy', spec.successPolicy);
      errors.push(fieldInvalid(here, shown, 'requires indexed completion mode'));
    }
  }
  validateReplacement(spec, at.child('podReplacementPolicy'), errors);
  validateJobTemplate(spec, context, at.child('template'), errors);
  if (!templateOnly) {
    if (!spec.selector) errors.push(fieldRequired(at.child('selector')));
    else validateLabelSelector(spec.selector, at.child('selector'), errors);
    const labels = spec.template?.metadata?.labels;
    if (spec.selector && !hasSoundSelector(spec.selector)) return;
    if (!spec.selector || !selectorMatches(spec.selector, labels ?? {})) {
      const text = '`selector` does not match template `labels`';
      errors.push(fieldInvalid(at.child('template', 'metadata', 'labels'), sortedMap(labels), text));
    }
  }
}

function validateManagedBy(managedBy: string | undefined, at: FieldPath, errors: Errors): void {
  if (managedBy === undefined) return;
  validateDomainPrefixedPath(managedBy, at, errors);
  if (managedBy.length > MANAGED_BY_LENGTH_MAX) errors.push(fieldTooLong(at, MANAGED_BY_LENGTH_MAX));
}

function validateCompletion(spec: BatchV1JobSpec, at: FieldPath, errors: Errors): void {
  const { completionMode } = spec;
  if (completionMode !== undefined && completionMode !== 'NonIndexed' && completionMode !== 'Indexed') {
    errors.push(fieldNotSupportedAsListed(at.child('completionMode'), completionMode, ['NonIndexed', 'Indexed']));
  }
  if (completionMode === 'Indexed') validateIndexedCompletion(spec, at, errors);
  if (completionMode !== undefined && completionMode !== 'NonIndexed') return;
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[name] !== undefined) {
      errors.push(fieldInvalid(at.child(name), spec[name], 'requires indexed completion mode'));
    }
  }
}

/** How many pods an indexed job may have at a time, and how many of its indexes may fail. */
function validateIndexedCompletion(spec: BatchV1JobSpec, at: FieldPath, errors: Errors): void {
  const { completions, maxFailedIndexes = 0 } = spec;
  const atMost = (name: 'parallelism' | 'maxFailedIndexes', max: number, why = ''): void => {
    const value = spec[name] ?? 0;
    if (value > max) errors.push(fieldInvalid(at.child(name), value, `must be less than or equal to ${max}${why}`));
  };
  if (completions === undefined) errors.push(fieldRequired(at.child('completions'), 'when completion mode is Indexed'));
  atMost('parallelism', INDEXED_MAX, ' when completion mode is Indexed');
  if (completions !== undefined && maxFailedIndexes > completions) {
    const here = at.child('maxFailedIndexes');
    errors.push(fieldInvalid(here, maxFailedIndexes, 'must be less than or equal to completions'));
  }
  atMost('maxFailedIndexes', INDEXED_MAX);
  if ((completions ?? 0) <= INDEXED_MAX || spec.backoffLimitPerIndex === undefined) return;
  const why = ` when completions are above ${INDEXED_MAX} and used with backoff limit per index`;
  if (spec.maxFailedIndexes === undefined) {
    const text = `must be specified when completions is above ${INDEXED_MAX}`;
    errors.push(fieldRequired(at.child('maxFailedIndexes'), text));
  }
  atMost('parallelism', MANY_COMPLETIONS_LIMIT, why);
  atMost('maxFailedIndexes', MANY_COMPLETIONS_LIMIT, why);
}

function validateReplacement(spec: BatchV1JobSpec, at: FieldPath, errors: Errors): void {
  const { podReplacementPolicy: policy, podFailurePolicy } = spec;
  if (policy === undefined) return;
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  if (!supported.includes(policy)) errors.push(fieldNotSupported(at, policy, supported));
}

/** Pods of a job end: the template has to say how. */
function validateJobTemplate(spec: BatchV1JobSpec, context: PodContext, at: FieldPath, errors: Errors): void {
  validatePodTemplate(spec.template ?? {}, context, at, errors);
  const policy = spec.template?.spec?.restartPolicy ?? '';
  const here = at.child('spec', 'restartPolicy');
  if (policy === '' || policy === 'Always') {
    errors.push(fieldRequired(here, 'valid values: "OnFailure", "Never"'));
  } else if (policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(fieldNotSupportedAsListed(here, policy, ['OnFailure', 'Never']));
  } else if (spec.podFailurePolicy && policy !== 'Never') {
    errors.push(fieldInvalid(here, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
}

/** The status door. */
class JobStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateJobStatusUpdate(object as BatchV1Job, old as BatchV1Job, errors);
    return errors;
  }
}

export const jobPolicy: KindPolicy = {
  group: 'batch',
  resource: 'jobs',
  strategy: (environment) => new JobStrategy(podContext(environment)),
  statusStrategy: (main) => new JobStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
};
