import { jsonEqual } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldDuplicate, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import type { BatchV1Job, BatchV1JobStatus, BatchV1UncountedTerminatedPods } from '../../apis/types.gen.js';
import { countOf, validateCounts } from '../generic/template-workload.js';
import { firstCommonIndex, parseIndexes } from './job-indexes.js';
import { invalidWithoutValue } from './job-policy-validation.js';

/**
 * The status of a job, which other controllers than Kubernetes' own may write. Most rules are applied only where what they
 * are about has changed, so that a status that breaks one can still be written.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
 */

const STATUS = FieldPath.root('status');
const CONDITIONS = STATUS.child('conditions');
const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'];

/** What a job's conditions say, and what of its status is new. */
class JobState {
  readonly status: BatchV1JobStatus;
  readonly complete: boolean;
  readonly failed: boolean;
  readonly failureTarget: boolean;
  readonly successCriteriaMet: boolean;

  constructor(readonly job: BatchV1Job) {
    this.status = job.status ?? {};
    this.complete = this.is('Complete');
    this.failed = this.is('Failed');
    this.failureTarget = this.is('FailureTarget');
    this.successCriteriaMet = this.is('SuccessCriteriaMet');
  }

  get finished(): boolean {
    return this.complete || this.failed;
  }

  is(type: string): boolean {
    return (this.status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
  }
}

type Flag = 'complete' | 'failed' | 'failureTarget' | 'successCriteriaMet' | 'finished';

export function validateJobStatusUpdate(job: BatchV1Job, old: BatchV1Job, errors: Errors): void {
  const now = new JobState(job);
  const before = new JobState(old);
  validateCounts(now.status, COUNTS, STATUS, errors);
  validateUncounted(now.status.uncountedTerminatedPods, errors);
  validateConditions(now, before, errors);
  validateFinished(now, before, errors);
  validateIndexes(now, before, errors);
  validateReadiness(now, before, errors);
  validateSuccess(now, errors);
  validateTransition(now, before, errors);
}

function validateUncounted(pods: BatchV1UncountedTerminatedPods | undefined, errors: Errors): void {
  const seen = new Set<string>();
  for (const list of ['succeeded', 'failed'] as const) {
    for (const [i, uid] of entriesOf(pods?.[list])) {
      const at = STATUS.child('uncountedTerminatedPods', list).index(i);
      if (uid === '') errors.push(fieldInvalid(at, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(fieldDuplicate(at, uid));
      seen.add(uid);
    }
  }
}

const turned = (now: JobState, before: JobState, ...flags: Flag[]): boolean =>
  flags.some((flag) => now[flag] !== before[flag]);

const changed = (now: JobState, before: JobState, ...names: (keyof BatchV1JobStatus)[]): boolean =>
  names.some((name) => !jsonEqual(now.status[name], before.status[name]));

function validateConditions(now: JobState, before: JobState, errors: Errors): void {
  const { startTime, completionTime } = now.status;
  const at = STATUS.child('completionTime');
  const refuse = (text: string): unknown => errors.push(invalidWithoutValue(CONDITIONS, text));
  if (turned(now, before, 'complete', 'failed') && now.complete && now.failed) {
    refuse('cannot set Complete=True and Failed=true conditions');
  }
  if (turned(now, before, 'complete', 'failureTarget') && now.complete && now.failureTarget) {
    refuse('cannot set Complete=True and FailureTarget=true conditions');
  }
  if (turned(now, before, 'complete') || changed(now, before, 'completionTime')) {
    if (completionTime !== undefined && !now.complete) {
      const text = 'cannot set completionTime when there is no Complete=True condition';
      errors.push(fieldInvalid(at, completionTime, text));
    }
    if (completionTime === undefined && now.complete) {
      errors.push(fieldRequired(at, 'completionTime is required for Complete jobs'));
    }
  }
  if (changed(now, before, 'startTime', 'completionTime') && startTime !== undefined && completionTime !== undefined) {
    if (Date.parse(completionTime) < Date.parse(startTime)) {
      errors.push(fieldInvalid(at, completionTime, 'completionTime cannot be set before startTime'));
    }
  }
  if (turned(now, before, 'failed', 'failureTarget') && now.failed && !now.failureTarget) {
    refuse('cannot set Failed=True condition without the FailureTarget=true condition');
  }
  if (turned(now, before, 'complete', 'successCriteriaMet') && now.complete && !now.successCriteriaMet) {
    refuse('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  }
}

function validateFinished(now: JobState, before: JobState, errors: Errors): void {
  if (!now.finished) return;
  const { status, job } = now;
  const finishes = turned(now, before, 'finished');
  if ((finishes || changed(now, before, 'active')) && countOf(status, 'active') > 0) {
    errors.push(
      fieldInvalid(STATUS.child('active'), countOf(status, 'active'), 'active>0 is invalid for finished job'),
    );
  }
  const idle = job.spec?.suspend === true && job.spec.completions === 0;
  if ((finishes || changed(now, before, 'startTime')) && status.startTime === undefined && !idle) {
    errors.push(fieldRequired(STATUS.child('startTime'), 'startTime is required for finished job'));
  }
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if ((finishes || changed(now, before, 'uncountedTerminatedPods')) && succeeded.length + failed.length > 0) {
    const shown = { Succeeded: succeeded.length > 0 ? succeeded : null, Failed: failed.length > 0 ? failed : null };
    const text = 'uncountedTerminatedPods needs to be empty for finished job';
    errors.push(fieldInvalid(STATUS.child('uncountedTerminatedPods'), shown, text));
  }
}

function validateIndexes(now: JobState, before: JobState, errors: Errors): void {
  const { completions, backoffLimitPerIndex, completionMode } = now.job.spec ?? {};
  const { completedIndexes = '', failedIndexes } = now.status;
  const completedAt = STATUS.child('completedIndexes');
  const failedAt = STATUS.child('failedIndexes');
  const completedChanged = changed(now, before, 'completedIndexes');
  const failedChanged = changed(now, before, 'failedIndexes');
  if (!completedChanged && !failedChanged) return;
  const completed = parseIndexes(completedIndexes, completions ?? 0);
  const failed = parseIndexes(failedIndexes ?? '', completions ?? 0);
  if (completedChanged && completions !== undefined && completed.fault !== undefined) {
    const text = `error parsing completedIndexes: ${completed.fault}`;
    errors.push(fieldInvalid(completedAt, completedIndexes, text));
  }
  const perIndex = completions !== undefined && backoffLimitPerIndex !== undefined;
  if (failedChanged && perIndex && failedIndexes !== undefined && failed.fault !== undefined) {
    errors.push(fieldInvalid(failedAt, failedIndexes, `error parsing failedIndexes: ${failed.fault}`));
  }
  if (completedChanged && completedIndexes !== '' && completionMode !== 'Indexed') {
    const text = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(fieldInvalid(completedAt, completedIndexes, text));
  }
  if (failedIndexes === undefined) return;
  if (failedChanged && backoffLimitPerIndex === undefined) {
    const text = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(fieldInvalid(failedAt, failedIndexes, text));
  }
  const both = completions === undefined ? undefined : firstCommonIndex(completed, failed);
  if (both !== undefined) {
    const text = `failedIndexes and completedIndexes overlap at index: ${both}`;
    errors.push(fieldInvalid(failedAt, failedIndexes, text));
  }
}

function validateReadiness(now: JobState, before: JobState, errors: Errors): void {
  const { status } = now;
  const terminating = countOf(status, 'terminating');
  if (now.finished && terminating > 0 && (turned(now, before, 'finished') || changed(now, before, 'terminating'))) {
    errors.push(fieldInvalid(STATUS.child('terminating'), terminating, 'terminating>0 is invalid for finished job'));
  }
  const { ready } = status;
  if (ready !== undefined && changed(now, before, 'ready', 'active') && ready > countOf(status, 'active')) {
    errors.push(fieldInvalid(STATUS.child('ready'), ready, 'cannot set more ready pods than active'));
  }
}

function validateSuccess({ job, complete, failed, failureTarget, successCriteriaMet }: JobState, errors: Errors): void {
  const refuse = (text: string): unknown => errors.push(invalidWithoutValue(CONDITIONS, text));
  if (successCriteriaMet && failed) refuse('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (successCriteriaMet && failureTarget) {
    refuse('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  }
  if (job.spec?.successPolicy && !successCriteriaMet && complete) {
    refuse('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  }
}

/** What may not be taken back. */
function validateTransition(now: JobState, before: JobState, errors: Errors): void {
  const refuse = (text: string): unknown => errors.push(invalidWithoutValue(CONDITIONS, text));
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (before.is(type) && !now.is(type)) refuse(`cannot disable the terminal ${type}=True condition`);
  }
  const { completionMode, completions, parallelism, suspend } = now.job.spec ?? {};
  const elastic = completionMode === 'Indexed' && completions === parallelism;
  for (const name of ['failed', 'succeeded'] as const) {
    if (countOf(now.status, name) >= countOf(before.status, name) || (name === 'succeeded' && elastic)) continue;
    errors.push(fieldInvalid(STATUS.child(name), countOf(now.status, name), `cannot decrease the ${name} counter`));
  }
  const { startTime, completionTime } = now.status;
  if (completionTime !== undefined && before.status.completionTime !== undefined) {
    if (completionTime !== before.status.completionTime) {
      errors.push(fieldInvalid(STATUS.child('completionTime'), completionTime, 'completionTime cannot be mutated'));
    }
  }
  if (before.status.startTime !== undefined && startTime !== before.status.startTime && suspend !== true) {
    const at = STATUS.child('startTime');
    if (startTime === undefined) errors.push(fieldRequired(at, 'startTime cannot be removed for unsuspended job'));
    else errors.push(fieldInvalid(at, startTime, 'field is immutable for unsuspended job once set'));
  }
  if (before.successCriteriaMet && !now.successCriteriaMet) {
    refuse('cannot disable the SuccessCriteriaMet=True condition');
  }
  if (before.complete && !before.successCriteriaMet && now.successCriteriaMet) {
    refuse('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
  }
}
