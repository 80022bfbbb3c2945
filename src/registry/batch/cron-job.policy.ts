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
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { scheduleFault } from './cron-schedule.js';
import { validateJobSpec } from './job.policy.js';

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
  defaultPodTemplate(spec.jobTemplate.spec);
}

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
class CronJobStrategy extends GenericStrategy {
  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { spec = {} as BatchV1CronJobSpec, metadata } = object as BatchV1CronJob;
    validateSchedule(spec, errors);
    validateNonNegative(spec.startingDeadlineSeconds, SPEC.child('startingDeadlineSeconds'), errors);
    validateTimeZone(spec.timeZone, errors);
    if (!spec.schedule) errors.push(fieldRequired(SPEC.child('schedule')));
    validateEnum(spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], SPEC.child('concurrencyPolicy'), errors);
    this.validateTemplate(spec.jobTemplate?.spec ?? ({} as BatchV1JobSpec), errors);
    validateNonNegative(spec.successfulJobsHistoryLimit, SPEC.child('successfulJobsHistoryLimit'), errors);
    validateNonNegative(spec.failedJobsHistoryLimit, SPEC.child('failedJobsHistoryLimit'), errors);
    if ((metadata.name ?? '').length > NAME_LENGTH_MAX) {
      const text = `must be no more than ${NAME_LENGTH_MAX} characters`;
      errors.push(fieldInvalid(FieldPath.root('metadata', 'name'), metadata.name, text));
    }
    return errors;
  }

  private validateTemplate(spec: BatchV1JobSpec, errors: Errors): void {
    const at = SPEC.child('jobTemplate', 'spec');
    validateJobSpec(spec, this.context, at, errors, true);
    if (spec.selector)
      errors.push(fieldInvalid(at.child('selector'), spec.selector, '`selector` will be auto-generated'));
    if (spec.manualSelector === true) {
      errors.push(fieldNotSupportedAsListed(at.child('manualSelector'), true, ['nil', 'false']));
    }
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return this.validateCreate(ctx, object);
  }
}

function validateSchedule({ schedule = '' }: BatchV1CronJobSpec, errors: Errors): void {
  if (schedule === '') return;
  const fault = scheduleFault(schedule);
  const at = SPEC.child('schedule');
  if (fault !== undefined) errors.push(fieldInvalid(at, schedule, fault));
  if (schedule.includes('TZ')) {
    errors.push(fieldInvalid(at, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  }
}

function validateTimeZone(timeZone: string | undefined, errors: Errors): void {
  if (timeZone === undefined) return;
  const at = SPEC.child('timeZone');
  if (timeZone === '') {
    errors.push(fieldInvalid(at, timeZone, 'timeZone must be nil or non-empty string'));
  } else if (timeZone.toLowerCase() === 'local') {
    errors.push(
      fieldInvalid(
        at,
        timeZone,
        'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ),
    );
  } else if (!isTimeZone(timeZone)) {
    errors.push(fieldInvalid(at, timeZone, `unknown time zone ${timeZone}`));
  }
}

function isTimeZone(timeZone: string): boolean {
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
