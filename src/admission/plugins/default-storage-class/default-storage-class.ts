import type { CoreV1PersistentVolumeClaim, StorageV1StorageClass } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { defaultClass } from '../../default-class.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { isWhole } from '../../refusal.js';

const MARKS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];
/** How claims named their class before there was a field. */
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/**
 * A claim that says nothing of its class gets the default one; an empty text is a choice.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaultstorageclass
 */
export class DefaultStorageClass implements AdmissionPlugin {
  readonly name = 'DefaultStorageClass';

  constructor(private readonly objects: ObjectLookup) {}

  handles(attributes: AdmissionAttributes): boolean {
    return attributes.operation === 'CREATE' && isWhole(attributes, '', 'persistentvolumeclaims');
  }

  mutate({ object }: AdmissionAttributes): void {
    const claim = object as CoreV1PersistentVolumeClaim;
    if (claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    if (claim.spec?.storageClassName !== undefined) return;
    const classes = this.objects.list<StorageV1StorageClass>('storage.k8s.io', 'storageclasses', '');
    const name = defaultClass(classes, MARKS)?.metadata.name;
    if (name === undefined) return;
    claim.spec ??= {};
    claim.spec.storageClassName = name;
  }
}
