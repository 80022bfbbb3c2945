import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, statusOf } from '../../support/api.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';

const JOBS = '/apis/batch/v1/namespaces/default/jobs';
const MAPS = '/api/v1/namespaces/default/configmaps';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const STREAMED_LIST =
  'watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServerProcess({ flags: ['--reconcilers=-*'] });
});

afterAll(() => server.stop());

const sniffing = async (method: string, path: string, headers = {}): Promise<unknown> => {
  const { status, headers: told } = await asAdmin(server, path, { method, headers });
  return [status, told['x-content-type-options']];
};

describe('browsers are told not to guess', () => {
  it('where a request does not reach its handler, and not where the handler refuses', async () => {
    expect(await sniffing('GET', MAPS, { 'impersonate-user': 'nobody' })).toEqual([403, 'nosniff']);
    expect(await sniffing('GET', MAPS, { 'impersonate-group': 'g' })).toEqual([400, 'nosniff']);
    expect(await sniffing('DELETE', '/api/v1/namespaces/default')).toEqual([403, undefined]);
  });
});

describe('the documents of the token issuer', () => {
  it.each([
    ['POST', '/.well-known/openid-configuration', '*/*', 405],
    ['HEAD', '/openid/v1/jwks', '*/*', 405],
    ['GET', '/openid/v1/jwks', 'application/json', 406],
    ['GET', '/openid/v1/jwks', 'application/jwk-set+json', 200],
    ['GET', '/.well-known/openid-configuration', 'application/json', 200],
    ['GET', '/openapi/v3/', '*/*', 404],
  ])('%s %s as %s gives %i', async (method, path, accept, code) => {
    expect((await asAdmin(server, path, { method, headers: { accept } })).status).toBe(code);
  });
});

describe('a deletion of jobs', () => {
  it.each(['', '/none'])('warns of the pods that stay, whether there is a job or not: %j', async (name) => {
    const warning = async (query: string) =>
      (await asAdmin(server, `${JOBS}${name}${query}`, { method: 'DELETE' })).headers.warning;
    expect(await warning('')).toContain('child pods are preserved by default');
    expect(await warning('?propagationPolicy=Background')).toBeUndefined();
  });
});

describe('a watch that begins with the state', () => {
  const events = async (path: string, headers = {}) =>
    (await asAdmin(server, path, { headers })).body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('has a row of an empty object for its bookmark in a table', async () => {
    const [bookmark] = await events(`/api/v1/namespaces/default/pods?${STREAMED_LIST}`, TABLE);
    const { rows } = bookmark.object;
    expect(bookmark.type).toBe('BOOKMARK');
    expect(rows[0].cells.slice(0, 3)).toEqual(['', '0/0', '']);
    expect(rows[0].object).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    const [whole] = await events(`${MAPS}?${STREAMED_LIST}&includeObject=Object`, TABLE);
    expect(whole.object.rows[0].object.kind).toBe('ConfigMap');
  });

  it('is refused the state of a moment that has not been', async () => {
    const [error, ...more] = await events(`${MAPS}?${STREAMED_LIST}&resourceVersion=99999999`);
    expect(error).toMatchObject({ type: 'ERROR', object: { code: 504, reason: 'Timeout' } });
    expect(error.object.message).toContain('Too large resource version: 99999999, current: ');
    expect(more).toEqual([]);
  });
});

it('an Accept header may name the version of the answer', async () => {
  const reply = await asAdmin(server, `${MAPS}/none`, { headers: { accept: 'application/json;sv=v1' } });
  expect(statusOf(reply).code).toBe(404);
  const other = await asAdmin(server, MAPS, { headers: { accept: 'application/json;sv=v2' } });
  expect(other.status).toBe(406);
});

const send = (method: string, path: string, body: object, type = 'application/json') =>
  asAdmin(server, path, { method, body: JSON.stringify(body), headers: { 'content-type': type } });

describe('a patch of an object that is not there', () => {
  it.each([
    '/api/v1/namespaces/default/events',
    '/apis/events.k8s.io/v1/namespaces/default/events',
    '/apis/coordination.k8s.io/v1/namespaces/default/leases',
  ])('makes none, even where an update would: %s', async (path) => {
    for (const type of ['merge', 'strategic-merge']) {
      const reply = await send('PATCH', `${path}/x`, { metadata: { name: 'x' } }, `application/${type}-patch+json`);
      expect(statusOf(reply)).toMatchObject({ code: 404, reason: 'NotFound' });
    }
  });
});

describe('what a deletion does by itself', () => {
  const deletion = async (path: string, name: string, query = '') =>
    JSON.parse((await asAdmin(server, `${path}/${name}${query}`, { method: 'DELETE' })).body);

  it('replication controllers leave their pods', async () => {
    const path = '/api/v1/namespaces/default/replicationcontrollers';
    const spec = { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } };
    await send('POST', path, { metadata: { name: 'a' }, spec });
    const { kind, metadata } = await deletion(path, 'a');
    expect([kind, metadata.finalizers]).toEqual(['ReplicationController', ['orphan']]);
  });

  it('definitions wait for their own objects alone', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
    const names = { plural: 'cups', kind: 'Cup' };
    const spec = { group: 'example.com', scope: 'Cluster', names, versions: [version] };
    await send('POST', path, { metadata: { name: 'cups.example.com' }, spec });
    const { metadata } = await deletion(path, 'cups.example.com', '?propagationPolicy=Foreground');
    expect(metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
  });

  it('rules about taints of devices are answered with a Status', async () => {
    const path = '/apis/resource.k8s.io/v1/devicetaintrules';
    const spec = { deviceSelector: { driver: 'd.io' }, taint: { key: 'k', effect: 'NoSchedule' } };
    await send('POST', path, { metadata: { name: 'a' }, spec });
    expect(await deletion(path, 'a')).toMatchObject({ kind: 'Status', status: 'Success' });
  });
});

it('what can only be created has no paths of objects', async () => {
  for (const path of ['/api/v1/namespaces/default/bindings', '/apis/authentication.k8s.io/v1/tokenreviews']) {
    expect((await asAdmin(server, path)).status).toBe(405);
    expect((await asAdmin(server, `${path}/x`)).status).toBe(404);
  }
});
