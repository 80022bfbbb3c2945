import { Informer } from '../../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import { clusterIpsOf, isManaged, parentOf, ServiceAddresses } from '../../registry/core/service-addresses.js';
import type { StoredObject } from '../../storage/storage.js';
import { type Cluster, requireStore } from '../cluster.js';
import { Reconciler } from '../reconciler.js';

/** Between two looks at everything, ms. */
const INTERVAL_MS = 180_000;
const EVERYTHING = '';

/**
 * Every cluster IP of a service has its IPAddress object, and no object stays behind that the server made for one: what clients
 * delete comes back, what a crash left between two writes is mended.
 * @see https://kubernetes.io/docs/reference/networking/service-ip-ranges/
 */
export class ServiceAddressReconciler extends Reconciler {
  readonly name = 'ipallocator-repair-controller';
  private readonly queue: WorkQueue;
  private readonly addresses: ServiceAddresses;
  private informer: Informer | undefined;

  constructor(private readonly cluster: Cluster) {
    super();
    this.addresses = new ServiceAddresses(cluster.registry);
    this.queue = new WorkQueue(
      {
        name: this.name,
        ...WORK_QUEUE_DEFAULTS,
        onError: (key, error) => cluster.log(this.name, key, error),
      },
      (key) => this.reconcile(key),
    );
  }

  start(): void {
    this.informer = new Informer(this.records(), {
      deleted: (record) => {
        const parent = parentOf(record.decode());
        if (parent !== undefined) this.queue.add(`${record.name} ${parent}`);
      },
    });
    this.informer.start();
    this.queue.add(EVERYTHING);
  }

  async stop(): Promise<void> {
    this.informer?.stop();
    await this.queue.stop();
  }

  /** @param key `address namespace/name`, or empty for everything */
  async reconcile(key: string): Promise<void> {
    if (key !== EVERYTHING) {
      const [ip = '', parent = ''] = key.split(' ');
      await this.addresses.settle(parent, [ip]);
      return;
    }
    for (const service of await everyOne(this.services())) {
      await this.addresses.settle(service.key, clusterIpsOf(service.decode()));
    }
    for (const stored of await everyOne(this.records())) {
      const record = stored.decode();
      const parent = parentOf(record);
      if (parent !== undefined && isManaged(record)) await this.addresses.settle(parent, [stored.name]);
    }
    this.queue.addAfter(EVERYTHING, INTERVAL_MS);
  }

  private services() {
    return requireStore(this.cluster, '', 'services').collection;
  }

  private records() {
    return requireStore(this.cluster, 'networking.k8s.io', 'ipaddresses').collection;
  }
}

async function everyOne(collection: ReturnType<typeof requireStore>['collection']): Promise<readonly StoredObject[]> {
  return (await collection.list({})).items;
}
