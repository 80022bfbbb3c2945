import type { AdmissionPlugin } from './admission.js';
import type { ObjectLookup } from './object-lookup.js';
import { DefaultIngressClass } from './plugins/default-ingress-class/default-ingress-class.js';
import { DefaultStorageClass } from './plugins/default-storage-class/default-storage-class.js';
import { DefaultTolerationSeconds } from './plugins/default-toleration-seconds/default-toleration-seconds.js';
import { LimitRanger } from './plugins/limit-ranger/limit-ranger.js';
import { NamespaceLifecycle, type NamespacePhase } from './plugins/namespace-lifecycle/namespace-lifecycle.js';
import { PersistentVolumeClaimResize } from './plugins/persistent-volume-claim-resize/persistent-volume-claim-resize.js';
import { Priority } from './plugins/priority/priority.js';
import type { QuotaLedger } from './plugins/resource-quota/quota-ledger.js';
import { ResourceQuota } from './plugins/resource-quota/resource-quota.js';
import { RuntimeClass } from './plugins/runtime-class/runtime-class.js';
import { StorageObjectInUseProtection } from './plugins/storage-object-in-use-protection/storage-object-in-use-protection.js';
import { TaintNodesByCondition } from './plugins/taint-nodes-by-condition/taint-nodes-by-condition.js';

/** What the plugins see of the server around them. */
export interface PluginEnvironment {
  readonly objects: ObjectLookup;
  readonly quotas: QuotaLedger;
  readonly namespacePhase: NamespacePhase;
}

/** Every plugin there is, in kube-apiserver's order: each sees what those before it have written. */
export function builtinPlugins({ objects, quotas, namespacePhase }: PluginEnvironment): AdmissionPlugin[] {
  return [
    new NamespaceLifecycle(namespacePhase),
    new LimitRanger(objects),
    new TaintNodesByCondition(),
    new Priority(objects),
    new DefaultTolerationSeconds(),
    new DefaultStorageClass(objects),
    new StorageObjectInUseProtection(),
    new PersistentVolumeClaimResize(objects),
    new RuntimeClass(objects),
    new DefaultIngressClass(objects),
    new ResourceQuota(objects, quotas),
  ];
}
