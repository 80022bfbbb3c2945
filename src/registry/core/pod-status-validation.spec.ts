import { expect, it } from 'vitest';
import type { CoreV1PodSpec, CoreV1PodStatus } from '../../apis/types.gen.js';
import { validatePodStatus } from './pod-status-validation.js';

const faults = (now: CoreV1PodStatus, before: CoreV1PodStatus, spec: Partial<CoreV1PodSpec> = {}) => {
  const errors: Parameters<typeof validatePodStatus>[2] = [];
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }], ...spec } };
  validatePodStatus({ ...pod, status: now }, { ...pod, status: before }, errors);
  return errors.map(({ field, message }) => `${field}: ${message}`);
};

it('takes one address of each family', () => {
  expect(faults({ podIPs: [{ ip: '10.1.1.1' }, { ip: 'fd00::1' }] }, {})).toEqual([]);
  expect(faults({ podIPs: [{ ip: '10.1.1.1' }, { ip: '10.1.1.1' }] }, {})).toEqual([
    'status.podIPs: Invalid value: [{"IP":"10.1.1.1"},{"IP":"10.1.1.1"}]: may specify no more than one IP for each IP family',
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

it('starts containers again as their own rules say', () => {
  const status = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0 };
  const ended = { containerStatuses: [{ ...status, state: { terminated: { exitCode: 42 } } }] };
  const running = { containerStatuses: [{ ...status, state: { running: {} } }] };
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } };
  const container = { name: 'c', restartPolicy: 'Never', restartPolicyRules: [rule] };
  expect(faults(running, ended, { restartPolicy: 'Never', containers: [container] })).toEqual([]);
});

it('judges who a container runs as and how its devices are', () => {
  const status = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0 };
  const allocated = [
    { name: 'example.com/gpu', resources: [{ resourceID: 'a', health: 'Fine' }, { resourceID: 'a' }] },
  ];
  const user = { linux: { uid: -1, gid: 0 } };
  const found = faults(
    { containerStatuses: [{ ...status, allocatedResourcesStatus: allocated, user }] },
    {},
    { containers: [{ name: 'c' }] },
  );
  expect(found).toEqual([
    'status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    'status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "example.com/gpu": must match one of the container\'s resource requests',
    'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: "Fine": supported values: "Healthy", "Unhealthy", "Unknown"',
    'status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].health: Unsupported value: "": supported values: "Healthy", "Unhealthy", "Unknown"',
    'status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: "a"',
  ]);
});
