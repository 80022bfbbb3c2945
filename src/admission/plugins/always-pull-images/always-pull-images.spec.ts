import { expect, it } from 'vitest';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { admit, pod, request } from '../../testing.js';
import { AlwaysPullImages } from './always-pull-images.js';

const plugin = new AlwaysPullImages();
const container = { name: 'c', image: 'i', imagePullPolicy: 'IfNotPresent' };

it('has every image pulled', async () => {
  const volumes = [{ name: 'v', image: { reference: 'r', pullPolicy: 'Never' } }];
  const object = pod({ containers: [{ ...container }], initContainers: [{ ...container }], volumes }) as CoreV1Pod;
  await admit(plugin, request('/pods', object));
  const { containers, initContainers } = object.spec!;
  expect([containers?.[0], initContainers?.[0]].map((one) => one?.imagePullPolicy)).toEqual(['Always', 'Always']);
  expect(object.spec?.volumes?.[0]?.image?.pullPolicy).toBe('Always');
});

it('refuses what a later plugin changed back', () => {
  expect(() => plugin.validate(request('/pods', pod({ containers: [container] })))).toThrow(
    'pods "p" is forbidden: spec.containers[0].imagePullPolicy: Unsupported value: "IfNotPresent": supported values: "Always"',
  );
});

it('leaves updates without new images alone', () => {
  const update = (image: string) =>
    request('/pods', pod({ containers: [{ ...container, image }] }), { operation: 'UPDATE', oldObject: pod() });
  expect([plugin.handles(update('i')), plugin.handles(update('j'))]).toEqual([false, true]);
});
