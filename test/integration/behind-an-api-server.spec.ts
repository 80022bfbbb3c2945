import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, createApiServer, type KubeObject } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregate, becomesAvailable } from '../support/aggregated.js';
import { call } from '../support/http-client.js';
import { findKubectl, Kubectl } from '../support/kubectl.js';

const GROUP = 'sea.example.com';
const RBAC = 'rbac.authorization.k8s.io';

const CRD: KubeObject = {
  kind: 'CustomResourceDefinition',
  metadata: { name: `boats.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'boats', kind: 'Boat' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        additionalPrinterColumns: [{ name: 'Length', type: 'integer', jsonPath: '.length' }],
      },
    ],
  },
};

/** A kubeconfig of a service account that has what a server behind this one needs, and nothing else. */
async function delegateKubeconfig(front: ApiServer, folder: string): Promise<string> {
  const in_ = (apiVersion: string, resource: string) => front.client.resource({ apiVersion, resource });
  const subjects = [{ kind: 'ServiceAccount', name: 'boats', namespace: 'kube-system' }];
  await in_('v1', 'serviceaccounts').create({ metadata: { name: 'boats', namespace: 'kube-system' } });
  await in_(`${RBAC}/v1`, 'rolebindings').create({
    metadata: { name: 'boats-reads-trust', namespace: 'kube-system' },
    subjects,
    roleRef: { apiGroup: RBAC, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
  });
  await in_(`${RBAC}/v1`, 'clusterrolebindings').create({
    metadata: { name: 'boats-delegates' },
    subjects,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'system:auth-delegator' },
  });
  await in_(`${RBAC}/v1`, 'clusterroles').create({
    metadata: { name: 'namespace-reader' },
    rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get'] }],
  });
  await in_(`${RBAC}/v1`, 'clusterrolebindings').create({
    metadata: { name: 'boats-reads-namespaces' },
    subjects,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'namespace-reader' },
  });
  const path = join(folder, 'delegate.kubeconfig');
  const cluster = { server: front.url, 'certificate-authority-data': Buffer.from(front.caCert).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'front', cluster }],
    users: [{ name: 'boats', user: { token: await tokenOf(front, 'kube-system', 'boats') } }],
    contexts: [{ name: 'front', context: { cluster: 'front', user: 'boats' } }],
    'current-context': 'front',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function tokenOf({ client }: ApiServer, namespace: string, name: string): Promise<string> {
  const accounts = client.resource({ apiVersion: 'v1', resource: 'serviceaccounts' });
  const request = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec: {} };
  const { status } = await accounts.post<{ status: { token: string } }>(name, 'token', request, { namespace });
  return status.token;
}

describe('a server behind another', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubenest-behind-'));
  let front: ApiServer;
  let back: ApiServer;
  let sailor: string;
  const boats = () => front.client.resource({ apiVersion: `${GROUP}/v1`, resource: 'boats' });

  beforeAll(async () => {
    front = await createApiServer();
    const kubeconfig = await delegateKubeconfig(front, folder);
    back = await createApiServer({
      // With keys of its own: servers in memory share theirs.
      dataDir: join(folder, 'back'),
      flags: {
        'authentication-kubeconfig': kubeconfig,
        'authorization-kubeconfig': kubeconfig,
        kubeconfig,
        'api-groups': [GROUP, 'apiextensions.k8s.io'],
      },
    });
    await back.client
      .resource({ apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' })
      .create(CRD);
    const port = Number(new URL(back.url).port);
    await aggregate(front, { group: GROUP, version: 'v1', port, spec: { insecureSkipTLSVerify: true } });
    await becomesAvailable(front, `v1.${GROUP}`);
    await front.client.resource({ apiVersion: 'v1', resource: 'namespaces' }).create({ metadata: { name: 'harbour' } });
    await front.client
      .resource({ apiVersion: 'v1', resource: 'serviceaccounts' })
      .create({ metadata: { name: 'sailor', namespace: 'harbour' } });
    sailor = await tokenOf(front, 'harbour', 'sailor');
  });
  afterAll(async () => {
    await front?.close();
    await back?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const asSailor = (server: ApiServer, path: string) =>
    call(`${server.url}${path}`, { headers: { authorization: `Bearer ${sailor}` } });

  it('takes users from the front proxy, and their namespaces from the front', async () => {
    const made = await boats().create({ kind: 'Boat', metadata: { name: 'ark', namespace: 'harbour' }, length: 135 });
    expect(made.metadata.managedFields).toBeDefined();
    await expect(boats().create({ kind: 'Boat', metadata: { name: 'ark', namespace: 'nowhere' } })).rejects.toThrow(
      'namespaces "nowhere" not found',
    );
  });

  it('asks the front what users may do, however they come', async () => {
    const path = `/apis/${GROUP}/v1/namespaces/harbour/boats`;
    expect((await asSailor(front, path)).status).toBe(403);
    const refused = await asSailor(back, path);
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body).message).toContain(
      'User "system:serviceaccount:harbour:sailor" cannot list resource "boats"',
    );
    await front.client.resource({ apiVersion: `${RBAC}/v1`, resource: 'roles' }).create({
      metadata: { name: 'boats', namespace: 'harbour' },
      rules: [{ apiGroups: [GROUP], resources: ['boats'], verbs: ['get', 'list'] }],
    });
    await front.client.resource({ apiVersion: `${RBAC}/v1`, resource: 'rolebindings' }).create({
      metadata: { name: 'boats', namespace: 'harbour' },
      subjects: [{ kind: 'ServiceAccount', name: 'sailor', namespace: 'harbour' }],
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'boats' },
    });
    // The refusal of a list is remembered for some seconds, a get was never asked for.
    for (const server of [front, back]) {
      const found = await asSailor(server, `${path}/ark`);
      expect([found.status, JSON.parse(found.body).length]).toEqual([200, 135]);
    }
  });

  it('believes no header without the certificate of the front proxy, and no token that the front does not know', async () => {
    const path = `${back.url}/apis/${GROUP}/v1/namespaces/harbour/boats`;
    const claimed = await call(path, { headers: { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' } });
    expect([claimed.status, JSON.parse(claimed.body).message]).toEqual([
      403,
      expect.stringContaining('"system:anonymous"'),
    ]);
    expect((await call(path, { headers: { authorization: 'Bearer forged' } })).status).toBe(401);
    const asNobody = { cert: back.adminCert, key: back.adminKey, headers: { 'x-remote-user': 'nobody' } };
    expect((await call(path, asNobody)).status).toBe(200);
  });

  it('shows its own groups alone', async () => {
    const admin = { cert: back.adminCert, key: back.adminKey };
    const read = async (path: string) => JSON.parse((await call(`${back.url}${path}`, admin)).body);
    const groups = (await read('/apis')).groups.map(({ name }: { name: string }) => name);
    expect(groups).toEqual(['apiextensions.k8s.io', GROUP]);
    expect(Object.keys((await read('/openapi/v3')).paths).filter((path) => /^apis?\//.test(path))).toEqual([
      'apis/apiextensions.k8s.io',
      'apis/apiextensions.k8s.io/v1',
      `apis/${GROUP}/v1`,
    ]);
    const paths = Object.keys((await read('/openapi/v2')).paths);
    expect(paths.filter((path) => path.startsWith('/api/') || path.startsWith('/apis/apps'))).toEqual([]);
    for (const path of [
      '/api',
      '/api/v1/namespaces',
      '/apis/apps/v1',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    ]) {
      expect([path, (await call(`${back.url}${path}`, admin)).status]).toEqual([path, 404]);
    }
  });

  it('is one API with the front, as kubectl shows', async () => {
    const path = findKubectl();
    if (path === undefined) return console.log('no kubectl for this machine: the two servers are not shown with it');
    const home = mkdtempSync(join(tmpdir(), 'kubenest-kubectl-'));
    const kubectl = new Kubectl(path, front.kubeconfigPath, home);
    const input = JSON.stringify({
      apiVersion: `${GROUP}/v1`,
      kind: 'Boat',
      metadata: { name: 'dinghy', namespace: 'harbour' },
      length: 3,
    });
    expect((await kubectl.run(['apply', '-f', '-'], { input })).stdout).toContain('dinghy created');
    expect((await kubectl.run(['get', 'boats', '-n', 'harbour'])).stdout).toMatch(
      /NAME +LENGTH\nark +135\ndinghy +3\n/,
    );
    expect((await kubectl.run(['delete', 'boats', '--all', '-n', 'harbour'])).stdout).toContain('"dinghy" deleted');
    rmSync(home, { recursive: true, force: true });
  });

  it('does not start without what it must look up', async () => {
    const away = join(folder, 'away.kubeconfig');
    writeFileSync(
      away,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
    const start = (flags: object) => createApiServer({ flags: { 'authentication-kubeconfig': away, ...flags } });
    await expect(start({})).rejects.toThrow('cannot read ConfigMap kube-system/extension-apiserver-authentication');
    await using tolerant = await start({ 'authentication-tolerate-lookup-failure': true });
    expect(tolerant.url).toContain('https://');
  });
});
