import { afterAll, beforeAll, expect, it } from 'vitest';
import { asAdmin, statusOf } from '../../support/api.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';

const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/a';

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess();
});
afterAll(() => server.stop());

const TYPES = { apply: 'application/apply-patch+yaml', merge: 'application/merge-patch+json' };

function send(type: 'apply' | 'merge', path: string, body: object) {
  return asAdmin(server, path, {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: { 'content-type': TYPES[type] },
  });
}

const deployment = (replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: {
    ...(replicas !== undefined && { replicas }),
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});
const scale = (replicas: number) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'a', namespace: 'default' },
  spec: { replicas },
});

async function ownersOfReplicas(): Promise<string[]> {
  const { metadata } = JSON.parse((await asAdmin(server, DEPLOYMENT)).body);
  return metadata.managedFields
    .filter(({ fieldsV1 }: { fieldsV1: Record<string, object> }) => 'f:replicas' in (fieldsV1['f:spec'] ?? {}))
    .map(({ manager, operation, apiVersion, subresource = '' }: Record<string, string>) =>
      [manager, operation, apiVersion, subresource].join(' '),
    );
}

// After kubernetes' test/integration/apiserver/apply/scale_test.go.
it('replicas belong to who scales last, whichever way', async () => {
  expect((await send('apply', `${DEPLOYMENT}?fieldManager=applier`, deployment(1))).status).toBe(201);
  expect(await ownersOfReplicas()).toEqual(['applier Apply apps/v1 ']);

  expect((await send('merge', `${DEPLOYMENT}/scale?fieldManager=scaler`, { spec: { replicas: 5 } })).status).toBe(200);
  expect(await ownersOfReplicas()).toEqual(['scaler Update apps/v1 scale']);

  const refused = await send('apply', `${DEPLOYMENT}?fieldManager=applier`, deployment(1));
  expect([refused.status, statusOf(refused).message]).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
  ]);
  expect((await send('apply', `${DEPLOYMENT}/scale?fieldManager=applier`, scale(17))).status).toBe(409);
  expect((await send('apply', `${DEPLOYMENT}/scale?fieldManager=applier&force=true`, scale(17))).status).toBe(200);
  expect(await ownersOfReplicas()).toEqual(['applier Apply apps/v1 scale']);

  expect((await send('apply', `${DEPLOYMENT}?fieldManager=applier&force=true`, deployment(7))).status).toBe(200);
  expect(await ownersOfReplicas()).toEqual(['applier Apply apps/v1 ']);

  const put = { method: 'PUT', body: JSON.stringify(scale(9)) };
  expect((await asAdmin(server, `${DEPLOYMENT}/scale?fieldManager=other`, put)).status).toBe(200);
  expect(await ownersOfReplicas()).toEqual(['other Update apps/v1 scale']);

  expect((await send('apply', `${DEPLOYMENT}?fieldManager=applier`, deployment())).status).toBe(200);
  expect(JSON.parse((await asAdmin(server, DEPLOYMENT)).body).spec.replicas).toBe(9);
});

it('the scale itself shows no owners', async () => {
  expect(JSON.parse((await asAdmin(server, `${DEPLOYMENT}/scale`)).body).metadata.managedFields).toBeUndefined();
});
