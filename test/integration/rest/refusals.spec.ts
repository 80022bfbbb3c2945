import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, statusOf } from '../../support/api.js';
import type { CallOptions } from '../../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';
import { createWidgets, DEFINITIONS, WIDGETS } from './widgets.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServerProcess();
  await createWidgets(server);
  const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' }, spec: { size: 1 } };
  await asAdmin(server, WIDGETS, { method: 'POST', body: JSON.stringify(widget) });
  await asAdmin(server, MAPS, { method: 'POST', body: '{"metadata":{"name":"a"}}' });
});

afterAll(() => server.stop());

async function ask(method: string, path: string, body?: string, headers: CallOptions['headers'] = {}) {
  // Node's client frames no body of a DELETE by itself.
  const sized = body === undefined ? {} : { body, headers: { 'content-length': String(body.length), ...headers } };
  const reply = await asAdmin(server, path, { method, headers, ...sized });
  const status = reply.headers['content-type'] === 'application/json' ? statusOf(reply) : {};
  return { code: status.code ?? reply.status, message: status.message, causes: status.details?.causes ?? [], reply };
}

describe('the time that a client gives', () => {
  it.each([
    ['x', 'time: invalid duration "x"'],
    ['1', 'time: missing unit in duration "1"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
  ])('has to be a duration: %s', async (timeout, text) => {
    const message = `invalid timeout specified in the request URL - ${text}`;
    expect(await ask('GET', `${MAPS}/a?timeout=${timeout}`)).toMatchObject({ code: 400, message });
    expect(await ask('DELETE', `${MAPS}/b?timeout=${timeout}`)).toMatchObject({ code: 400, message });
  });

  it.each(['', '0', '0s', '-1s', '10s', '100h'])('%j leaves the server its own', async (timeout) => {
    expect(await ask('GET', `${MAPS}/a?timeout=${timeout}`)).toMatchObject({ code: 200 });
  });

  it('is not looked at where the answer goes on', async () => {
    expect(await ask('GET', `${MAPS}?watch=1&timeoutSeconds=1&resourceVersion=x&timeout=x`)).toMatchObject({
      code: 500,
    });
  });
});

describe('options of a deletion', () => {
  it.each([
    [
      '{"kind":"Foo"}',
      'no kind "Foo" is registered for version "meta.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      '{"KIND":"Foo"}',
      'no kind "Foo" is registered for version "meta.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      '{"apiVersion":"v1","kind":"Pod"}',
      'no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    ['{"apiVersion":"v1","kind":"Status"}', 'converting (v1.Status) to (v1.DeleteOptions): unknown conversion'],
    ['{"apiVersion":"a/b/c"}', 'unexpected GroupVersion string: a/b/c'],
    [
      '{"kind":1}',
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
    ],
  ])('are no other type: %s', async (body, message) => {
    expect(await ask('DELETE', `${MAPS}/b`, body)).toMatchObject({ code: 400, message });
  });

  it.each(['{"kind":null,"apiVersion":null}', '{"kind":"DeleteOptions","apiVersion":"apps/v1"}'])(
    'need not say what they are: %s',
    async (body) => {
      expect(await ask('DELETE', `${MAPS}/b`, body)).toMatchObject({ code: 404 });
    },
  );
});

describe('a body', () => {
  it('of malformed media type is refused', async () => {
    for (const type of ['application/json; foo', 'application/json; foo=', 'application/json; a="b']) {
      expect(await ask('POST', MAPS, '{}', { 'content-type': type })).toMatchObject({ code: 415 });
    }
    for (const type of ['application/json;', 'application/json; charset=utf-8', 'application/json; a="b;c"']) {
      expect(await ask('POST', MAPS, '{}', { 'content-type': type })).toMatchObject({ code: 422 });
    }
  });

  it('may write the names of its type in any case, to be found another type', async () => {
    const message =
      'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"';
    expect(await ask('POST', MAPS, '{"KIND":"Foo"}')).toMatchObject({ code: 400, message });
  });

  it('of a list is no object', async () => {
    const message =
      'ConfigMapList in version "v1" cannot be handled as a ConfigMap: converting (v1.ConfigMapList) to (core.ConfigMap): unknown conversion';
    expect(await ask('PUT', `${MAPS}/a`, '{"apiVersion":"v1","kind":"ConfigMapList"}')).toMatchObject({
      code: 400,
      message,
    });
  });

  it('of a definition is not known to be another kind of the core', async () => {
    const { message } = await ask('POST', DEFINITIONS, '{"apiVersion":"v1","kind":"Pod"}');
    expect(message).toMatch(/: no kind "Pod" is registered for version "v1" in scheme/);
  });

  it('with another kind of custom resource is refused after its name and version', async () => {
    const body = (metadata: object) => JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Foo', metadata });
    const put = async (name: string, metadata: object) =>
      (await ask('PUT', `${WIDGETS}/${name}`, body(metadata))).message;
    expect(await put('b', { name: 'a' })).toBe('the name of the object (a) does not match the name on the URL (b)');
    expect(await put('a', { name: 'a' })).toMatch(
      /metadata.resourceVersion: Invalid value: 0: must be specified for an update$/,
    );
    const { metadata } = JSON.parse((await asAdmin(server, `${WIDGETS}/a`)).body);
    expect(await put('a', metadata)).toBe('Foo.example.com "a" is invalid: kind: Invalid value: "Foo": must be Widget');
  });
});

describe('the scale of a custom resource', () => {
  it.each(['', '[]', '{"kind":"Foo"}', '{"spec":{"replicas":"x"}}'])(
    'is of no type that is found: %j',
    async (body) => {
      const message = 'no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"';
      expect(await ask('PUT', `${WIDGETS}/a/scale`, body)).toMatchObject({ code: 400, message });
    },
  );

  it('has columns of its own', async () => {
    const { reply } = await ask('GET', `${WIDGETS}/a/scale`, undefined, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const { columnDefinitions, rows } = JSON.parse(reply.body);
    expect(columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Desired',
      'Available',
      'Age',
    ]);
    expect(rows[0].cells.slice(0, 3)).toEqual(['a', 1, 0]);
  });

  it('is not routed, which shows where nothing is acceptable', async () => {
    const { code, message } = await ask('GET', `${WIDGETS}/a/scale`, undefined, { accept: 'text/plain' });
    expect(code).toBe(406);
    expect(message).toMatch(
      /^only the following media types are accepted: application\/json, application\/yaml, application\/vnd/,
    );
  });

  it('takes a patch with another uid', async () => {
    const type = { 'content-type': 'application/merge-patch+json' };
    expect(await ask('PATCH', `${WIDGETS}/a/scale?dryRun=All`, '{"metadata":{"uid":"x"}}', type)).toMatchObject({
      code: 200,
    });
  });
});

describe('the status of a custom resource', () => {
  it('is judged as a document of its own', async () => {
    const type = { 'content-type': 'application/merge-patch+json' };
    const { causes } = await ask('PATCH', `${WIDGETS}/a/status`, '{"status":{"ready":1}}', type);
    const message = 'Invalid value: "integer": ready in body must be of type boolean: "integer"';
    expect(causes).toContainEqual(expect.objectContaining({ field: 'status.ready', message }));
  });
});

describe('what is asked for', () => {
  it('is one object, of which no list can be made', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    expect(await ask('GET', `${WIDGETS}/a`, undefined, { accept })).toMatchObject({
      code: 500,
      message: 'content is not a list',
    });
    expect(await ask('GET', `${MAPS}/a`, undefined, { accept })).toMatchObject({ code: 406 });
  });

  it('of the version is JSON', async () => {
    const message = '406: Not Acceptable\n\nAvailable representations: application/json';
    expect(await ask('GET', '/version', undefined, { accept: 'application/yaml' })).toMatchObject({ code: 406 });
    expect(await ask('GET', '/version', undefined, { accept: 'text/plain' })).toMatchObject({ code: 406, message });
    expect(await ask('GET', '/version', undefined, { accept: 'text/html, */*' })).toMatchObject({ code: 200 });
  });

  it('is read from a query without what has no meaning in one', async () => {
    expect(await ask('GET', `${MAPS}?limit=%zz&a;b=c&limit=1`)).toMatchObject({ code: 200 });
  });
});

describe('a definition', () => {
  it('without versions is told so', async () => {
    const { causes } = await ask('POST', DEFINITIONS, '{"metadata":{"name":"a"}}');
    expect(causes).toContainEqual(
      expect.objectContaining({
        message: 'Invalid value: null: must have exactly one version marked as storage version',
      }),
    );
  });

  it('of which no metadata may change tells so twice, and more often of what is judged on creation too', async () => {
    const path = `${DEFINITIONS}/widgets.example.com`;
    const type = { 'content-type': 'application/merge-patch+json' };
    for (const at of [path, `${path}/status`]) {
      const { causes } = await ask('PATCH', at, '{"metadata":{"uid":"x","labels":{"a":"-"}}}', type);
      expect(causes.map(({ field }) => field).sort()).toEqual([
        ...['metadata.labels', 'metadata.labels', 'metadata.labels'],
        ...['metadata.uid', 'metadata.uid'],
      ]);
    }
  });
});

it('health of one check is told without a hint to browsers', async () => {
  expect((await asAdmin(server, '/livez/ping')).headers['x-content-type-options']).toBeUndefined();
  expect((await asAdmin(server, '/livez')).headers['x-content-type-options']).toBe('nosniff');
});

it('a strategic merge patch of a deployment is decoded as that', async () => {
  expect(
    await ask('PATCH', `${DEPLOYMENTS}/missing`, '[]', { 'content-type': 'application/strategic-merge-patch+json' }),
  ).toMatchObject({
    code: 404,
  });
});

describe('a name in a path', () => {
  it('that is no segment is refused', async () => {
    const message = `Name parameter invalid: "%2E": may not contain '%'`;
    for (const method of ['GET', 'DELETE']) {
      expect(await ask(method, `${MAPS}/%252E`)).toMatchObject({ code: 400, message });
    }
  });

  it('is missing behind the old prefix', async () => {
    const { reply } = await ask('GET', '/api/v1/watch');
    expect([reply.status, reply.body]).toEqual([
      500,
      'Internal Server Error: "/api/v1/watch": failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch\n',
    ]);
  });

  it('is watched with GET alone, behind the old prefix', async () => {
    expect(await ask('POST', '/api/v1/watch/namespaces/default/configmaps')).toMatchObject({ code: 405 });
  });
});

describe('a new object', () => {
  it('is not being deleted, and nobody owns that it were', async () => {
    const metadata = { name: 'deleted', deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 3 };
    const { reply } = await ask('POST', `${MAPS}?dryRun=All`, JSON.stringify({ metadata, data: { k: 'v' } }));
    expect(reply.status).toBe(201);
    expect(reply.body).not.toContain('deletion');
  });

  it('is not made by applying its status', async () => {
    const type = { 'content-type': 'application/apply-patch+yaml' };
    const status = JSON.stringify({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'x' },
      status: {},
    });
    expect(await ask('PATCH', `${WIDGETS}/x/status?fieldManager=m`, status, type)).toMatchObject({ code: 404 });
  });

  it('is refused in the words of etcd where it is too large', async () => {
    const spec = { colour: 'x'.repeat(1600 * 1024) };
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'big' }, spec };
    const message = 'etcdserver: request is too large';
    expect(await ask('POST', WIDGETS, JSON.stringify(widget))).toMatchObject({ code: 500, message });
  });
});
