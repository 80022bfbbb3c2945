import { parseGroupVersion } from '../apimachinery/meta/group-version.js';
import type { Catalogue } from '../apis/catalogue.js';

/** Whether kube-apiserver's scheme would know a type: decides between two texts for a body of the wrong type. */
export type KnownKinds = (apiVersion: string, kind: string) => boolean;

/** Group versions that the scheme knows though they are no longer served, with the groups whose kinds they had. */
const LEGACY_GROUP_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  'extensions/v1beta1': ['apps', 'networking.k8s.io'],
  'apps/v1beta1': ['apps'],
  'apps/v1beta2': ['apps'],
  'batch/v1beta1': ['batch'],
  'policy/v1beta1': ['policy'],
  'networking.k8s.io/v1beta1': ['networking.k8s.io'],
  'rbac.authorization.k8s.io/v1alpha1': ['rbac.authorization.k8s.io'],
  'rbac.authorization.k8s.io/v1beta1': ['rbac.authorization.k8s.io'],
  'autoscaling/v2beta1': ['autoscaling'],
  'autoscaling/v2beta2': ['autoscaling'],
  'storage.k8s.io/v1alpha1': ['storage.k8s.io'],
  'storage.k8s.io/v1beta1': ['storage.k8s.io'],
  'scheduling.k8s.io/v1alpha1': ['scheduling.k8s.io'],
  'scheduling.k8s.io/v1beta1': ['scheduling.k8s.io'],
  'events.k8s.io/v1beta1': ['events.k8s.io'],
  'coordination.k8s.io/v1beta1': ['coordination.k8s.io'],
  'discovery.k8s.io/v1beta1': ['discovery.k8s.io'],
  'admissionregistration.k8s.io/v1beta1': ['admissionregistration.k8s.io'],
  'apiextensions.k8s.io/v1beta1': ['apiextensions.k8s.io'],
  'certificates.k8s.io/v1beta1': ['certificates.k8s.io'],
};

export function knownKinds(catalogue: Catalogue): KnownKinds {
  return (apiVersion, kind) => {
    const groupVersion = parseGroupVersion(apiVersion);
    if (groupVersion === undefined) return false;
    if (catalogue.typeNameOf({ ...groupVersion, kind }) !== undefined) return true;
    const groups = LEGACY_GROUP_VERSIONS[apiVersion] ?? [];
    const served = catalogue.builtinResources();
    return groups.some((group) => served.some((r) => r.kind === kind && r.groupVersion.startsWith(`${group}/`)));
  };
}
