import { expect, it } from 'vitest';
import { admit, KnownObjects, objectOf, request } from '../../testing.js';
import { PersistentVolumeClaimResize } from './persistent-volume-claim-resize.js';

const objects = new KnownObjects()
  .put('storage.k8s.io/storageclasses', objectOf({ name: 'grows' }, { allowVolumeExpansion: true }))
  .put('storage.k8s.io/storageclasses', objectOf({ name: 'stays' }));
const claim = (storage: string, storageClassName?: string, phase = 'Bound') =>
  objectOf(
    { name: 'c' },
    {
      spec: { resources: { requests: { storage } }, ...(storageClassName && { storageClassName }) },
      status: { phase },
    },
  );
const resize = (object: ReturnType<typeof claim>, oldObject: ReturnType<typeof claim>) =>
  admit(
    new PersistentVolumeClaimResize(objects),
    request('/persistentvolumeclaims', object, { operation: 'UPDATE', oldObject }),
  );

it('lets bound claims grow where their class allows it', async () => {
  await resize(claim('2Gi', 'grows'), claim('1Gi', 'grows'));
  await resize(claim('1024Mi', 'stays'), claim('1Gi', 'stays'));
});

it('refuses the others', async () => {
  const text = 'only dynamically provisioned pvc can be resized';
  await expect(resize(claim('2Gi', 'stays'), claim('1Gi', 'stays'))).rejects.toThrow(text);
  await expect(resize(claim('2Gi'), claim('1Gi'))).rejects.toThrow(text);
  await expect(resize(claim('2Gi', 'gone'), claim('1Gi', 'gone'))).rejects.toThrow(text);
  await expect(resize(claim('2Gi', 'grows'), claim('1Gi', 'grows', 'Pending'))).rejects.toThrow(
    'persistentvolumeclaims "c" is forbidden: Only bound persistent volume claims can be expanded',
  );
});
