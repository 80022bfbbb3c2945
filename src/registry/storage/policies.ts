import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { StorageV1CSIDriver, StorageV1StorageClass } from '../../apis/types.gen.js';
import { plainPolicy } from '../generic/plain-policies.js';
import type { KindPolicy } from '../kind-policy.js';

const GROUP = 'storage.k8s.io';

function storageClassDefaults(object: KubeObject): void {
  const storageClass = object as StorageV1StorageClass;
  storageClass.reclaimPolicy ??= 'Delete';
  storageClass.volumeBindingMode ??= 'Immediate';
}

function driverDefaults(object: KubeObject): void {
  const driver = object as StorageV1CSIDriver;
  driver.spec ??= {};
  const { spec } = driver;
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

export const storagePolicies: readonly KindPolicy[] = [
  plainPolicy(GROUP, 'v1', {
    resource: 'storageclasses',
    kind: 'StorageClass',
    namespaced: false,
    defaults: { v1: storageClassDefaults },
  }),
  plainPolicy(GROUP, 'v1', {
    resource: 'csidrivers',
    kind: 'CSIDriver',
    namespaced: false,
    allowUnconditionalUpdate: false,
    defaults: { v1: driverDefaults },
  }),
];
