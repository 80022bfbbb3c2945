import { describe, expect, it } from 'vitest';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { LimitRanger } from './limit-ranger.js';

const ranger = (...limits: object[]) =>
  new LimitRanger(
    new KnownObjects().put(
      '/limitranges',
      objectOf({ name: 'lr', namespace: 'ns' }, { spec: { limits: limits as [] } }),
    ),
  );
const container = (name: string, requests?: object, limits?: object, more = {}) => ({
  name,
  image: 'i',
  resources: { ...(requests && { requests }), ...(limits && { limits }) },
  ...more,
});
const admitted = async (plugin: LimitRanger, spec: object) => {
  const object = pod({ ...spec }) as CoreV1Pod;
  await admit(plugin, request('/pods', object));
  return object;
};

describe('LimitRanger', () => {
  it('fills in defaults and notes what it did, for init containers too', async () => {
    const plugin = ranger({
      type: 'Container',
      default: { cpu: '500m', memory: '1Gi' },
      defaultRequest: { cpu: '1m' },
    });
    const object = await admitted(plugin, {
      containers: [container('a', undefined, { memory: '2Gi' })],
      initContainers: [container('b', { cpu: '2m' }, { cpu: '3m', memory: '1Gi' }), container('d')],
    });
    expect(object.spec?.containers?.[0]?.resources).toEqual({
      requests: { cpu: '1m' },
      limits: { memory: '2Gi', cpu: '500m' },
    });
    expect(object.metadata.annotations?.['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu request for container a; cpu limit for container a; cpu request for init container d; cpu, memory limit for init container d',
    );
  });

  it('leaves pods that say everything without a note', async () => {
    const plugin = ranger({ type: 'Container', default: { cpu: '500m' } });
    const object = await admitted(plugin, { containers: [container('a', undefined, { cpu: '1' })] });
    expect(object.metadata.annotations).toBeUndefined();
  });

  it('names every fault of a container', async () => {
    const item = { type: 'Container', min: { cpu: '50m' }, max: { cpu: '1' }, maxLimitRequestRatio: { cpu: '8' } };
    await expect(
      admitted(ranger(item), { containers: [container('a', { cpu: '10m' }, { cpu: '2' })] }),
    ).rejects.toThrow(
      'pods "p" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per Container is 1, but limit is 2, cpu max limit to request ratio per Container is 8, but provided ratio is 200.000000]',
    );
    await expect(admitted(ranger(item), { containers: [container('a')] })).rejects.toThrow(
      '[minimum cpu usage per Container is 50m. No request is specified, maximum cpu usage per Container is 1. No limit is specified, cpu max limit to request ratio per Container is 8, but no request is specified or request is 0]',
    );
  });

  it('adds up a pod: side cars beside containers, or the neediest init container', async () => {
    const plugin = ranger({ type: 'Pod', max: { cpu: '3' } });
    const limited = (name: string, cpu: string, more = {}) => container(name, undefined, { cpu }, more);
    const sideCar = limited('s', '1', { restartPolicy: 'Always' });
    await admitted(plugin, { containers: [limited('a', '2')], initContainers: [sideCar, limited('b', '2')] });
    await expect(
      admitted(plugin, { containers: [limited('a', '1')], initContainers: [sideCar, limited('b', '2500m')] }),
    ).rejects.toThrow('maximum cpu usage per Pod is 3, but limit is 3500m');
  });

  it('bounds claims when they are made and when they grow', async () => {
    const plugin = ranger({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
    const claim = (storage: string) => objectOf({ name: 'c' }, { spec: { resources: { requests: { storage } } } });
    await admit(plugin, request('/persistentvolumeclaims', claim('1Gi')));
    await expect(admit(plugin, request('/persistentvolumeclaims', claim('1Mi')))).rejects.toThrow(
      'minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    );
    const growth = { operation: 'UPDATE' as const, oldObject: claim('1Gi') };
    await expect(admit(plugin, request('/persistentvolumeclaims', claim('3Gi'), growth))).rejects.toThrow(
      'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    );
  });

  it('has nothing to do in namespaces without limit ranges, nor on updates of pods', () => {
    expect(new LimitRanger(new KnownObjects()).handles(request('/pods', pod()))).toBe(false);
    expect(ranger({}).handles(request('/pods', pod(), { operation: 'UPDATE' }))).toBe(false);
    expect(ranger({}).handles(request('/pods', pod(), { operation: 'UPDATE', subresource: 'resize' }))).toBe(true);
  });
});
