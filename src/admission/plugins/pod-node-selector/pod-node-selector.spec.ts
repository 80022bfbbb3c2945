import { expect, it } from 'vitest';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { PodNodeSelector } from './pod-node-selector.js';

const admitted = async (annotation: string | undefined, nodeSelector?: object, configuration?: object) => {
  const annotations: Record<string, string> =
    annotation === undefined ? {} : { 'scheduler.alpha.kubernetes.io/node-selector': annotation };
  const objects = new KnownObjects().put('/namespaces', objectOf({ name: 'ns', annotations }));
  const object = pod(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }) as CoreV1Pod;
  const plugin = new PodNodeSelector(objects, { clusterDefault: '', allowed: {}, ...configuration });
  await admit(plugin, request('/pods', object));
  return object.spec?.nodeSelector;
};

it('adds the selector of the namespace, or else of the cluster', async () => {
  expect(await admitted('env=test, team=a', { disk: 'ssd' })).toEqual({ disk: 'ssd', env: 'test', team: 'a' });
  expect(await admitted(undefined, undefined, { clusterDefault: 'env=prod' })).toEqual({ env: 'prod' });
  expect(await admitted('', undefined, { clusterDefault: 'env=prod' })).toBeUndefined();
});

it('refuses contradictions, and what the namespace may not use', async () => {
  await expect(admitted('env=test', { env: 'prod' })).rejects.toThrow(
    'pod node label selector conflicts with its namespace node label selector',
  );
  await expect(admitted('env=test', { disk: 'ssd' }, { allowed: { ns: 'env=test' } })).rejects.toThrow('whitelist');
  await admitted('env=test', { disk: 'ssd' }, { allowed: { ns: 'env=test,disk=ssd' } });
});

it('tells of an annotation that is no selector', async () => {
  await expect(admitted('nonsense')).rejects.toThrow('invalid selector: nonsense');
});
