import { expect, it } from 'vitest';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { admit, pod, request } from '../../testing.js';
import { ExtendedResourceToleration } from './extended-resource-toleration.js';

const tolerationsOf = async (requests: object, tolerations?: object[]) => {
  const containers = [{ name: 'c', resources: { requests: { ...requests } } }];
  const object = pod({ containers, ...(tolerations && { tolerations: tolerations as [] }) }) as CoreV1Pod;
  await admit(new ExtendedResourceToleration(), request('/pods', object));
  return object.spec?.tolerations;
};

it('tolerates the taints of devices that the pod asks for, in order of name', async () => {
  expect(await tolerationsOf({ cpu: '1', 'kubernetes.io/batch': '1', 'b.com/gpu': '1', 'a.com/nic': '1' })).toEqual([
    { key: 'a.com/nic', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'b.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  ]);
});

it('adds nothing that is there, and nothing to plain pods', async () => {
  const own = [{ key: 'b.com/gpu', operator: 'Exists', effect: 'NoSchedule' }];
  expect(await tolerationsOf({ 'b.com/gpu': '1' }, own)).toEqual(own);
  expect(await tolerationsOf({ cpu: '1' })).toBeUndefined();
});
