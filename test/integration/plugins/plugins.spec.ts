import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { Logger } from '@nestjs/common';
import { type ApiServer, createApiServer, type JsonObject, type KubeObject } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Diary, Garden, Gardens } from './gardens.plugin.js';

const HOME = { namespace: 'default' };
type Headers = Record<string, string>;

interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
}

/** As a client outside; without other headers as the administrator. */
function http(server: ApiServer, method: string, path: string, headers?: Headers, body?: object): Promise<HttpAnswer> {
  const { caCert: ca, adminCert, adminKey, url } = server;
  const identity = headers === undefined ? { cert: adminCert, key: adminKey } : {};
  const all = { 'content-type': 'application/json', accept: 'application/json', ...headers };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, ca, ...identity, headers: all, agent: false }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: JSON.parse(text) as JsonObject });
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function garden(name: string, spec: object): Garden {
  return { metadata: { name, ...HOME }, spec } as Garden;
}

const PATH = '/apis/garden.example.com/v1/namespaces/default/gardens';

describe('a plugin', () => {
  let server: ApiServer;
  const gardens = () => server.client.for(Garden);
  beforeAll(async () => {
    // What the plugin throws on purpose is told to the program's log.
    Logger.overrideLogger(false);
    server = await createApiServer({ plugins: [Gardens] });
    await gardens().create(garden('tea', { owner: 'ann', plants: [{ name: 'mint' }] }));
  });
  afterAll(() => server.close());

  it('serves a resource with defaults at every depth, in discovery and with an APIService', async () => {
    const { spec } = await gardens().get('tea', HOME);
    expect(spec).toEqual({ owner: 'ann', plants: [{ name: 'mint', thirst: 10 }], replicas: 1 });
    const { body } = await http(server, 'GET', '/apis/garden.example.com/v1');
    const resources = (body['resources'] as { name: string; verbs: string[] }[]).map(({ name }) => name);
    expect(resources).toEqual(['gardens', 'gardens/status', 'gardens/scale', 'gardens/water']);
    const services = server.client.resource({ apiVersion: 'apiregistration.k8s.io/v1', resource: 'apiservices' });
    expect((await services.get('v1.garden.example.com'))['spec']).toMatchObject({ versionPriority: 100 });
  });

  it('documents it in OpenAPI', async () => {
    const { body } = await http(server, 'GET', '/openapi/v3/apis/garden.example.com/v1');
    const { schemas } = body['components'] as { schemas: Record<string, JsonObject> };
    const model = schemas['com.example.garden.v1.Garden'];
    expect(model).toMatchObject({
      description: 'A garden and what grows in it.',
      required: ['spec'],
      properties: {
        spec: {
          required: ['owner'],
          properties: {
            owner: { type: 'string', minLength: 1 },
            motto: { description: 'Reads the same backwards.' },
            plants: { type: 'array', maxItems: 3, default: [], items: { properties: { name: { minLength: 2 } } } },
          },
        },
      },
    });
  });

  it('prints its columns as a table', async () => {
    const accept = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io', 'x-says': 'gardener' };
    const { body } = await http(server, 'GET', PATH, accept);
    expect((body['columnDefinitions'] as { name: string }[]).map(({ name }) => name)).toEqual(['Name', 'Owner', 'Age']);
    expect((body['rows'] as { cells: unknown[] }[])[0]!.cells.slice(0, 2)).toEqual(['tea', 'ann']);
  });

  it.each<[string, object, string]>([
    ['a schema', { owner: '', plants: [{ name: 'x' }] }, 'spec.plants[0].name in body should be at least 2 chars long'],
    ['a rule in CEL', { owner: 'nobody' }, 'somebody must own it'],
    ['a validator of its own', { owner: 'ann', motto: 'ab' }, 'spec.motto: Invalid value: "ab": must read the same'],
    ['a condition', { owner: 'guest', contact: 'none' }, 'spec.contact: Invalid value: "none": must be an email'],
  ])('refuses by %s', async (_what, spec, text) => {
    await expect(gardens().create(garden('bad', spec))).rejects.toThrow(text);
  });

  it('asks a conditional validator only where its condition is met', async () => {
    const spec = { owner: 'bob', contact: 'none', motto: 'aba' };
    await gardens().create(garden('pond', spec));
    expect((await gardens().get('pond', HOME)).spec).toMatchObject(spec);
    await gardens().delete('pond', HOME);
  });

  it('drops and reports fields that the class does not have', async () => {
    const body = { ...garden('odd', { owner: 'ann', gnomes: 7 }), apiVersion: 'garden.example.com/v1', kind: 'Garden' };
    const { status, headers } = await http(server, 'POST', `${PATH}?dryRun=All`, undefined, body);
    expect(status).toBe(201);
    expect(headers['warning']).toContain('unknown field \\"spec.gnomes\\"');
  });

  it('lets objects be selected by the fields that say so', async () => {
    expect((await gardens().list({ ...HOME, fieldSelector: 'spec.owner=ann' })).items).toHaveLength(1);
    expect((await gardens().list({ ...HOME, fieldSelector: 'spec.owner=eve' })).items).toHaveLength(0);
  });

  it('lets appliers share a list whose items have a name', async () => {
    const type = { apiVersion: 'garden.example.com/v1', kind: 'Garden' };
    const metadata = { name: 'shared', ...HOME };
    const plant = (name: string) => ({ ...type, metadata, spec: { owner: 'ann', plants: [{ name, thirst: 1 }] } });
    await gardens().apply(plant('rose') as Garden, { fieldManager: 'a' });
    const { spec } = await gardens().apply(plant('lily') as Garden, { fieldManager: 'b', force: true });
    expect(spec.plants.map(({ name }) => name)).toEqual(['rose', 'lily']);
  });

  it('scales by the paths it names', async () => {
    const { body } = await http(server, 'GET', `${PATH}/tea/scale`);
    expect(body).toMatchObject({ kind: 'Scale', spec: { replicas: 1 } });
  });

  it('answers below its objects', async () => {
    expect((await http(server, 'GET', `${PATH}/tea/water`)).body).toEqual({ thirst: 10 });
    expect(await gardens().post('tea', 'water', { litres: 3 }, HOME)).toEqual({ watered: 'tea', litres: 3 });
    await expect(gardens().post('tea', 'water', { litres: 0 }, HOME)).rejects.toMatchObject({ code: 422 });
    await expect(gardens().post('none', 'water', { litres: 1 }, HOME)).rejects.toMatchObject({ code: 404 });
    expect((await http(server, 'PUT', `${PATH}/tea/water`, undefined, {})).status).toBe(405);
  });

  it('answers 500 to the request in which it throws, and goes on', async () => {
    await gardens().create(garden('dry', { owner: 'broken' }));
    const { status, body } = await http(server, 'POST', `${PATH}/dry/water`, undefined, { litres: 1 });
    expect([status, body['reason']]).toEqual([500, 'InternalError']);
    expect((await http(server, 'GET', PATH, { 'x-says': 'devil' })).status).toBe(500);
    expect((await http(server, 'GET', `${PATH}/dry`)).status).toBe(200);
  });

  it('says who somebody is, and what they may do', async () => {
    const as = (name: string) => ({ 'x-says': name });
    expect((await http(server, 'GET', PATH, as('gardener'))).status).toBe(200);
    expect((await http(server, 'GET', PATH, as('burglar'))).status).toBe(403);
    expect((await http(server, 'DELETE', `${PATH}/tea`, as('gardener'))).status).toBe(403);
    expect((await http(server, 'GET', `${PATH}/eden`, as('gardener'))).body['message']).toContain(
      'an angel stands there',
    );
  });

  it('knows tokens, in requests and in reviews', async () => {
    const { status } = await http(server, 'GET', PATH, { authorization: 'Bearer flower-gardener' });
    expect(status).toBe(200);
    const reviews = server.client.resource({ apiVersion: 'authentication.k8s.io/v1', resource: 'tokenreviews' });
    const review = await reviews.create({ metadata: {}, spec: { token: 'flower-rose' } });
    expect(review['status']).toMatchObject({ authenticated: true, user: { username: 'rose' } });
  });

  it('reconciles: what it owns comes back, what failed is tried again, what is gone is told', async () => {
    const maps = server.client.resource({ apiVersion: 'v1', resource: 'configmaps' });
    const diary = server.get(Diary);
    await expect.poll(() => maps.find('tea', HOME)).toMatchObject({ data: { owner: 'ann' } });
    await maps.delete('tea', HOME);
    await expect.poll(() => maps.find('tea', HOME)).toMatchObject({ data: { owner: 'ann' } });
    await gardens().create(garden('storm', { owner: 'unlucky' }));
    await expect.poll(() => gardens().get('storm', HOME)).toMatchObject({ status: { seen: 'unlucky' } });
    expect(diary.failures).toBe(2);
    await gardens().delete('storm', HOME);
    await expect.poll(() => diary.entries).toContain('storm gone');
  });

  it('looks at an object when another resource that concerns it changes', async () => {
    const diary = server.get(Diary);
    const before = diary.entries.filter((entry) => entry === 'tea seen').length;
    await server.client
      .resource({ apiVersion: 'v1', resource: 'secrets' })
      .create({ metadata: { name: 'tea', ...HOME } });
    await expect.poll(() => diary.entries.filter((entry) => entry === 'tea seen').length).toBeGreaterThan(before);
  });

  it('leads by a Lease where its reconciler says so', async () => {
    const leases = server.client.resource({ apiVersion: 'coordination.k8s.io/v1', resource: 'leases' });
    const lease = (await leases.get('kubenest-gardener', { namespace: 'kube-system' })) as KubeObject & {
      spec: JsonObject;
    };
    expect(lease.spec).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  it('keeps its names from CustomResourceDefinitions', async () => {
    const crds = server.client.resource({
      apiVersion: 'apiextensions.k8s.io/v1',
      resource: 'customresourcedefinitions',
    });
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
    const spec = {
      group: 'garden.example.com',
      scope: 'Namespaced',
      names: { plural: 'gardens', kind: 'Garden' },
      versions,
    };
    await crds.create({ metadata: { name: 'gardens.garden.example.com' }, spec } as KubeObject);
    const read = async () => ((await crds.get('gardens.garden.example.com'))['status'] as JsonObject)?.['conditions'];
    await expect.poll(read).toContainEqual(expect.objectContaining({ type: 'NamesAccepted', status: 'False' }));
    await crds.delete('gardens.garden.example.com');
    expect((await gardens().get('tea', HOME)).spec.owner).toBe('ann');
  });
});
