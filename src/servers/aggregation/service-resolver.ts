import { isIPv6 } from 'node:net';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Collection, StoredObject } from '../../storage/storage.js';

/** The collections that tell where a Service's backends are. */
export interface ServiceCollections {
  readonly services: () => Collection | undefined;
  readonly endpointSlices: () => Collection | undefined;
}

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export class ServiceResolutionError extends Error {}

/** What a Service and its slices came to at one time. */
interface Resolved {
  readonly port: number;
  /** Of the slices' collection. */
  readonly revision: number;
  readonly addresses: readonly string[];
}

/** Turns the Service of an APIService into an address. @see https://kubernetes.io/docs/concepts/services-networking/service/ */
export class ServiceResolver {
  private turn = 0;
  /** Decoding takes longer than all else that a proxied request needs, and goes with the stored Service. */
  private readonly resolved = new WeakMap<StoredObject, Resolved>();

  /** @param endpointsOnly --enable-aggregator-routing: neither the service's own address nor a name outside will do */
  constructor(
    private readonly collections: ServiceCollections,
    private readonly endpointsOnly = false,
  ) {}

  service(namespace: string, name: string): KubeObject | undefined {
    return this.stored(namespace, name)?.decode();
  }

  endpointSlices(namespace: string, service: string): KubeObject[] {
    const slices = this.collections.endpointSlices();
    if (slices === undefined) return [];
    const found = slices.list({
      namespace,
      exactLabels: [{ key: SERVICE_NAME_LABEL, value: service }],
      matches: ({ attributes }) => attributes.labels[SERVICE_NAME_LABEL] === service,
    });
    return 'items' in found ? found.items.map((item) => item.decode()) : [];
  }

  /**
   * `host:port` to connect to: the external name; else one of the ready endpoints in turn, where there are any; else the cluster
   * address. @throws ServiceResolutionError
   */
  resolve(namespace: string, name: string, port: number): string {
    const stored = this.stored(namespace, name);
    if (stored === undefined) throw new ServiceResolutionError(`service "${name}" not found`);
    const revision = this.collections.endpointSlices()?.lastRevision ?? 0;
    let resolved = this.resolved.get(stored);
    if (resolved?.revision !== revision || resolved.port !== port) {
      resolved = { port, revision, addresses: this.addressesOf(stored.decode(), namespace, name, port) };
      this.resolved.set(stored, resolved);
    }
    return resolved.addresses[this.turn++ % resolved.addresses.length]!;
  }

  /** One or more. @throws ServiceResolutionError */
  private addressesOf(service: KubeObject, namespace: string, name: string, port: number): string[] {
    const spec = isJsonObject(service['spec']) ? service['spec'] : {};
    if (spec['type'] === 'ExternalName') {
      if (this.endpointsOnly) throw new ServiceResolutionError('unsupported service type "ExternalName"');
      return [hostPort(String(spec['externalName'] ?? ''), port)];
    }
    const servicePort = portOf(spec, port);
    if (servicePort === undefined)
      throw new ServiceResolutionError(`no service port ${port} found for service "${name}"`);
    const portName = String(servicePort['name'] ?? '');
    const ready = preferredAddresses(this.endpointSlices(namespace, name), portName, spec['ipFamilies']);
    if (ready.length > 0) return ready;
    const { clusterIP } = spec;
    if (!this.endpointsOnly && typeof clusterIP === 'string' && clusterIP !== '' && clusterIP !== 'None') {
      return [hostPort(clusterIP, port)];
    }
    throw new ServiceResolutionError(`no endpoints available for service "${name}"`);
  }

  private stored(namespace: string, name: string): StoredObject | undefined {
    return this.collections.services()?.get(`${namespace}/${name}`);
  }
}

/** The port entry of a Service's spec that listens on a number. */
export function portOf(spec: JsonObject, port: number): JsonObject | undefined {
  return objects(spec['ports']).find((each) => each['port'] === port);
}

/** The ready ones of the service's first family of addresses; where there are none, those of the others. */
function preferredAddresses(
  slices: readonly KubeObject[],
  portName: string,
  families: JsonValue | undefined,
): string[] {
  const first = Array.isArray(families) ? families[0] : undefined;
  const preferred = readyAddresses(
    slices.filter((slice) => slice['addressType'] === first),
    portName,
  );
  return preferred.length > 0 ? preferred : readyAddresses(slices, portName);
}

/** `host:port` of every ready endpoint that has a numbered port of this name. */
export function readyAddresses(slices: readonly KubeObject[], portName: string): string[] {
  const found: string[] = [];
  for (const slice of slices) {
    const ports = objects(slice['ports']).filter((each) => (each['name'] ?? '') === portName);
    const port = ports.map((each) => each['port']).find((number) => typeof number === 'number');
    if (port === undefined) continue;
    for (const endpoint of objects(slice['endpoints'])) {
      const conditions = isJsonObject(endpoint['conditions']) ? endpoint['conditions'] : {};
      if (conditions['ready'] === false) continue;
      // Further ones are names for the same.
      const [address] = Array.isArray(endpoint['addresses']) ? endpoint['addresses'] : [];
      if (address !== undefined) found.push(hostPort(String(address), port));
    }
  }
  return found;
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
