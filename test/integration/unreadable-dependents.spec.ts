import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asAdmin } from '../support/api.js';
import { breakValues } from '../support/broken-values.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const UNSAFE = 'ignoreStoreReadErrorWithClusterBreakingPotential=true';
const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SERVICES = '/api/v1/namespaces/default/services';
const MAPS = '/api/v1/namespaces/default/configmaps';
const ADDRESSES = '/apis/networking.k8s.io/v1/ipaddresses';
const MIGRATIONS = '/apis/storagemigration.k8s.io/v1/storageversionmigrations';
const BOATS = '/apis/sea.example.com/v2/namespaces/default/boats';

/** Deeper than any stack. */
const DEEP = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;

const version = (name: string, storage: boolean) => ({
  ...{ name, storage, served: true, schema: { openAPIV3Schema: { type: 'object' } } },
});
const boats = (storage: string) => ({
  metadata: { name: 'boats.sea.example.com' },
  spec: {
    group: 'sea.example.com',
    scope: 'Namespaced',
    names: { plural: 'boats', singular: 'boat', kind: 'Boat' },
    versions: [version('v1', storage === 'v1'), version('v2', storage === 'v2')],
  },
});

describe('what depends on objects that cannot be read', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-dependents-'));
  let server: ServerProcess;
  let address: string;

  const ask = async (method: string, path: string, body?: unknown) => {
    const reply = await asAdmin(server, path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return { status: reply.status, body: JSON.parse(reply.body) };
  };
  const get = (path: string) => ask('GET', path);
  const make = async (path: string, body: unknown) => {
    const made = await ask('POST', path, body);
    expect([made.status, path]).toEqual([201, path]);
    return made.body;
  };

  beforeAll(async () => {
    server = await startServerProcess({ dataDir });
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    await make(CLUSTER_ROLES, { metadata: { name: 'part', labels: { sum: 'yes' } }, rules });
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { sum: 'yes' } }] };
    await make(CLUSTER_ROLES, { metadata: { name: 'sum' }, aggregationRule, rules: [] });
    const spec = { ports: [{ port: 80 }] };
    address = (await make(SERVICES, { metadata: { name: 'web' }, spec })).spec.clusterIP;
    for (const name of ['typed', 'deep']) await make(MAPS, { metadata: { name } });
    await make(DEFINITIONS, boats('v1'));
    await vi.waitFor(async () => expect((await get(BOATS)).status).toBe(200), 5_000);
    for (const name of ['raft', 'wreck']) {
      await make(BOATS, { apiVersion: 'sea.example.com/v2', kind: 'Boat', metadata: { name } });
    }
    const { metadata } = (await get(`${DEFINITIONS}/boats.sea.example.com`)).body;
    const changed = {
      ...boats('v2'),
      metadata: { ...boats('v2').metadata, resourceVersion: metadata.resourceVersion },
    };
    expect((await ask('PUT', `${DEFINITIONS}/boats.sea.example.com`, changed)).status).toBe(200);
    await vi.waitFor(async () => {
      expect((await get(`${CLUSTER_ROLES}/sum`)).body.rules).toEqual(rules);
      const { status } = (await get(`${DEFINITIONS}/boats.sea.example.com`)).body;
      expect(status.storedVersions).toEqual(['v1', 'v2']);
    }, 5_000);
    await server.kill('SIGTERM');
    await breakValues(
      dataDir,
      ['rbac.authorization.k8s.io/clusterroles', 'part'],
      ['/services', 'default/web'],
      ['sea.example.com/boats', 'default/wreck'],
      ['/configmaps', 'default/typed', '{"metadata":{"name":"typed","namespace":"default"},"data":{"n":1}}'],
      ['/configmaps', 'default/deep', `{"metadata":{"name":"deep","namespace":"default"},"data":${DEEP}}`],
      ['kubenest.internal/grantedversions', 'boats.sea.example.com'],
    );
    server = await startServerProcess({ dataDir });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('is served though what the server noted of a definition is lost', async () => {
    const { status, body } = await get(`${BOATS}/raft`);
    expect([status, body.apiVersion]).toEqual([200, 'sea.example.com/v2']);
  });

  it('knows of built-in kinds what is of another type', async () => {
    const fault = 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string';
    expect((await get(`${MAPS}/typed`)).body.message).toContain(`object not decodable revision=`);
    expect((await get(`${MAPS}/typed`)).body.message).toContain(fault);
    expect((await get(MAPS)).body.reason).toBe('StorageReadError');
    for (const name of ['typed', 'deep']) expect((await ask('DELETE', `${MAPS}/${name}?${UNSAFE}`)).status).toBe(200);
    expect((await get(MAPS)).status).toBe(200);
  });

  it('keeps the rules of an aggregated role until the part is gone', async () => {
    await make(CLUSTER_ROLES, { metadata: { name: 'other-part', labels: { sum: 'yes' } }, rules: [] });
    await ask('DELETE', `${CLUSTER_ROLES}/other-part`);
    expect((await get(`${CLUSTER_ROLES}/sum`)).body.rules).toHaveLength(1);
    expect((await ask('DELETE', `${CLUSTER_ROLES}/part?${UNSAFE}`)).status).toBe(200);
    await expect.poll(async () => (await get(`${CLUSTER_ROLES}/sum`)).body.rules, { timeout: 10_000 }).toBeNull();
  });

  it("keeps a service's address until the service is gone", async () => {
    expect((await get(`${ADDRESSES}/${address}`)).status).toBe(200);
    const thief = { metadata: { name: 'thief' }, spec: { clusterIP: address, ports: [{ port: 80 }] } };
    const refused = await ask('POST', SERVICES, thief);
    expect([refused.status, refused.body.message]).toEqual([
      422,
      expect.stringContaining('provided IP is already allocated'),
    ]);
    expect((await ask('DELETE', `${SERVICES}/web?${UNSAFE}`)).status).toBe(200);
  });

  it('lets no migration of storage versions succeed', async () => {
    const spec = { resource: { group: 'sea.example.com', resource: 'boats' } };
    await make(MIGRATIONS, { metadata: { name: 'boats' }, spec });
    const failed = async () => {
      const { status } = (await get(`${MIGRATIONS}/boats`)).body;
      return (status?.conditions ?? []).find(({ type }: { type: string }) => type === 'Failed');
    };
    await expect.poll(async () => (await failed())?.status, { timeout: 10_000 }).toBe('True');
    expect((await failed()).message).toContain('default/wreck of sea.example.com/boats');
    expect((await get(`${DEFINITIONS}/boats.sea.example.com`)).body.status.storedVersions).toEqual(['v1', 'v2']);
  });

  it('keeps a definition that is to go, until the last of its objects is gone', async () => {
    expect((await ask('DELETE', `${DEFINITIONS}/boats.sea.example.com`)).status).toBe(200);
    await expect.poll(async () => (await get(`${BOATS}/raft`)).status, { timeout: 10_000 }).toBe(404);
    expect((await get(`${DEFINITIONS}/boats.sea.example.com`)).status).toBe(200);
    expect((await ask('DELETE', `${BOATS}/wreck?${UNSAFE}`)).status).toBe(200);
    await expect
      .poll(async () => (await get(`${DEFINITIONS}/boats.sea.example.com`)).status, { timeout: 10_000 })
      .toBe(404);
  });
});
