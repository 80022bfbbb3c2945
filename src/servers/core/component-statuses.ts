import { request } from 'node:https';
import { notFound } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { RestContext } from '../../registry/rest/context.js';
import { type ObjectView, viewOfValue } from '../../registry/rest/object-view.js';
import type { ListOptions, ListResult, RestStorage } from '../../registry/rest/storage.js';

const PROBE_TIMEOUT_MS = 1000;

/** How one component is: `message` is what its condition says. */
export interface ComponentHealth {
  readonly healthy: boolean;
  readonly message: string;
}

/** Asks a component how it is. Never rejects. */
export type ComponentProbe = () => Promise<ComponentHealth> | ComponentHealth;

/** The store is this server's own: while it answers at all, it is well. */
const storeProbe: ComponentProbe = () => ({ healthy: true, message: 'ok' });

/** The ports at which the other parts of a control plane tell their health. */
export const COMPONENT_PROBES: ReadonlyMap<string, ComponentProbe> = new Map([
  ['controller-manager', () => probeHealth(10257)],
  ['scheduler', () => probeHealth(10259)],
  ['etcd-0', storeProbe],
]);

/**
 * ComponentStatus: worked out on reading, stored nowhere.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/component-status-v1/
 */
export class ComponentStatusStorage implements RestStorage {
  constructor(private readonly probes: ReadonlyMap<string, ComponentProbe>) {}

  /** @throws StatusError NotFound */
  async get(_ctx: RestContext, name: string): Promise<ObjectView> {
    const probe = this.probes.get(name);
    if (probe === undefined) throw notFound({ group: '', resource: 'componentstatus' }, name);
    return viewOfValue(await statusOf(name, probe));
  }

  async list(_ctx: RestContext, { labels, fields }: ListOptions): Promise<ListResult> {
    const wanted = [...this.probes].filter(
      ([name]) => labels.matches({}) && fields.matches({ 'metadata.name': name, 'metadata.namespace': '' }),
    );
    const items = await Promise.all(wanted.map(async ([name, probe]) => viewOfValue(await statusOf(name, probe))));
    return { items, resourceVersion: '', continueToken: '', remainingItemCount: undefined };
  }
}

async function statusOf(name: string, probe: ComponentProbe): Promise<KubeObject> {
  const { healthy, message } = await probe();
  const condition = { type: 'Healthy', status: healthy ? 'True' : 'False', message };
  return { metadata: { name }, conditions: [condition] };
}

/** GET of /healthz on this host. The certificate there is the component's own affair. */
function probeHealth(port: number): Promise<ComponentHealth> {
  const url = `https://127.0.0.1:${port}/healthz`;
  return new Promise((resolve) => {
    const fail = (why: string): void => resolve({ healthy: false, message: `Get "${url}": ${why}` });
    const probe = request(url, { rejectUnauthorized: false, timeout: PROBE_TIMEOUT_MS }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ healthy: answer.statusCode === 200, message: text }));
      answer.on('error', (error) => fail(error.message));
    });
    probe.on('timeout', () => {
      fail('context deadline exceeded');
      probe.destroy();
    });
    probe.on('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code === 'ECONNREFUSED';
      fail(refused ? `dial tcp 127.0.0.1:${port}: connect: connection refused` : error.message);
    });
    probe.end();
  });
}
