import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { ipFamily } from '../../apimachinery/validation/ip.js';
import type { CoreV1Service, NetworkingV1IPAddress, NetworkingV1ServiceCIDR } from '../../apis/types.gen.js';
import type { Collection } from '../../storage/storage.js';
import type { ResourceRegistry } from '../resource-registry.js';
import type { ResourceStore } from '../resource-store.js';
import { internalContext } from '../rest/context.js';

const GROUP = 'networking.k8s.io';
const FAMILY_LABEL = 'ipaddress.kubernetes.io/ip-family';
const MANAGED_BY_LABEL = 'ipaddress.kubernetes.io/managed-by';
const MANAGER = 'ipallocator.k8s.io';

/** `namespace/name` of a service. */
export type ServiceKey = string;

/** The addresses that a service shows as its own. */
export function clusterIpsOf(service: Readonly<KubeObject> | undefined): readonly string[] {
  return ((service as CoreV1Service | undefined)?.spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');
}

/** The record of one address of a service. */
export function addressRecord(ip: string, key: ServiceKey): KubeObject {
  const [namespace = '', name = ''] = key.split('/');
  return {
    metadata: { name: ip, labels: { [FAMILY_LABEL]: ipFamily(ip) ?? '', [MANAGED_BY_LABEL]: MANAGER } },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  };
}

/**
 * The IPAddress objects beside the services, and the ServiceCIDR objects that addresses may come from too. Services are the truth:
 * records follow them, but who has an address by a record alone keeps it.
 * @see https://kubernetes.io/docs/reference/networking/service-ip-ranges/
 */
export class ServiceAddresses {
  /** @param registry asked at every call: resources come and go */
  constructor(private readonly registry: ResourceRegistry) {}

  /** Whether a record gives the address to somebody else than the service; one that cannot be read may. */
  isOthers(ip: string, key: ServiceKey): boolean {
    if (this.store()?.collection.corrupt(ip) !== undefined) return true;
    const record = this.recordOf(ip);
    return record !== undefined && parentOf(record) !== key;
  }

  /** Ranges that are ready, besides those of the command line. */
  readyRanges(): readonly string[] {
    const collection = this.registry.find(GROUP, 'servicecidrs')?.store?.collection;
    const page = collection?.list({});
    // Without a selector and of the newest state, a list is answered from memory at once.
    if (page === undefined || page instanceof Promise) return [];
    return page.items.flatMap((item) => {
      const { metadata, spec, status } = item.decode() as NetworkingV1ServiceCIDR;
      const ready = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
      return ready && metadata.deletionTimestamp === undefined ? (spec?.cidrs ?? []) : [];
    });
  }

  /**
   * Brings the records of these addresses in line with what the service shows now. What fails is mended by the repair loop: the
   * service has been written already. A service that cannot be read keeps what it has.
   */
  async settle(key: ServiceKey, addresses: Iterable<string>): Promise<void> {
    const all = [...new Set(addresses)];
    const store = this.store();
    if (store === undefined || all.length === 0 || this.services()?.corrupt(key) !== undefined) return;
    const has = new Set(clusterIpsOf(this.serviceOf(key)));
    const work = all.map((ip) => (has.has(ip) ? this.record(store, ip, key) : this.forget(store, ip, key)));
    await Promise.allSettled(work);
  }

  /** @throws StatusError of the store */
  private async record(store: ResourceStore, ip: string, key: ServiceKey): Promise<void> {
    if (this.recordOf(ip) !== undefined) return;
    await store.create(internalContext(LOOPBACK_USER, ''), '', addressRecord(ip, key), { dryRun: false });
  }

  /** Only what the server has recorded itself. @throws StatusError of the store */
  private async forget(store: ResourceStore, ip: string, key: ServiceKey): Promise<void> {
    const record = this.recordOf(ip);
    if (record === undefined || parentOf(record) !== key || !isManaged(record)) return;
    await store.delete(internalContext(LOOPBACK_USER, ''), ip, {}, { dryRun: false });
  }

  private recordOf(ip: string): NetworkingV1IPAddress | undefined {
    const collection = this.store()?.collection;
    if (collection?.corrupt(ip) !== undefined) return undefined;
    return collection?.get(ip)?.decode() as NetworkingV1IPAddress | undefined;
  }

  private serviceOf(key: ServiceKey): KubeObject | undefined {
    return this.services()?.get(key)?.decode();
  }

  private services(): Collection | undefined {
    return this.registry.find('', 'services')?.store?.collection;
  }

  private store(): ResourceStore | undefined {
    return this.registry.find(GROUP, 'ipaddresses')?.store;
  }
}

/** The service that a record names; undefined where it names something else. */
export function parentOf(record: Readonly<KubeObject>): ServiceKey | undefined {
  const { spec } = record as NetworkingV1IPAddress;
  const { group = '', resource, namespace, name } = spec?.parentRef ?? {};
  return group === '' && resource === 'services' ? `${namespace}/${name}` : undefined;
}

export const isManaged = ({ metadata }: Readonly<KubeObject>): boolean =>
  metadata.labels?.[MANAGED_BY_LABEL] === MANAGER;
