import type { CoreV1ResourceQuota } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { evaluatorOf } from './evaluators.js';
import type { QuotaLedger } from './quota-ledger.js';
import { QuotaQueue } from './quota-queue.js';

/**
 * Nothing is stored that a quota of the namespace has no room for; what is stored is charged before.
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export class ResourceQuota implements AdmissionPlugin {
  readonly name = 'ResourceQuota';
  private readonly queue: QuotaQueue;

  constructor(
    private readonly objects: ObjectLookup,
    ledger: QuotaLedger,
  ) {
    this.queue = new QuotaQueue((namespace) => this.quotasOf(namespace), ledger);
  }

  handles({ operation, namespace, subresource, resource }: AdmissionAttributes): boolean {
    if (namespace === '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    if (subresource !== '' && subresource !== 'resize') return false;
    if (resource.resource === 'namespaces' && resource.group === '') return false;
    return this.objects.any('', 'resourcequotas', namespace);
  }

  validate(attributes: AdmissionAttributes): Promise<void> | undefined {
    const { operation, namespace, subresource, resource } = attributes;
    const evaluator = evaluatorOf(resource.group, resource.resource);
    if (attributes.object === undefined || !evaluator?.handles(operation, subresource)) return undefined;
    const counted = this.quotasOf(namespace).some(({ status }) =>
      Object.keys(status?.hard ?? {}).some((name) => evaluator.tracks(name)),
    );
    return counted ? this.queue.charge({ attributes, evaluator }) : undefined;
  }

  private quotasOf(namespace: string): readonly Readonly<CoreV1ResourceQuota>[] {
    return this.objects.list<CoreV1ResourceQuota>('', 'resourcequotas', namespace);
  }
}
