import type { GroupVersion } from '../../apimachinery/meta/group-version.js';

/** Every version that the reference's scheme has, served or not. */
const VERSIONS: Readonly<Record<string, string>> = {
  '': 'v1',
  'admission.k8s.io': 'v1 v1beta1',
  'admissionregistration.k8s.io': 'v1 v1alpha1 v1beta1',
  'apiextensions.k8s.io': 'v1 v1beta1',
  'apiregistration.k8s.io': 'v1 v1beta1',
  apps: 'v1 v1beta1 v1beta2',
  'authentication.k8s.io': 'v1 v1alpha1 v1beta1',
  'authorization.k8s.io': 'v1 v1beta1',
  autoscaling: 'v1 v2',
  batch: 'v1 v1beta1',
  'certificates.k8s.io': 'v1 v1alpha1 v1beta1',
  'coordination.k8s.io': 'v1 v1alpha2 v1beta1',
  'discovery.k8s.io': 'v1 v1beta1',
  'events.k8s.io': 'v1 v1beta1',
  extensions: 'v1beta1',
  'flowcontrol.apiserver.k8s.io': 'v1 v1beta1 v1beta2 v1beta3',
  'imagepolicy.k8s.io': 'v1alpha1',
  'internal.apiserver.k8s.io': 'v1alpha1',
  'lifecycle.k8s.io': 'v1alpha1',
  'networking.k8s.io': 'v1 v1beta1',
  'node.k8s.io': 'v1 v1alpha1 v1beta1',
  policy: 'v1 v1beta1',
  'rbac.authorization.k8s.io': 'v1 v1alpha1 v1beta1',
  'resource.k8s.io': 'v1 v1alpha3 v1beta1 v1beta2',
  'scheduling.k8s.io': 'v1 v1alpha3 v1beta1',
  'storage.k8s.io': 'v1 v1alpha1 v1beta1',
  'storagemigration.k8s.io': 'v1 v1beta1',
};

/** Groups of servers' own schemes, which clients do not know. */
const SERVERS_OWN = new Set([
  'admission.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'imagepolicy.k8s.io',
]);

/**
 * Types that all groups share name these in the v2 document, in this order.
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/openapi/openapi.go (behaviour)
 */
export const REGISTERED_GROUP_VERSIONS: readonly GroupVersion[] = Object.entries(VERSIONS).flatMap(
  ([group, versions]) => versions.split(' ').map((version) => ({ group, version })),
);

/** What documents of custom resources name instead: they are made from the scheme of clients. */
export const CLIENT_GROUP_VERSIONS: readonly GroupVersion[] = REGISTERED_GROUP_VERSIONS.filter(
  ({ group }) => !SERVERS_OWN.has(group),
);
