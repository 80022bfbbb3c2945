import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Cluster } from '../cluster.js';
import { PerNamespaceReconciler } from '../per-namespace.reconciler.js';

/** Every namespace has a ServiceAccount `default`. @see https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts */
export class ServiceAccountReconciler extends PerNamespaceReconciler {
  readonly name = 'serviceaccount-controller';

  constructor(cluster: Cluster) {
    super(cluster, 'serviceaccounts', 'default');
  }

  protected desired(): KubeObject {
    return { metadata: {} };
  }

  protected repair(): boolean {
    return false;
  }
}
