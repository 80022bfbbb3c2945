import { describe, expect, it } from 'vitest';
import type {
  BatchV1CronJob,
  BatchV1CronJobSpec,
  BatchV1Job,
  BatchV1JobSpec,
  BatchV1JobStatus,
} from '../../apis/types.gen.js';
import { createWith, updateWith } from '../generic/testing.js';
import { cronJobPolicy } from './cron-job.policy.js';
import { jobPolicy } from './job.policy.js';
import { validateJobStatusUpdate } from './job-status-validation.js';

const podSpec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i:1' }] };
const job = (spec: Partial<BatchV1JobSpec>): BatchV1Job => ({
  metadata: { name: 'j', uid: 'u' },
  spec: { template: { spec: structuredClone(podSpec) }, ...spec } as BatchV1JobSpec,
});

describe('a job', () => {
  it.each<[string, Partial<BatchV1JobSpec>, string[]]>([
    ['nothing special', {}, []],
    [
      'failed indexes without a limit per index',
      { maxFailedIndexes: 1, completionMode: 'Indexed', completions: 2 },
      ['spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
    ],
    [
      'an action without a value',
      { podFailurePolicy: { rules: [{ action: '', onPodConditions: [{ type: 'X', status: 'True' }] }] } },
      ['spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
    ],
    [
      'success of more than all',
      { completionMode: 'Indexed', completions: 2, successPolicy: { rules: [{ succeededCount: 3 }] } },
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of specified completions)',
      ],
    ],
  ])('with %s', (_what, spec, faults) => {
    expect(createWith(jobPolicy, job(spec)).faults).toEqual(faults);
  });
});

describe('the pods of a job', () => {
  const faultsOf = (change: Partial<BatchV1JobSpec>, old: Partial<BatchV1JobSpec> = {}) => {
    const before = createWith(jobPolicy, job(old)).object;
    const now = structuredClone(before) as BatchV1Job;
    Object.assign(now.spec!, change);
    return updateWith(jobPolicy, now, before).faults;
  };

  it('carry the labels that the job selects by', () => {
    const template = { metadata: { labels: { 'job-name': 'other' } }, spec: structuredClone(podSpec) };
    const { faults } = createWith(jobPolicy, job({ template }));
    expect(faults).toContain(
      'spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"j","controller-uid":"u","job-name":"other"}: must be \'j\'',
    );
    expect(createWith(jobPolicy, job({ selector: { matchLabels: { a: 'b' } } })).faults[0]).toBe(
      'spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"u"}}: `selector` not auto-generated',
    );
  });

  it('give a job without labels all of theirs', () => {
    const given = job({ template: { metadata: { labels: { app: 'x' } }, spec: structuredClone(podSpec) } });
    const { object } = createWith(jobPolicy, given);
    expect(object.metadata.labels).toMatchObject({ app: 'x', 'batch.kubernetes.io/job-name': 'j' });
    expect(object.metadata.labels).toEqual((object as BatchV1Job).spec?.template?.metadata?.labels);
  });

  it('stay as they are in what no suspension frees, shown as upstream holds it', () => {
    const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'X', status: 'True' }] }];
    const old = createWith(jobPolicy, job({ suspend: true, podFailurePolicy: { rules } })).object as BatchV1Job;
    const change = structuredClone(old);
    change.spec!.template!.metadata!.name = 'free';
    change.spec!.template!.spec!.hostname = 'h';
    change.spec!.podFailurePolicy = { rules: [] };
    const { faults } = updateWith(jobPolicy, change, old);
    expect(faults.map((text) => text.slice(0, 50))).toEqual([
      'spec.template.spec: Invalid value: {"Volumes":null',
      'spec.podFailurePolicy: Invalid value: {"Rules":[]}',
    ]);
  });

  it('are as many as run at once, where the number of indexed ones changes', () => {
    const indexed = { completionMode: 'Indexed', completions: 2, parallelism: 2 };
    expect(faultsOf({ completions: 3, parallelism: 3 }, indexed)).toEqual([]);
    expect(faultsOf({ completions: 3 }, indexed)).toEqual([
      'spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
    ]);
    expect(faultsOf({ completions: 3 }, { completions: 2 })).toEqual([
      'spec.completions: Invalid value: 3: field is immutable',
    ]);
  });

  it('may be sent elsewhere and ask for other amounts while the job is suspended', () => {
    const moved = (requests: Record<string, string>, image = 'i:1') => {
      const template = structuredClone(createWith(jobPolicy, job({ suspend: true })).object as BatchV1Job).spec!
        .template!;
      template.spec!.nodeSelector = { a: 'b' };
      Object.assign(template.spec!.containers![0]!, { image, resources: { requests } });
      return template;
    };
    expect(faultsOf({ template: moved({ cpu: '1' }) }, { suspend: true })).toEqual([]);
    expect(faultsOf({ template: moved({ cpu: '1' }, 'i:2') }, { suspend: true }).join()).toContain(
      'field is immutable',
    );
    expect(faultsOf({ template: moved({ cpu: '1' }) }).join()).toContain('field is immutable');
  });

  it('are named after the job, which is told where the name is no label', () => {
    const dotted = { ...job({}), metadata: { name: 'a.b', uid: 'u' } };
    expect(createWith(jobPolicy, dotted).warnings[0]).toContain('a DNS label is recommended');
  });
});

describe('a cron job', () => {
  const cron = (spec: Partial<BatchV1CronJobSpec>, name = 'c'): BatchV1CronJob => ({
    metadata: { name },
    spec: { schedule: '* * * * *', jobTemplate: { spec: job({}).spec! }, ...spec },
  });

  it.each<[string, Partial<BatchV1CronJobSpec>, string[]]>([
    ['nothing special', {}, []],
    ['a zone', { timeZone: 'Europe/Berlin' }, []],
    [
      'no such zone',
      { timeZone: 'Mars/Base' },
      ['spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base'],
    ],
    [
      "the server's own zone",
      { timeZone: 'Local' },
      [
        'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ],
    ],
    [
      'a zone in the schedule',
      { schedule: 'TZ=UTC * * * * *' },
      [
        'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
  ])('with %s', (_what, spec, faults) => {
    expect(createWith(cronJobPolicy, cron(spec)).faults).toEqual(faults);
  });

  it('is told last that it has no schedule', () => {
    const { faults } = createWith(cronJobPolicy, cron({ schedule: '', failedJobsHistoryLimit: -1 }));
    expect(faults).toEqual([
      'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      'spec.schedule: Required value',
    ]);
  });

  it('has a name short enough for its jobs, where it is new', () => {
    const long = 'a'.repeat(53);
    const { faults, object } = createWith(cronJobPolicy, cron({}, long));
    expect(faults).toEqual([`metadata.name: Invalid value: "${long}": must be no more than 52 characters`]);
    expect(updateWith(cronJobPolicy, structuredClone(object), object).faults).toEqual([]);
  });

  it('keeps a zone in its schedule that it had', () => {
    const old = cron({ schedule: 'TZ=UTC * * * * *' });
    const faults = (spec: Partial<BatchV1CronJobSpec>) =>
      updateWith(cronJobPolicy, cron({ schedule: 'TZ=UTC 1 * * * *', ...spec }), old).faults;
    expect(faults({})).toEqual([]);
    expect(faults({ timeZone: 'UTC' })[0]).toContain('cannot use both timeZone field and TZ or CRON_TZ in schedule');
  });
});

describe('the status of a job', () => {
  const faults = (now: BatchV1JobStatus, before: BatchV1JobStatus = {}, spec: Partial<BatchV1JobSpec> = {}) => {
    const errors: Parameters<typeof validateJobStatusUpdate>[2] = [];
    validateJobStatusUpdate({ ...job(spec), status: now }, { ...job(spec), status: before }, errors);
    return errors.map(({ field, message }) => `${field}: ${message}`);
  };
  const done = (...types: string[]) => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
  const start = '2026-01-01T00:00:00Z';

  it('completes with a time, after the criteria are met', () => {
    const complete = { ...done('SuccessCriteriaMet', 'Complete'), startTime: start };
    expect(faults({ ...complete, completionTime: '2026-01-01T00:05:00Z' }, { startTime: start })).toEqual([]);
    expect(faults(complete, { startTime: start })).toEqual([
      'status.completionTime: Required value: completionTime is required for Complete jobs',
    ]);
    expect(faults({ ...complete, completionTime: '2025-01-01T00:00:00Z' }, { startTime: start })).toEqual([
      'status.completionTime: Invalid value: "2025-01-01T00:00:00Z": completionTime cannot be set before startTime',
    ]);
  });

  it('keeps what breaks a rule as long as that does not change', () => {
    const broken = { active: 1, ...done('FailureTarget', 'Failed'), startTime: start };
    expect(faults({ ...broken, failed: 1 }, broken)).toEqual([]);
    expect(faults({ ...broken, active: 2 }, broken)).toEqual([
      'status.active: Invalid value: 2: active>0 is invalid for finished job',
    ]);
  });

  it('takes no index for both done and failed', () => {
    const spec = { completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1 };
    expect(faults({ completedIndexes: '0-2', failedIndexes: '2,4' }, {}, spec)).toEqual([
      'status.failedIndexes: Invalid value: "2,4": failedIndexes and completedIndexes overlap at index: 2',
    ]);
  });
});
