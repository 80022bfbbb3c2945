import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../src/apimachinery/meta/user-info.js';
import { internalContext } from '../../src/registry/rest/context.js';
import { type CoreStores, startCoreStores } from '../support/core-stores.js';

const NS = 'default';
const ctx = internalContext(LOOPBACK_USER, NS);
const WRITE = { dryRun: false };

let core: CoreStores;

async function create(group: string, resource: string, object: Partial<KubeObject>): Promise<void> {
  const { definition } = core.registry.find(group, resource)!;
  definition.versions[0]!.applyDefaults(object as KubeObject);
  await core.store(group, resource).create(ctx, '', object as KubeObject, WRITE);
}

async function pod(name: string, ip: string, ports: number[] = []): Promise<void> {
  const containers = [
    { name: 'first', image: 'x' },
    { name: 'second', image: 'x', ports: ports.map((containerPort) => ({ containerPort })) },
  ];
  await create('', 'pods', { metadata: { name, namespace: NS }, spec: { containers } });
  const status = core.registry.find('', 'pods')!.subresources.get('status')!.storage;
  const withStatus = (old: Readonly<KubeObject> | undefined) =>
    ({ ...old, status: { podIP: ip, podIPs: [{ ip }] } }) as unknown as KubeObject;
  await status.update!(ctx, name, withStatus, WRITE);
}

async function slice(name: string, endpoints: unknown[], ports: unknown[]): Promise<void> {
  const labels = { 'kubernetes.io/service-name': 'web' };
  const object = { metadata: { name, namespace: NS, labels }, addressType: 'IPv4', endpoints, ports };
  await create('discovery.k8s.io', 'endpointslices', object as unknown as KubeObject);
}

async function locate(resource: string, name: string, path = '/x', search = ''): Promise<string> {
  const connection = core.registry.find('', resource)!.subresources.get('proxy')!.storage.connection!;
  const { url, via } = await connection.locate(ctx, name, { path, search, query: new URLSearchParams(search) });
  return `${via} ${url?.href}`;
}

beforeAll(async () => {
  core = await startCoreStores();
  await pod('web-1', '10.0.0.1', [8080, 9090]);
  await pod('web-2', '10.0.0.2');
  await pod('own', '127.0.0.1', [80]);
  const ports = [
    { name: 'http', port: 80 },
    { name: 'admin', port: 81 },
  ];
  await create('', 'services', { metadata: { name: 'web', namespace: NS }, spec: { ports } });
  const targetRef = (name: string) => ({ kind: 'Pod', namespace: NS, name });
  await slice(
    'web-a',
    [
      { addresses: ['10.0.0.9'], conditions: { ready: false }, targetRef: targetRef('web-2') },
      { addresses: ['10.0.0.2'], conditions: { ready: true }, targetRef: targetRef('web-2') },
      // Written by hand, for an address that the pod does not have, and for none.
      { addresses: ['10.6.6.6'], targetRef: targetRef('web-1') },
      { addresses: ['10.6.6.7'] },
    ],
    [{ name: 'http', port: 8000 }],
  );
});

afterAll(() => core.stop());

describe('the proxy of a pod', () => {
  it.each([
    ['web-1', 'network http://10.0.0.1:8080/x?a=b'],
    ['web-1:1', 'network http://10.0.0.1:1/x?a=b'],
    ['https:web-1:8443', 'network https://10.0.0.1:8443/x?a=b'],
    ['web-2', 'network http://10.0.0.2/x?a=b'],
  ])('%s leads to its address, at the port asked for or its first', async (name, target) => {
    expect(await locate('pods', name, '/x', '?a=b')).toBe(target);
  });

  it('does not lead back to this machine, and nowhere without a pod', async () => {
    await expect(locate('pods', 'own')).rejects.toMatchObject({ code: 400, message: 'address not allowed' });
    await expect(locate('pods', 'none:80')).rejects.toMatchObject({ code: 404, message: 'pods "none" not found' });
    await expect(locate('pods', 'a:b:c:d')).rejects.toMatchObject({ message: 'invalid pod request "a:b:c:d"' });
  });
});

describe('the proxy of a service', () => {
  it.each(['web:http', 'web:80', 'http:web:80'])('%s leads to a ready endpoint that is a pod', async (name) => {
    for (let i = 0; i < 20; i++) expect(await locate('services', name)).toBe('network http://10.0.0.2:8000/x');
  });

  it.each([
    ['web:99', 503, 'no service port 99 found for service "web"'],
    ['web:admin', 503, 'no endpoints available for service "web"'],
    ['none:80', 404, 'services "none" not found'],
    [':80', 400, 'invalid service request ":80"'],
  ])('%s leads nowhere', async (name, code, message) => {
    await expect(locate('services', name)).rejects.toMatchObject({ code, message });
  });
});
