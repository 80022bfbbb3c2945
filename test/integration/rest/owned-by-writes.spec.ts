import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, type StatusBody, statusOf } from '../../support/api.js';
import { call } from '../../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';

interface Written extends StatusBody {
  readonly metadata: {
    readonly generation?: number;
    readonly labels?: Record<string, string>;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly subresource?: string;
      readonly fieldsV1: Record<string, unknown>;
    }[];
  };
  readonly spec: Record<string, unknown>;
}

const POD_SPEC = { containers: [{ name: 'c', image: 'i' }] };
const template = { metadata: { labels: { a: 'b' } }, spec: POD_SPEC };

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess({ flags: ['--reconcilers=-*', '--disable-admission-plugins=ServiceAccount'] });
});
afterAll(() => server.stop());

async function send(method: string, path: string, body: object, type = 'application/json', accept?: string) {
  const headers = { 'content-type': type, 'user-agent': 'tester/1', ...(accept && { accept }) };
  const reply = await asAdmin(server, path, { method, headers, body: JSON.stringify(body) });
  return { status: reply.status, warning: reply.headers['warning'] ?? '', body: JSON.parse(reply.body) as Written };
}
const ownedOf = ({ metadata }: Written) => metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1) ?? [];
const inDefault = (group: string, resource: string) => `${group}/namespaces/default/${resource}`;

describe('what a write owns', () => {
  it('is a daemon set’s generation of its template too', async () => {
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    const { body } = await send('POST', inDefault('/apis/apps/v1', 'daemonsets'), { metadata: { name: 'd' }, spec });
    expect(ownedOf(body)[0]).toMatchObject({
      'f:metadata': { 'f:annotations': { 'f:deprecated.daemonset.template.generation': {} } },
    });
  });

  it('is what an autoscaler of v1 gets by default, and writing it again changes nothing', async () => {
    const path = inDefault('/apis/autoscaling/v1', 'horizontalpodautoscalers');
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
    const autoscaler = { metadata: { name: 'h' }, spec: { maxReplicas: 3, scaleTargetRef } };
    const made = await send('POST', path, autoscaler);
    expect(ownedOf(made.body)[0]).toMatchObject({ 'f:spec': { 'f:targetCPUUtilizationPercentage': {} } });
    expect((await send('PUT', `${path}/h`, autoscaler)).body.metadata.generation).toBe(1);
  });

  it('is the one address of a pod that gives a list of them', async () => {
    const path = inDefault('/api/v1', 'pods');
    await send('POST', path, { metadata: { name: 'p' }, spec: POD_SPEC });
    const status = { podIPs: [{ ip: '10.1.2.3' }] };
    const { body } = await send('PATCH', `${path}/p/status`, { status }, 'application/merge-patch+json');
    const owned = body.metadata.managedFields?.find(({ subresource }) => subresource === 'status');
    expect(owned?.fieldsV1).toMatchObject({ 'f:status': { 'f:podIP': {} } });
  });

  it('is told of reviews and tokens, which nobody keeps', async () => {
    const review = { spec: { user: 'ann', resourceAttributes: { verb: 'get', resource: 'pods' } } };
    const answer = await send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review);
    expect(ownedOf(answer.body)[0]).toMatchObject({ 'f:spec': { 'f:user': {} } });
    const accounts = inDefault('/api/v1', 'serviceaccounts');
    await send('POST', accounts, { metadata: { name: 'sa' } });
    const token = await send('POST', `${accounts}/sa/token`, { spec: { audiences: ['a'] } });
    expect(token.body.metadata.managedFields).toMatchObject([{ manager: 'tester', subresource: 'token' }]);
  });

  it('goes to nobody where the version of an owner does not exist', async () => {
    const path = inDefault('/apis/networking.k8s.io/v1', 'networkpolicies');
    await send('POST', path, { metadata: { name: 'n' }, spec: { podSelector: {} } });
    const owner = {
      manager: 'z',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': {} },
    };
    const metadata = { managedFields: [owner] };
    const { body } = await send('PATCH', `${path}/n`, { metadata }, 'application/merge-patch+json');
    expect(body.metadata.managedFields).toBeUndefined();
  });
});

describe('a review', () => {
  const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

  it('has no cells', async () => {
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const review = { spec: { token: 'x' } };
    expect((await send('POST', REVIEWS, review, 'application/json', table)).status).toBe(406);
    expect((await send('POST', REVIEWS, review, 'application/json', `${table},application/json`)).body.kind).toBe(
      'TokenReview',
    );
  });

  it('has no path of its own', async () => {
    expect((await asAdmin(server, `${REVIEWS}/x`)).status).toBe(404);
    expect((await asAdmin(server, REVIEWS)).status).toBe(405);
  });
});

describe('a job without labels', () => {
  it('carries those of its pods, with its identity', async () => {
    const job = {
      metadata: { name: 'j' },
      spec: { template: { ...template, spec: { ...POD_SPEC, restartPolicy: 'Never' } } },
    };
    const path = inDefault('/apis/batch/v1', 'jobs');
    const { body } = await send('POST', path, job);
    expect(body.metadata.labels).toMatchObject({ a: 'b', 'batch.kubernetes.io/job-name': 'j', 'job-name': 'j' });
    const change = { spec: { template: { metadata: { labels: { a: 'c' } } } } };
    const refused = await send('PATCH', `${path}/j`, change, 'application/merge-patch+json');
    // Metadata is embedded in the type, so its fields stand beside Spec.
    expect(refused.body.message).toMatch(/spec\.template: Invalid value: \{"labels":\{"a":"c","batch.*\},"Spec":/);
  });
});

describe('a patch', () => {
  it.each(['merge-patch', 'strategic-merge-patch'])('of type %s makes nothing that a PUT would make', async (type) => {
    const path = inDefault('/apis/coordination.k8s.io/v1', 'leases');
    const { status, body } = await send('PATCH', `${path}/none`, { spec: {} }, `application/${type}+json`);
    expect({ status, message: body.message }).toEqual({
      status: 404,
      message: 'leases.coordination.k8s.io "none" not found',
    });
  });

  it('does not go through the finalize door of a namespace', async () => {
    const change = { spec: { finalizers: [] } };
    const path = '/api/v1/namespaces/default/finalize';
    expect((await send('PATCH', path, change, 'application/merge-patch+json')).status).toBe(405);
  });

  it('with an integer too long for its field is cut to it, as in Go', async () => {
    const path = inDefault('/apis/apps/v1', 'deployments');
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    await send('POST', path, { metadata: { name: 'w' }, spec });
    const big = { spec: { replicas: 2 ** 32 + 3 } };
    const strategic = await send('PATCH', `${path}/w?dryRun=All`, big, 'application/strategic-merge-patch+json');
    expect(strategic.body.spec['replicas']).toBe(3);
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', ...big };
    const scale = { spec: { replicas: 2 ** 31, unknown: 1 } };
    const refused = await send('PATCH', `${path}/w/scale`, scale, 'application/strategic-merge-patch+json');
    expect(refused.body).toMatchObject({ code: 422, details: { causes: [{ field: 'spec.replicas' }] } });
    const type = 'application/apply-patch+yaml';
    const answer = await send('PATCH', `${path}/w?fieldManager=m&force=true&dryRun=All`, applied, type);
    expect(answer.body.spec['replicas']).toBe(3);
  });
});

it('a controller of pods is deleted without them where nobody says how', async () => {
  const path = inDefault('/api/v1', 'replicationcontrollers');
  await send('POST', path, { metadata: { name: 'r' }, spec: { selector: { a: 'b' }, template } });
  const { body } = await asAdmin(server, `${path}/r`, { method: 'DELETE' });
  expect((JSON.parse(body) as Written).metadata).toMatchObject({ finalizers: ['orphan'] });
});

it('bytes that are null come back as none', async () => {
  const { status, body } = await send('POST', inDefault('/api/v1', 'secrets'), {
    metadata: { name: 's' },
    data: { a: null },
  });
  expect({ status, body }).toMatchObject({ status: 201, body: { data: { a: '' } } });
});

it('a bearer token behind two spaces is not read, and the client is told', async () => {
  const reply = await call(`${server.url}/api/v1/pods`, { headers: { authorization: 'Bearer  admin-token' } });
  expect(reply.status).toBe(403);
  expect(reply.headers['warning']).toContain('extra space before the bearer token');
});

it('a class of the system’s own priorities stays', async () => {
  const reply = await asAdmin(server, '/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical', {
    method: 'DELETE',
  });
  expect(statusOf(reply)).toMatchObject({ code: 403, details: { name: 'system-node-critical' } });
});

it('a name that is taken is told otherwise where one might have been generated', async () => {
  const path = inDefault('/api/v1', 'configmaps');
  const object = { metadata: { name: 'taken', generateName: 'g-' } };
  await send('POST', path, object);
  expect((await send('POST', path, object)).body.message).toBe(
    'configmaps "taken" already exists, the server was not able to generate a unique name for the object',
  );
});

it('a volume keeps the time of its phase through a status without one', async () => {
  const path = '/api/v1/persistentvolumes';
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } };
  const volume = { metadata: { name: 'v' }, spec };
  await send('POST', path, volume);
  const { body } = await send('PUT', `${path}/v/status`, volume);
  expect(body).toMatchObject({ status: { phase: 'Pending', lastPhaseTransitionTime: expect.any(String) } });
});

describe('what the server makes at its start', () => {
  const ownersOf = async (path: string) => {
    const { metadata } = JSON.parse((await asAdmin(server, path)).body) as Written;
    return metadata.managedFields?.map(({ manager, subresource = '' }) => `${manager} ${subresource}`.trim());
  };

  it.each([
    ['/api/v1/namespaces/default', ['kube-apiserver']],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles/view', ['kube-apiserver']],
    [
      '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/exempt',
      ['api-priority-and-fairness-config-consumer-v1 status', 'api-priority-and-fairness-config-producer-v1'],
    ],
    [
      '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/exempt',
      ['api-priority-and-fairness-config-producer-v1'],
    ],
    [
      '/apis/networking.k8s.io/v1/servicecidrs/kubernetes',
      ['kubernetes-service-cidr-controller status', 'kube-apiserver'],
    ],
  ])('%s belongs to its makers', async (path, owners) => {
    expect(await ownersOf(path)).toEqual(owners);
  });

  it('gives a namespace’s maker its label alone', async () => {
    const { body } = await asAdmin(server, '/api/v1/namespaces/default');
    expect(ownedOf(JSON.parse(body) as Written)).toEqual([
      { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubernetes.io/metadata.name': {} } } },
    ]);
  });
});

it('a version in what is to be made is refused once the rest is good', async () => {
  const path = inDefault('/api/v1', 'configmaps');
  const metadata = { name: 'versioned', resourceVersion: '1' };
  expect((await send('POST', path, { metadata, data: { 'a/b': 'c' } })).status).toBe(422);
  expect((await send('POST', path, { metadata })).body.message).toBe(
    'resourceVersion should not be set on objects to be created',
  );
});

it.each([
  ['namespaces', 'Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: '],
  ['namespaces/default/configmaps', 'the ResourceVersion in the precondition (1) does not match the ResourceVersion'],
])('a deletion of one of %s by a version that it has not is refused in its words', async (resource, words) => {
  await send('POST', `/api/v1/${resource}`, { metadata: { name: 'other' } });
  const body = JSON.stringify({ preconditions: { resourceVersion: '1' } });
  const headers = { 'content-length': String(body.length) };
  const reply = await asAdmin(server, `/api/v1/${resource}/other`, { method: 'DELETE', headers, body });
  expect(statusOf(reply)).toMatchObject({ code: 409, message: expect.stringContaining(words) });
});
