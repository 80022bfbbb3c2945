import { expect, it } from 'vitest';
import type { CoreV1PersistentVolumeClaim } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, request } from '../../testing.js';
import { DefaultStorageClass } from './default-storage-class.js';

const marked = (name: string, second: number, mark = 'storageclass.kubernetes.io/is-default-class') =>
  objectOf({ name, annotations: { [mark]: 'true' }, creationTimestamp: `2026-01-01T00:00:0${second}Z` });
const classOf = async (objects: KnownObjects, spec = {}, annotations = {}) => {
  const claim = objectOf({ name: 'c', annotations }, { spec: { ...spec } }) as CoreV1PersistentVolumeClaim;
  await admit(new DefaultStorageClass(objects), request('/persistentvolumeclaims', claim));
  return claim.spec?.storageClassName;
};
const known = (...classes: ReturnType<typeof marked>[]) => {
  const objects = new KnownObjects();
  for (const one of classes) objects.put('storage.k8s.io/storageclasses', one);
  return objects;
};

it('writes the newest default class into claims that name none', async () => {
  expect(await classOf(known(marked('old', 1), marked('new', 2), objectOf({ name: 'plain' })))).toBe('new');
  expect(await classOf(known(marked('b', 1), marked('a', 1)))).toBe('a');
  expect(await classOf(known(marked('beta', 1, 'storageclass.beta.kubernetes.io/is-default-class')))).toBe('beta');
});

it('leaves claims that chose, by field or by annotation, and all without a default', async () => {
  const one = known(marked('a', 1));
  expect(await classOf(one, { storageClassName: '' })).toBe('');
  expect(await classOf(one, {}, { 'volume.beta.kubernetes.io/storage-class': 'x' })).toBeUndefined();
  expect(await classOf(known())).toBeUndefined();
});
