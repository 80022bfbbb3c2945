import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type Errors, validateEnum, validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { dns1123Subdomain } from '../../apimachinery/validation/names.js';
import type { BatchV1CronJob, BatchV1CronJobSpec, BatchV1JobSpec } from '../../apis/types.gen.js';
import { podContext } from '../core/pod.strategy.js';
import { defaultPodTemplate } from '../core/pod-defaults.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { GenericStrategy, type KindTraits } from '../generic/generic-strategy.js';
import { shownSelector } from '../generic/internal-form.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { scheduleFault } from './cron-schedule.js';
import {
  defaultFailurePolicy,
  dropDisabledJobFields,
  jobNameWarnings,
  jobWarnings,
  validateJobSpec,
} from './job.policy.js';

const TRAITS: KindTraits = {
  kind: { group: 'batch', version: 'v1', kind: 'CronJob' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
  nameRule: dns1123Subdomain,
};
const SPEC = FieldPath.root('spec');
/** A job's name of 63 less the eleven characters that a run appends. */
const NAME_LENGTH_MAX = 52;

function setDefaults(object: KubeObject): void {
  const cron = object as BatchV1CronJob;
  cron.spec ??= {} as BatchV1CronJobSpec;
  const { spec } = cron;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  spec.jobTemplate ??= {};
  spec.jobTemplate.spec ??= {} as BatchV1JobSpec;
  defaultFailurePolicy(spec.jobTemplate.spec);
  defaultPodTemplate(spec.jobTemplate.spec);
}

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
class CronJobStrategy extends GenericStrategy {
  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  override prepareForCreate(ctx: RestContext, object: KubeObject): void {
    super.prepareForCreate(ctx, object);
    dropDisabledJobFields(jobSpecOf(object));
  }

  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    dropDisabledJobFields(jobSpecOf(object), jobSpecOf(old));
    super.prepareForUpdate(ctx, object, old);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateSpec(specOf(object), undefined);
    const { name = '' } = object.metadata;
    if (name.length > NAME_LENGTH_MAX) {
      const text = `must be no more than ${NAME_LENGTH_MAX} characters`;
      errors.push(fieldInvalid(FieldPath.root('metadata', 'name'), name, text));
    }
    return [...errors, ...this.requireSchedule(specOf(object))];
  }

  /** Names from before the limit stay good. */
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return [...this.validateSpec(specOf(object), specOf(old)), ...this.requireSchedule(specOf(object))];
  }

  private validateSpec(spec: BatchV1CronJobSpec, old: BatchV1CronJobSpec | undefined): FieldError[] {
    const errors: FieldError[] = [];
    validateSchedule(spec, old?.schedule?.includes('TZ') === true, errors);
    validateNonNegative(spec.startingDeadlineSeconds, SPEC.child('startingDeadlineSeconds'), errors);
    if (old === undefined || old.timeZone !== spec.timeZone) validateTimeZone(spec.timeZone, errors);
    validateEnum(spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], SPEC.child('concurrencyPolicy'), errors);
    this.validateTemplate(spec.jobTemplate?.spec ?? ({} as BatchV1JobSpec), errors);
    validateNonNegative(spec.successfulJobsHistoryLimit, SPEC.child('successfulJobsHistoryLimit'), errors);
    validateNonNegative(spec.failedJobsHistoryLimit, SPEC.child('failedJobsHistoryLimit'), errors);
    return errors;
  }

  /** A rule that the type declares: those come last. */
  private requireSchedule({ schedule }: BatchV1CronJobSpec): FieldError[] {
    return schedule ? [] : [fieldRequired(SPEC.child('schedule'))];
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return [...jobNameWarnings(object), ...this.specWarnings(object)];
  }

  override warningsOnUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    return object.metadata.generation === old.metadata.generation ? [] : this.specWarnings(object);
  }

  private specWarnings(object: Readonly<KubeObject>): string[] {
    const zoned = specOf(object).schedule?.includes('TZ');
    return [
      ...jobWarnings(jobSpecOf(object), SPEC.child('jobTemplate', 'spec')),
      ...(zoned ? ['cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead'] : []),
    ];
  }

  private validateTemplate(spec: BatchV1JobSpec, errors: Errors): void {
    const at = SPEC.child('jobTemplate', 'spec');
    validateJobSpec(spec, this.context, at, errors, true);
    if (spec.selector)
      errors.push(
        fieldInvalid(at.child('selector'), shownSelector(spec.selector), '`selector` will be auto-generated'),
      );
    if (spec.manualSelector === true) {
      errors.push(fieldNotSupportedAsListed(at.child('manualSelector'), true, ['nil', 'false']));
    }
  }
}

const specOf = (object: Readonly<KubeObject>): BatchV1CronJobSpec =>
  (object as BatchV1CronJob).spec ?? ({} as BatchV1CronJobSpec);
const jobSpecOf = (object: Readonly<KubeObject>): BatchV1JobSpec =>
  specOf(object).jobTemplate?.spec ?? ({} as BatchV1JobSpec);

/** `zoned`: the schedule named a zone when that was still allowed. */
function validateSchedule({ schedule = '', timeZone }: BatchV1CronJobSpec, zoned: boolean, errors: Errors): void {
  if (schedule === '') return;
  const fault = scheduleFault(schedule);
  const at = SPEC.child('schedule');
  if (fault !== undefined) errors.push(fieldInvalid(at, schedule, fault));
  if (!schedule.includes('TZ')) return;
  if (!zoned) {
    errors.push(fieldInvalid(at, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  } else if (timeZone !== undefined) {
    errors.push(fieldInvalid(at, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
}

const EXPLICIT_TEXT = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
/** @see https://data.iana.org/time-zones/theory.html#naming */
const ZONE_PART = /^[A-Za-z._0-9+][A-Za-z.\-_0-9+]{0,13}$/;

function validateTimeZone(timeZone: string | undefined, errors: Errors): void {
  if (timeZone === undefined) return;
  const at = SPEC.child('timeZone');
  const unknown = (): unknown => errors.push(fieldInvalid(at, timeZone, `unknown time zone ${timeZone}`));
  if (timeZone === '') {
    errors.push(fieldInvalid(at, timeZone, 'timeZone must be nil or non-empty string'));
  } else if (timeZone.split('/').some((part) => part === '.' || part === '..' || !ZONE_PART.test(part))) {
    unknown();
  } else if (timeZone.toLowerCase() === 'local') {
    errors.push(fieldInvalid(at, timeZone, EXPLICIT_TEXT));
    if (timeZone !== 'Local') unknown();
  } else if (!isTimeZone(timeZone)) {
    unknown();
  }
}

/** Names are files on upstream's systems: their case counts, and offsets are none. */
function isTimeZone(timeZone: string): boolean {
  if (!/^[A-Z]/.test(timeZone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

export const cronJobPolicy: KindPolicy = {
  group: 'batch',
  resource: 'cronjobs',
  strategy: (environment) => new CronJobStrategy(podContext(environment)),
  defaults: { v1: setDefaults },
};
