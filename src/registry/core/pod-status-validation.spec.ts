import { expect, it } from 'vitest';
import type { CoreV1PodSpec, CoreV1PodStatus } from '../../apis/types.gen.js';
import { validatePodStatus } from './pod-status-validation.js';

const faults = (now: CoreV1PodStatus, before: CoreV1PodStatus, spec: Partial<CoreV1PodSpec> = {}) => {
  const errors: Parameters<typeof validatePodStatus>[2] = [];
  const pod = { metadata: { name: 'p' }, spec: { containers: null, ...spec } };
  validatePodStatus({ ...pod, status: now }, { ...pod, status: before }, errors);
  return errors.map(({ field, message }) => `${field}: ${message}`);
};

it('takes one address of each family', () => {
  expect(faults({ podIPs: [{ ip: '10.1.1.1' }, { ip: 'fd00::1' }] }, {})).toEqual([]);
  expect(faults({ podIPs: [{ ip: '10.1.1.1' }, { ip: '10.1.1.1' }] }, {})).toEqual([
    'status.podIPs: Invalid value: [{"IP":"10.1.1.1"},{"IP":"10.1.1.1"}]: may specify no more than one IP for each IP family',
    'status.podIPs[1]: Duplicate value: {"IP":"10.1.1.1"}',
  ]);
});

it('lets no container run again that has ended for good', () => {
  const container = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0 };
  const ended = (exitCode: number) => ({ containerStatuses: [{ ...container, state: { terminated: { exitCode } } }] });
  const running = { containerStatuses: [{ ...container, state: { running: {} } }] };
  const refusal = ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'];
  expect(faults(running, ended(1), { restartPolicy: 'Never' })).toEqual(refusal);
  expect(faults(running, ended(0), { restartPolicy: 'OnFailure' })).toEqual(refusal);
  expect(faults(running, ended(1), { restartPolicy: 'OnFailure' })).toEqual([]);
  expect(faults(running, ended(0), { restartPolicy: 'Always' })).toEqual([]);
});
