import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';

/** Finalizer by `group/resource`. */
const FINALIZERS: ReadonlyMap<string, string> = new Map([
  ['/persistentvolumes', 'kubernetes.io/pv-protection'],
  ['/persistentvolumeclaims', 'kubernetes.io/pvc-protection'],
  ['storage.k8s.io/volumeattributesclasses', 'kubernetes.io/vac-protection'],
]);
const RESOURCES = new Set([...FINALIZERS.keys()].map((key) => key.slice(key.indexOf('/') + 1)));

/**
 * Volumes, claims and volume attributes classes get a finalizer that keeps them while something uses them.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#storageobjectinuseprotection
 */
export class StorageObjectInUseProtection implements AdmissionPlugin {
  readonly name = 'StorageObjectInUseProtection';

  handles({ operation, resource, subresource }: AdmissionAttributes): boolean {
    return operation === 'CREATE' && subresource === '' && RESOURCES.has(resource.resource);
  }

  mutate({ object, resource }: AdmissionAttributes): void {
    const finalizer = FINALIZERS.get(`${resource.group}/${resource.resource}`);
    if (finalizer === undefined || object === undefined) return;
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
  }
}
