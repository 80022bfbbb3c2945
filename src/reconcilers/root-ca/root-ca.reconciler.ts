import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import type { Cluster } from '../cluster.js';
import { PerNamespaceReconciler } from '../per-namespace.reconciler.js';

const KEY = 'ca.crt';

/** Every namespace has a ConfigMap `kube-root-ca.crt` with the CA that verifies this server. @see KEP-1205 */
export class RootCaReconciler extends PerNamespaceReconciler {
  readonly name = 'root-ca-certificate-publisher-controller';

  /** @param certificate PEM */
  constructor(
    cluster: Cluster,
    private readonly certificate: string,
  ) {
    super(cluster, 'configmaps', 'kube-root-ca.crt');
  }

  protected desired(): KubeObject {
    return { metadata: {}, data: { [KEY]: this.certificate } };
  }

  protected repair(object: KubeObject): boolean {
    const data = object['data'];
    const right = field(object, 'data', KEY) === this.certificate && Object.keys(data as object).length === 1;
    if (right) return false;
    object['data'] = { [KEY]: this.certificate };
    return true;
  }
}
