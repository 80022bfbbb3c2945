import type { KindPolicy } from '../kind-policy.js';
import { csiDriverPolicy, csiNodePolicy, csiStorageCapacityPolicy } from './csi.policies.js';
import { storageClassPolicy, volumeAttributesClassPolicy } from './storage-class.policy.js';
import { volumeAttachmentPolicy } from './volume-attachment.policy.js';

export const storagePolicies: readonly KindPolicy[] = [
  storageClassPolicy,
  volumeAttributesClassPolicy,
  csiDriverPolicy,
  csiNodePolicy,
  csiStorageCapacityPolicy,
  volumeAttachmentPolicy,
];
