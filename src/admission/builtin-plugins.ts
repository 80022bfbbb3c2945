import type { Authorizer } from '../security/authorization/authorizer.js';
import type { AdmissionPlugin } from './admission.js';
import type { ObjectLookup } from './object-lookup.js';
import { CertificateApproval } from './plugins/certificate-approval/certificate-approval.js';
import { CertificateSigning } from './plugins/certificate-signing/certificate-signing.js';
import { CertificateSubjectRestriction } from './plugins/certificate-subject-restriction/certificate-subject-restriction.js';
import { ClusterTrustBundleAttest } from './plugins/cluster-trust-bundle-attest/cluster-trust-bundle-attest.js';
import { DefaultIngressClass } from './plugins/default-ingress-class/default-ingress-class.js';
import { DefaultStorageClass } from './plugins/default-storage-class/default-storage-class.js';
import { DefaultTolerationSeconds } from './plugins/default-toleration-seconds/default-toleration-seconds.js';
import { LimitRanger } from './plugins/limit-ranger/limit-ranger.js';
import { NamespaceLifecycle, type NamespacePhase } from './plugins/namespace-lifecycle/namespace-lifecycle.js';
import { PersistentVolumeClaimResize } from './plugins/persistent-volume-claim-resize/persistent-volume-claim-resize.js';
import { PodSecurity } from './plugins/pod-security/pod-security.js';
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
  readonly authorizer: Authorizer;
  /** Five random characters that may end a name. */
  readonly nameSuffix: () => string;
}

/** Every plugin there is, in kube-apiserver's order: each sees what those before it have written. */
export function builtinPlugins(environment: PluginEnvironment): AdmissionPlugin[] {
  const { objects, quotas, namespacePhase, authorizer, nameSuffix } = environment;
  return [
    new NamespaceLifecycle(namespacePhase),
    new LimitRanger(objects),
    new ServiceAccount(objects, nameSuffix),
    new TaintNodesByCondition(),
    new PodSecurity(objects),
    new Priority(objects),
    new DefaultTolerationSeconds(),
    new DefaultStorageClass(objects),
    new StorageObjectInUseProtection(),
    new PersistentVolumeClaimResize(objects),
    new RuntimeClass(objects),
    new CertificateApproval(authorizer),
    new CertificateSigning(authorizer),
    new ClusterTrustBundleAttest(authorizer),
    new CertificateSubjectRestriction(),
    new DefaultIngressClass(objects),
    new ResourceQuota(objects, quotas),
  ];
}
