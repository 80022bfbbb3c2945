import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asAdmin, statusOf } from '../support/api.js';
import { breakValues } from '../support/broken-values.js';
import { call } from '../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const SECRETS = '/api/v1/namespaces/demo/secrets';
const MAPS = '/api/v1/namespaces/demo/configmaps';
const TEAPOTS = '/apis/example.com/v1/namespaces/demo/teapots';
const KETTLES = '/apis/example.com/v1/namespaces/demo/kettles';
const OPTION = 'ignoreStoreReadErrorWithClusterBreakingPotential';
const FAULT = /object not decodable revision=\d+: unexpected end of JSON input/;
const DEFINITION = (plural: string, kind: string) => ({
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, singular: kind.toLowerCase(), kind },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});

describe('stored objects that cannot be read', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-unreadable-'));
  let server: ServerProcess;

  const ask = async (method: string, path: string, body?: unknown, type?: string) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const text = body === undefined ? undefined : JSON.stringify(body);
    // Without it, Node sends the body of a DELETE unframed.
    if (text !== undefined) headers['content-length'] = String(Buffer.byteLength(text));
    const reply = await asAdmin(server, path, { method, headers, ...(text !== undefined && { body: text }) });
    return { status: reply.status, body: JSON.parse(reply.body) };
  };
  const make = async (path: string, body: unknown) => {
    const made = await ask('POST', path, body);
    expect([made.status, path]).toEqual([201, path]);
    return made.body;
  };
  const get = (path: string) => ask('GET', path);
  const asAlice = (method: string, path: string) =>
    call(`${server.url}${path}`, { method, headers: { authorization: 'Bearer alice-token' } });
  /** Frames of a watch until it ends by itself. */
  const watch = async (path: string) => {
    const { body } = await asAdmin(server, path);
    const frames = body.split('\n').filter((line) => line !== '');
    return frames.map((line) => JSON.parse(line) as { type: string; object: Record<string, never> });
  };

  beforeAll(async () => {
    server = await startServerProcess({ dataDir });
    for (const name of ['demo', 'other', 'going']) await make('/api/v1/namespaces', { metadata: { name } });
    for (const name of ['a', 'broken', 'c', 'sick']) {
      const metadata = { name, labels: { app: 'web' }, finalizers: ['example.com/keep'] };
      await make(SECRETS, { metadata, stringData: { password: 'hunter2-hunter2-hunter2' } });
    }
    await make('/api/v1/namespaces/other/secrets', { metadata: { name: 'fine' } });
    await make('/api/v1/namespaces/going/configmaps', { metadata: { name: 'broken' } });
    const { metadata } = await make(MAPS, { metadata: { name: 'owner' } });
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid }];
    await make(MAPS, { metadata: { name: 'owned', ownerReferences } });
    await make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION('teapots', 'Teapot'));
    await make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION('kettles', 'Kettle'));
    await vi.waitFor(async () => expect((await get(TEAPOTS)).status).toBe(200), 5_000);
    for (const name of ['a', 'broken']) {
      await make(TEAPOTS, { apiVersion: 'example.com/v1', kind: 'Teapot', metadata: { name } });
    }
    await vi.waitFor(async () => expect((await get(KETTLES)).status).toBe(200), 5_000);
    await make(KETTLES, { apiVersion: 'example.com/v1', kind: 'Kettle', metadata: { name: 'old' } });
    const account = '/api/v1/namespaces/demo/serviceaccounts/default';
    await vi.waitFor(async () => expect((await get(account)).status).toBe(200), 5_000);
    // The crash, too, must leave nothing behind that stands in the way.
    await server.kill('SIGKILL');
    await breakValues(
      dataDir,
      ['/secrets', 'demo/broken'],
      ['/secrets', 'demo/sick'],
      ['/configmaps', 'demo/owner'],
      ['/configmaps', 'going/broken'],
      ['example.com/teapots', 'demo/broken'],
      ['/namespaces', 'kube-public'],
      ['/serviceaccounts', 'demo/default'],
      ['/services', 'default/kubernetes'],
      ['rbac.authorization.k8s.io/clusterroles', 'view'],
      ['apiregistration.k8s.io/apiservices', 'v1.apps'],
      ['apiextensions.k8s.io/customresourcedefinitions', 'kettles.example.com'],
    );
    server = await startServerProcess({ dataDir });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('do not stop the server, which says one line about each and nothing of what is in it', () => {
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.includes('cannot be read ('));
    expect(lines).toHaveLength(11);
    for (const line of lines) {
      expect(line).toMatch(/ERROR \[storage\] \S+ \S+ cannot be read \(revision \d+: unexpected end of JSON input\)/);
      expect(line).toContain(`Delete it with ${OPTION}`);
    }
    expect(lines.some((line) => line.includes('clusterroles.rbac.authorization.k8s.io view cannot be read'))).toBe(
      true,
    );
    expect(server.output()).not.toContain(btoa('hunter2').slice(0, 8));
    expect(
      server
        .output()
        .split('\n')
        .filter((line) => / ERROR /.test(line)),
    ).toEqual(lines);
  });

  it('are named by who gets them, while others are as ever', async () => {
    const { status, body } = await get(`${SECRETS}/broken`);
    expect([status, body.reason]).toEqual([500, 'InternalError']);
    expect(body.message).toMatch(
      /^Internal error occurred: StorageError: corrupt object, Code: 7, Key: \/secrets\/demo\/broken, ResourceVersion: 0, AdditionalErrorMsg: object not decodable revision=\d+: unexpected end of JSON input$/,
    );
    expect((await get(`${SECRETS}/a`)).body.metadata.name).toBe('a');
    expect((await ask('PATCH', `${SECRETS}/a`, { data: { x: 'eA==' } }, 'application/merge-patch+json')).status).toBe(
      200,
    );
    expect((await get(`${TEAPOTS}/broken`)).body.message).toContain('Key: /example.com/teapots/demo/broken,');
  });

  it('are all named by lists that would hold them', async () => {
    for (const query of ['', '?limit=500', '?labelSelector=app%3Dnone', '?resourceVersion=0']) {
      const { status, body } = await get(`${SECRETS}${query}`);
      expect([status, body.reason, body.details.name, body.details.kind]).toEqual([
        500,
        'StorageReadError',
        'list',
        'secrets',
      ]);
      const { causes } = body.details as { causes: { reason: string; message: string; field: string }[] };
      expect(causes.map(({ field }) => field)).toEqual([
        '/registry/secrets/demo/broken',
        '/registry/secrets/demo/sick',
      ]);
      expect(causes.map(({ reason }) => reason)).toEqual(['UnexpectedServerResponse', 'UnexpectedServerResponse']);
      expect(body.message).toBe(
        `failed to read one or more secrets from the storage: ${causes[0]!.message} (and 1 more)`,
      );
      expect(causes[0]!.message).toMatch(
        /^StorageError: corrupt object, Code: 7, Key: \/registry\/secrets\/demo\/broken, ResourceVersion: 0, AdditionalErrorMsg: object not/,
      );
    }
    const { body } = await get('/apis/example.com/v1/teapots');
    expect(body.message).toContain('failed to read one or more teapots.example.com from the storage');
    expect(body.details).toMatchObject({ name: 'list', group: 'example.com', kind: 'teapots' });
  });

  it('stand in the way of no list that would not', async () => {
    expect((await get('/api/v1/namespaces/other/secrets')).body.items).toHaveLength(1);
    expect((await get(`${SECRETS}?fieldSelector=metadata.name%3Da`)).body.items).toHaveLength(1);
    const page = await get(`${SECRETS}?limit=1`);
    expect([page.status, page.body.items.length, page.body.metadata.remainingItemCount]).toEqual([200, 1, 3]);
    const next = await get(`${SECRETS}?limit=1&continue=${page.body.metadata.continue}`);
    expect(next.body.reason).toBe('StorageReadError');
  });

  it('end watches that begin with a list, after what comes before them', async () => {
    const frames = await watch(`${SECRETS}?watch=1&timeoutSeconds=5`);
    expect(frames.map(({ type }) => type)).toEqual(['ADDED', 'ERROR']);
    expect(frames[1]!.object).toMatchObject({ code: 500, reason: 'InternalError' });
    expect(frames[1]!.object['message']).toMatch(FAULT);
    const streamed = await watch(
      `${SECRETS}?watch=1&timeoutSeconds=5&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    expect(streamed.map(({ type }) => type)).toEqual(['ADDED', 'ERROR']);
    expect((await watch('/api/v1/namespaces/other/secrets?watch=1&timeoutSeconds=1')).map(({ type }) => type)).toEqual([
      'ADDED',
    ]);
  });

  it('cannot be written, created over or deleted', async () => {
    const object = { metadata: { name: 'broken', namespace: 'demo' } };
    const writes = [
      await ask('PUT', `${SECRETS}/broken`, object),
      await ask('PATCH', `${SECRETS}/broken`, object, 'application/merge-patch+json'),
      await ask('PATCH', `${SECRETS}/broken`, object, 'application/strategic-merge-patch+json'),
      await ask(
        'PATCH',
        `${SECRETS}/broken`,
        [{ op: 'add', path: '/type', value: 'x' }],
        'application/json-patch+json',
      ),
      await ask(
        'PATCH',
        `${SECRETS}/broken?fieldManager=me&force=true`,
        { apiVersion: 'v1', kind: 'Secret', ...object },
        'application/apply-patch+yaml',
      ),
    ];
    for (const { status, body } of writes) {
      expect([status, body.kind, body.reason]).toEqual([500, 'Status', undefined]);
      expect(body.message).toMatch(new RegExp(`^${FAULT.source}$`));
    }
    expect((await ask('PUT', `${SECRETS}/broken?dryRun=All`, object)).body.reason).toBe('InternalError');
    const taken = await ask('POST', SECRETS, object);
    expect([taken.status, taken.body.message]).toEqual([409, 'secrets "broken" already exists']);
    const kept = await ask('DELETE', `${SECRETS}/broken`);
    expect([kept.status, kept.body.reason]).toEqual([500, 'InternalError']);
    expect((await ask('DELETE', SECRETS)).body.reason).toBe('StorageReadError');
    expect((await ask('DELETE', `${SECRETS}?${OPTION}=true`)).body).toMatchObject({
      code: 422,
      message: `DeleteOptions.meta.k8s.io "" is invalid: ${OPTION}: Invalid value: true: is not allowed with DELETECOLLECTION, try again after removing the option`,
    });
    expect((await get(`${SECRETS}/a`)).status).toBe(200);
  });

  it('go with the option alone, and only by a verb of its own', async () => {
    const unsafe = `${SECRETS}/broken?${OPTION}=true`;
    const rules = (...verbs: string[]) => [{ apiGroups: [''], resources: ['secrets'], verbs }];
    const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/demo';
    await make(`${roles}/roles`, { metadata: { name: 'deleter' }, rules: rules('get', 'delete') });
    await make(`${roles}/rolebindings`, {
      metadata: { name: 'alice' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deleter' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    });
    const refused = statusOf(await asAlice('DELETE', unsafe));
    expect([refused.code, refused.reason]).toEqual([403, 'Forbidden']);
    expect(refused.message).toContain('not permitted to do "unsafe-delete-ignore-read-errors"');
    expect((await get(`${SECRETS}/broken`)).status).toBe(500);

    const role = { metadata: { name: 'deleter' }, rules: rules('get', 'delete', 'unsafe-delete-ignore-read-errors') };
    expect((await ask('PUT', `${roles}/roles/deleter`, role)).status).toBe(200);
    expect(statusOf(await asAlice('DELETE', `${SECRETS}/a?${OPTION}=true`))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on secrets "a": StorageError: invalid object, Code: 4, Key: /registry/secrets/demo/a, ResourceVersion: 0, AdditionalErrorMsg: unsafe deletion is not allowed because the object is decodable from storage',
    });
    expect(statusOf(await asAlice('DELETE', `${SECRETS}/none?${OPTION}=true`)).code).toBe(404);
    const success = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'broken', kind: 'Secret' },
      code: 200,
    };
    expect(JSON.parse((await asAlice('DELETE', `${unsafe}&dryRun=All`)).body)).toEqual(success);
    expect((await get(`${SECRETS}/broken`)).status).toBe(500);
    expect(JSON.parse((await asAlice('DELETE', unsafe)).body)).toEqual(success);
    expect((await get(`${SECRETS}/broken`)).status).toBe(404);
    expect((await get(SECRETS)).body.details.causes).toHaveLength(1);
  });

  it('end the watches that see their deletion, and no others', async () => {
    const { body } = await get('/api/v1/namespaces/other/secrets');
    const from = body.metadata.resourceVersion;
    const watches = [SECRETS, `${SECRETS}?fieldSelector=metadata.name%3Dsick`, `${SECRETS}?labelSelector=app%3Dnone`];
    const seen = watches.map((path) =>
      watch(`${path}${path.includes('?') ? '&' : '?'}watch=1&timeoutSeconds=20&resourceVersion=${from}`),
    );
    const others = watch(`/api/v1/namespaces/other/secrets?watch=1&timeoutSeconds=2&resourceVersion=${from}`);
    await make(SECRETS, { metadata: { name: 'new' } });
    const gone = await ask('DELETE', `${SECRETS}/sick`, { [OPTION]: true });
    expect([gone.status, gone.body.details]).toEqual([200, { name: 'sick', kind: 'Secret' }]);
    await make('/api/v1/namespaces/other/secrets', { metadata: { name: 'new' } });
    const told = await Promise.all(seen);
    expect(told.map((frames) => frames.map(({ type }) => type))).toEqual([['ADDED', 'ERROR'], ['ERROR'], ['ERROR']]);
    for (const frames of told) {
      const { code, reason, message } = frames.at(-1)!.object;
      expect([code, reason]).toEqual([500, 'StorageReadError']);
      expect(message).toMatch(/^saw a DELETED event, but object data is corrupt - object not decodable revision=\d+: /);
    }
    expect((await others).map(({ type }) => type)).toEqual(['ADDED']);
  });

  it('leave a collection that is whole again', async () => {
    const { body } = await get(SECRETS);
    expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['a', 'c', 'new']);
    const again = watch(`${SECRETS}?watch=1&timeoutSeconds=2&resourceVersion=${body.metadata.resourceVersion}`);
    await make(SECRETS, { metadata: { name: 'broken' } });
    expect((await again).map(({ type }) => type)).toEqual(['ADDED']);
    expect((await ask('DELETE', `${TEAPOTS}/broken?${OPTION}=true`)).body.details).toEqual({
      name: 'broken',
      kind: 'Teapot',
    });
    expect((await get(TEAPOTS)).body.items).toHaveLength(1);
  });

  it('keep what they own until they are gone', async () => {
    expect((await get(`${MAPS}/owned`)).status).toBe(200);
    expect((await ask('DELETE', `${MAPS}/owner?${OPTION}=true`)).status).toBe(200);
    await expect.poll(async () => (await get(`${MAPS}/owned`)).status, { timeout: 10_000 }).toBe(404);
  });

  it('keep their namespace, which says why, until they are gone', async () => {
    expect((await ask('DELETE', '/api/v1/namespaces/going')).status).toBe(200);
    const failure = async () => {
      const { body } = await get('/api/v1/namespaces/going');
      const conditions = (body.status?.conditions ?? []) as { type: string; status: string; message: string }[];
      return conditions.find(({ type }) => type === 'NamespaceDeletionContentFailure');
    };
    await expect.poll(async () => (await failure())?.status, { timeout: 10_000 }).toBe('True');
    expect((await failure())!.message).toContain(
      'Failed to delete all resource types, 1 remaining: failed to read one or more configmaps from the storage',
    );
    expect((await ask('DELETE', `/api/v1/namespaces/going/configmaps/broken?${OPTION}=true`)).status).toBe(200);
    await expect.poll(async () => (await get('/api/v1/namespaces/going')).status, { timeout: 10_000 }).toBe(404);
  });

  it('of the server itself are made anew', async () => {
    expect((await ask('POST', '/api/v1/namespaces/kube-public/configmaps', { metadata: { name: 'x' } })).status).toBe(
      500,
    );
    const account = '/api/v1/namespaces/demo/serviceaccounts/default';
    expect((await ask('DELETE', `${account}?${OPTION}=true`)).status).toBe(200);
    await expect.poll(async () => (await get(account)).status, { timeout: 10_000 }).toBe(200);
    const apiService = '/apis/apiregistration.k8s.io/v1/apiservices/v1.apps';
    expect((await ask('DELETE', `${apiService}?${OPTION}=true`)).status).toBe(200);
    await expect.poll(async () => (await get(apiService)).status, { timeout: 10_000 }).toBe(200);
    const rest = [
      '/api/v1/namespaces/kube-public',
      '/api/v1/namespaces/default/services/kubernetes',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/view',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kettles.example.com',
    ];
    for (const path of rest)
      expect([path, (await ask('DELETE', `${path}?${OPTION}=true`)).status]).toEqual([path, 200]);
    await server.kill('SIGTERM');
    server = await startServerProcess({ dataDir });
    expect(server.output()).not.toContain('cannot be read (');
    for (const path of rest.slice(0, 3)) expect([path, (await get(path)).status]).toEqual([path, 200]);
    await make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION('kettles', 'Kettle'));
    await expect.poll(async () => (await get(`${KETTLES}/old`)).status, { timeout: 5_000 }).toBe(200);
  });

  it('stay told to watches that come back from before, after a restart too', async () => {
    const frames = await watch(`${SECRETS}?watch=1&timeoutSeconds=5&resourceVersion=2`);
    expect(frames.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 500 } });
  });

  it('are those, too, that cannot be converted to the version of the request', async () => {
    const { metadata, spec } = DEFINITION('cups', 'Cup');
    const [v1] = spec.versions;
    await make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata,
      spec: {
        ...spec,
        versions: [v1, { ...v1, name: 'v2', storage: false }],
        // Nobody listens there.
        conversion: {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://127.0.0.1:1/convert' } },
        },
      },
    });
    const cup = (version: string) => `/apis/example.com/${version}/namespaces/demo/cups`;
    await expect.poll(async () => (await get(cup('v1'))).status, { timeout: 5_000 }).toBe(200);
    await make(cup('v1'), { apiVersion: 'example.com/v1', kind: 'Cup', metadata: { name: 'cracked' } });
    expect((await get(`${cup('v2')}/cracked`)).status).toBe(500);
    expect((await ask('DELETE', `${cup('v2')}/cracked`)).status).toBe(500);
    expect((await ask('DELETE', `${cup('v1')}/cracked?${OPTION}=true`)).body.reason).toBe('Conflict');
    expect((await ask('DELETE', `${cup('v2')}/cracked?${OPTION}=true`)).body.details).toEqual({
      name: 'cracked',
      kind: 'Cup',
    });
    expect((await get(`${cup('v1')}/cracked`)).status).toBe(404);
  });

  it('stay where the gate is off', async () => {
    await server.kill('SIGTERM');
    await breakValues(dataDir, ['/secrets', 'demo/c']);
    server = await startServerProcess({
      dataDir,
      flags: ['--feature-gates', 'AllowUnsafeMalformedObjectDeletion=false'],
    });
    const { status, body } = await ask('DELETE', `${SECRETS}/c?${OPTION}=true`);
    expect([status, body.reason]).toEqual([500, 'InternalError']);
    expect((await get(`${SECRETS}/c`)).status).toBe(500);
  });
});
