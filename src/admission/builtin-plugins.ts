import type { Authorizer } from '../security/authorization/authorizer.js';
import type { AdmissionPlugin } from './admission.js';
import type { ObjectLookup } from './object-lookup.js';
import { AlwaysAdmit } from './plugins/always-admit/always-admit.js';
import { AlwaysDeny } from './plugins/always-deny/always-deny.js';
import { AlwaysPullImages } from './plugins/always-pull-images/always-pull-images.js';
import { CertificateApproval } from './plugins/certificate-approval/certificate-approval.js';
import { CertificateSigning } from './plugins/certificate-signing/certificate-signing.js';
import { CertificateSubjectRestriction } from './plugins/certificate-subject-restriction/certificate-subject-restriction.js';
import { ClusterTrustBundleAttest } from './plugins/cluster-trust-bundle-attest/cluster-trust-bundle-attest.js';
import { DefaultIngressClass } from './plugins/default-ingress-class/default-ingress-class.js';
import { DefaultStorageClass } from './plugins/default-storage-class/default-storage-class.js';
import { DefaultTolerationSeconds } from './plugins/default-toleration-seconds/default-toleration-seconds.js';
import { DenyServiceExternalIPs } from './plugins/deny-service-external-ips/deny-service-external-ips.js';
import { EventRateLimit } from './plugins/event-rate-limit/event-rate-limit.js';
import { ExtendedResourceToleration } from './plugins/extended-resource-toleration/extended-resource-toleration.js';
import { LimitPodHardAntiAffinityTopology } from './plugins/limit-pod-hard-anti-affinity-topology/limit-pod-hard-anti-affinity-topology.js';
import { LimitRanger } from './plugins/limit-ranger/limit-ranger.js';
import {
  type CreateNamespace,
  NamespaceAutoProvision,
} from './plugins/namespace-auto-provision/namespace-auto-provision.js';
import { NamespaceExists } from './plugins/namespace-exists/namespace-exists.js';
import {
  NamespaceLifecycle,
  type NamespaceLookup,
  type NamespacePhase,
} from './plugins/namespace-lifecycle/namespace-lifecycle.js';
import {
  OwnerReferencesPermissionEnforcement,
  type ResourceOfKind,
} from './plugins/owner-references-permission-enforcement/owner-references-permission-enforcement.js';
import { PersistentVolumeClaimResize } from './plugins/persistent-volume-claim-resize/persistent-volume-claim-resize.js';
import { PodNodeSelector } from './plugins/pod-node-selector/pod-node-selector.js';
import { PodSecurity } from './plugins/pod-security/pod-security.js';
import { PodTopologyLabels } from './plugins/pod-topology-labels/pod-topology-labels.js';
import { Priority } from './plugins/priority/priority.js';
import type { QuotaLedger } from './plugins/resource-quota/quota-ledger.js';
import { ResourceQuota } from './plugins/resource-quota/resource-quota.js';
import { RuntimeClass } from './plugins/runtime-class/runtime-class.js';
import { ServiceAccount } from './plugins/service-account/service-account.js';
import { StorageObjectInUseProtection } from './plugins/storage-object-in-use-protection/storage-object-in-use-protection.js';
import { TaintNodesByCondition } from './plugins/taint-nodes-by-condition/taint-nodes-by-condition.js';

/** What the plugins see of the server around them. */
export interface PluginEnvironment {
  readonly objects: ObjectLookup;
  readonly quotas: QuotaLedger;
  readonly namespacePhase: NamespacePhase;
  /** Set where namespaces are another server's. */
  readonly namespaceLookup?: NamespaceLookup | undefined;
  readonly createNamespace: CreateNamespace;
  readonly resourceOfKind: ResourceOfKind;
  readonly authorizer: Authorizer;
  /** Five random characters that may end a name. */
  readonly nameSuffix: () => string;
  /** Clock, ms since the epoch. */
  readonly now: () => number;
}

/** Every plugin there is, in kube-apiserver's order: each sees what those before it have written. */
export function builtinPlugins(environment: PluginEnvironment): AdmissionPlugin[] {
  const { objects, quotas, namespacePhase, authorizer } = environment;
  return [
    new AlwaysAdmit(),
    new NamespaceAutoProvision(namespacePhase, environment.createNamespace),
    new NamespaceLifecycle(environment.namespaceLookup ?? namespacePhase),
    new NamespaceExists(environment.namespaceLookup ?? namespacePhase),
    new LimitPodHardAntiAffinityTopology(),
    new LimitRanger(objects),
    new ServiceAccount(objects, environment.nameSuffix),
    new TaintNodesByCondition(),
    new AlwaysPullImages(),
    new PodSecurity(objects),
    new PodNodeSelector(objects),
    new Priority(objects),
    new DefaultTolerationSeconds(),
    // Its limits come from a configuration file.
    new EventRateLimit([], environment.now),
    new ExtendedResourceToleration(),
    new DefaultStorageClass(objects),
    new StorageObjectInUseProtection(),
    new OwnerReferencesPermissionEnforcement(authorizer, environment.resourceOfKind),
    new PersistentVolumeClaimResize(objects),
    new RuntimeClass(objects),
    new CertificateApproval(authorizer),
    new CertificateSigning(authorizer),
    new ClusterTrustBundleAttest(authorizer),
    new CertificateSubjectRestriction(),
    new DefaultIngressClass(objects),
    new DenyServiceExternalIPs(),
    new PodTopologyLabels(objects),
    new ResourceQuota(objects, quotas),
    new AlwaysDeny(),
  ];
}
