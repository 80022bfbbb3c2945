import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiServer, KubeObject } from 'kubenest';

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface AggregatedApi {
  readonly group: string;
  readonly version: string;
  readonly port: number;
  readonly annotations?: Record<string, string>;
  /** More of the APIService's spec: caBundle, insecureSkipTLSVerify. */
  readonly spec?: Record<string, string | boolean>;
}

/** Gives a group version to a port of this machine: a Service of type ExternalName and an APIService. */
export async function aggregate(
  { client }: ApiServer,
  { group, version, port, annotations = {}, spec = {} }: AggregatedApi,
): Promise<void> {
  const name = `b${port}`;
  await client.resource({ apiVersion: 'v1', resource: 'services' }).create({
    metadata: { name, namespace: 'default' },
    spec: { type: 'ExternalName', externalName: '127.0.0.1', ports: [{ port }] },
  });
  await client.resource({ apiVersion: 'apiregistration.k8s.io/v1', resource: 'apiservices' }).create({
    metadata: { name: `${version}.${group}`, annotations },
    spec: {
      group,
      version,
      groupPriorityMinimum: 1000,
      versionPriority: 15,
      service: { namespace: 'default', name, port },
      ...spec,
    },
  });
}

export interface Availability {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The Available condition of an APIService. */
export async function availability({ client }: ApiServer, name: string): Promise<Availability | undefined> {
  const apiServices = client.resource<KubeObject>({ apiVersion: 'apiregistration.k8s.io/v1', resource: 'apiservices' });
  const { status } = (await apiServices.get(name)) as { status?: { conditions?: (Availability & { type: string })[] } };
  return status?.conditions?.find(({ type }) => type === 'Available');
}

const AVAILABLE_TIMEOUT_MS = 20_000;

/** @throws Error with the condition where the APIService does not become available in time */
export async function becomesAvailable(server: ApiServer, name: string): Promise<void> {
  let last: Availability | undefined;
  for (const end = Date.now() + AVAILABLE_TIMEOUT_MS; Date.now() < end; await delay(20)) {
    last = await availability(server, name);
    if (last?.status === 'True') return;
  }
  throw new Error(`${name} is not available: ${last?.reason} ${last?.message}`);
}
