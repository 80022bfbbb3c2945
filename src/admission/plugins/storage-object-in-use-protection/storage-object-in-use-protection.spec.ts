import { expect, it } from 'vitest';
import { admit, objectOf, request } from '../../testing.js';
import { StorageObjectInUseProtection } from './storage-object-in-use-protection.js';

const finalizersOf = async (path: string, finalizers?: string[]) => {
  const object = objectOf({ name: 'x', ...(finalizers && { finalizers }) });
  await admit(new StorageObjectInUseProtection(), request(path, object));
  return object.metadata.finalizers;
};

it('protects volumes, claims and attributes classes', async () => {
  expect(await finalizersOf('/persistentvolumes')).toEqual(['kubernetes.io/pv-protection']);
  expect(await finalizersOf('/persistentvolumeclaims', ['a/b'])).toEqual(['a/b', 'kubernetes.io/pvc-protection']);
  expect(await finalizersOf('storage.k8s.io/volumeattributesclasses')).toEqual(['kubernetes.io/vac-protection']);
});

it('writes a finalizer once, and none on kinds of other groups', async () => {
  const own = ['kubernetes.io/pv-protection'];
  expect(await finalizersOf('/persistentvolumes', own)).toEqual(own);
  expect(await finalizersOf('example.com/persistentvolumes')).toBeUndefined();
});
