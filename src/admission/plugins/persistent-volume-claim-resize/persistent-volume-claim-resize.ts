import { Quantity } from '../../../apimachinery/runtime/quantity.js';
import type { CoreV1PersistentVolumeClaim, StorageV1StorageClass } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { isWhole, refused } from '../../refusal.js';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/**
 * A claim grows only once it is bound, and only where its storage class lets volumes grow.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#persistentvolumeclaimresize
 */
export class PersistentVolumeClaimResize implements AdmissionPlugin {
  readonly name = 'PersistentVolumeClaimResize';

  constructor(private readonly objects: ObjectLookup) {}

  handles(attributes: AdmissionAttributes): boolean {
    return attributes.operation === 'UPDATE' && isWhole(attributes, '', 'persistentvolumeclaims');
  }

  validate(attributes: AdmissionAttributes): void {
    const claim = attributes.object as CoreV1PersistentVolumeClaim;
    const old = attributes.oldObject as CoreV1PersistentVolumeClaim;
    if (sizeOf(claim).compare(sizeOf(old)) <= 0) return;
    if (old.status?.phase !== 'Bound') {
      throw refused(attributes, 'Only bound persistent volume claims can be expanded');
    }
    if (!this.mayGrow(classOf(claim), classOf(old))) {
      throw refused(
        attributes,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
    }
  }

  private mayGrow(name: string, oldName: string): boolean {
    if (name === '' || name !== oldName) return false;
    const storageClass = this.objects.get<StorageV1StorageClass>('storage.k8s.io', 'storageclasses', '', name);
    return storageClass?.allowVolumeExpansion === true;
  }
}

function sizeOf({ spec }: CoreV1PersistentVolumeClaim): Quantity {
  const size = spec?.resources?.requests?.['storage'];
  return size === undefined ? Quantity.zero : Quantity.parse(size);
}

function classOf({ metadata, spec }: CoreV1PersistentVolumeClaim): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '';
}
