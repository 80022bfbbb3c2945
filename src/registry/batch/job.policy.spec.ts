import { describe, expect, it } from 'vitest';
import type { BatchV1Job, BatchV1JobSpec, BatchV1JobStatus } from '../../apis/types.gen.js';
import { createWith } from '../generic/testing.js';
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
