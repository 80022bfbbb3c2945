import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { Attributes } from '../authorization/authorizer.js';
import { AccessReviewAuthorizer } from './access-review.authorizer.js';
import { AlwaysAllowPathsAuthorizer } from './always-allow-paths.js';
import { readKubeconfig } from './kubeconfig.js';
import { type RemoteCluster, RemoteClusterError } from './remote-cluster.js';
import { RemoteNamespaces } from './remote-namespaces.js';
import { TokenReviewAuthenticator } from './token-review.authenticator.js';
import { lookUpTrust } from './trust-lookup.js';

const folder = mkdtempSync(join(tmpdir(), 'kubenest-delegation-'));
afterAll(() => rmSync(folder, { recursive: true }));

const attributes = (more: Partial<Attributes> = {}): Attributes => ({
  user: { name: 'ada', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } },
  verb: 'get',
  resourceRequest: true,
  namespace: 'n',
  group: 'sea.example.com',
  version: 'v1',
  resource: 'boats',
  subresource: '',
  name: 'ark',
  path: '/apis/sea.example.com/v1/namespaces/n/boats/ark',
  ...more,
});

/** Answers with what is given, and notes what it was asked. */
function fakeCluster(answer: (path: string, body?: JsonObject) => JsonObject) {
  const asked: { path: string; body: JsonObject | undefined }[] = [];
  const ask = async (path: string, body?: JsonObject): Promise<JsonObject> => {
    asked.push({ path, body });
    return answer(path, body);
  };
  return { asked, cluster: { get: ask, review: ask } as unknown as RemoteCluster };
}

describe('a kubeconfig', () => {
  const write = (name: string, config: object): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(config));
    return path;
  };
  const config = (cluster: object, user: object) => ({
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

  it('is read with its files, and the token anew each time', () => {
    writeFileSync(join(folder, 'ca.pem'), 'CA');
    writeFileSync(join(folder, 'token'), 'one\n');
    const data = (text: string) => Buffer.from(text).toString('base64');
    const user = { tokenFile: 'token', 'client-certificate-data': data('CERT'), 'client-key-data': data('KEY') };
    const cluster = {
      server: 'https://front:6443/',
      'certificate-authority': 'ca.pem',
      'tls-server-name': 'kubernetes',
    };
    const access = readKubeconfig(write('good', config(cluster, user)));
    expect(access).toMatchObject({ server: 'https://front:6443', ca: 'CA', cert: 'CERT', key: 'KEY', insecure: false });
    expect([access.serverName, access.token()]).toEqual(['kubernetes', 'one']);
    writeFileSync(join(folder, 'token'), 'two\n');
    expect(access.token()).toBe('two');
  });

  it.each([
    ['no map', [], 'it is no kubeconfig'],
    ['no context', { 'current-context': 'x' }, 'there is no context "x" in it'],
    ['plain HTTP', config({ server: 'http://front' }, {}), 'the server "http://front" must be an https URL'],
    ['a program', config({ server: 'https://f' }, { exec: {} }), 'users with exec are not supported'],
    ['half a pair', config({ server: 'https://f' }, { 'client-key-data': 'AAAA' }), 'go together'],
  ])('with %s is refused', (name, content, message) => {
    expect(() => readKubeconfig(write(name, content))).toThrow(message);
  });
});

describe('delegated authentication', () => {
  const options = { apiAudiences: ['api'], cacheTtlMs: 10_000 };

  it('asks once for a token while its review is remembered', async () => {
    let now = 0;
    const user = { username: 'ada', uid: '7', groups: ['dev'], extra: { scopes: ['a', 'b'] } };
    const { asked, cluster } = fakeCluster(() => ({ status: { authenticated: true, user } }));
    const tokens = new TokenReviewAuthenticator(cluster, options, () => now);
    const expected = { user: { name: 'ada', uid: '7', groups: ['dev'], extra: { scopes: ['a', 'b'] } } };
    expect(
      await Promise.all([tokens.authenticateToken('t', undefined), tokens.authenticateToken('t', undefined)]),
    ).toEqual([expected, expected]);
    now = 9_999;
    await tokens.authenticateToken('t', undefined);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toMatchObject({ kind: 'TokenReview', spec: { token: 't' } });
    now = 10_000;
    await tokens.authenticateToken('t', undefined);
    expect(asked).toHaveLength(2);
  });

  it('keeps to the audiences that were asked for', async () => {
    const status = { authenticated: true, user: { username: 'ada' } };
    const { cluster } = fakeCluster((_path, body) => {
      const spec = body?.['spec'] as { audiences: string[] } | undefined;
      const audiences = (spec?.audiences ?? []).filter((audience) => audience === 'b');
      return { status: { ...status, audiences } };
    });
    const tokens = new TokenReviewAuthenticator(cluster, options, () => 0);
    expect((await tokens.authenticateToken('t', ['a', 'b']))?.audiences).toEqual(['b']);
    expect((await tokens.authenticateToken('t', ['api', 'c']))?.audiences).toEqual(['api']);
    expect(await tokens.authenticateToken('t', ['c'])).toBeUndefined();
  });

  it('knows nobody by a token that is refused, or that nobody can review', async () => {
    const refused = fakeCluster(() => ({ status: { error: 'token expired' } }));
    const away = fakeCluster(() => {
      throw new RemoteClusterError('connection refused', 0);
    });
    const ask = (cluster: RemoteCluster) =>
      new TokenReviewAuthenticator(cluster, options, () => 0).authenticateToken('t', undefined);
    await expect(ask(refused.cluster)).rejects.toThrow('token expired');
    await expect(ask(away.cluster)).rejects.toThrow('could not be reviewed: connection refused');
    expect(await ask(fakeCluster(() => ({ status: {} })).cluster)).toBeUndefined();
  });
});

describe('delegated authorization', () => {
  const ttls = { allowedTtlMs: 10_000, refusedTtlMs: 1_000 };

  it('asks for resources and paths as they are, and remembers each answer for its time', async () => {
    let now = 0;
    const { asked, cluster } = fakeCluster((_path, body) => {
      const spec = body?.['spec'] as JsonObject;
      return { status: { allowed: spec['resourceAttributes'] !== undefined, reason: 'because' } };
    });
    const authorizer = new AccessReviewAuthorizer(cluster, ttls, () => now);
    expect(await authorizer.authorize(attributes())).toEqual({ decision: 'allow', reason: 'because' });
    const path = attributes({ resourceRequest: false, path: '/metrics' });
    expect(await authorizer.authorize(path)).toEqual({ decision: 'noOpinion', reason: 'because' });
    expect(asked.map(({ body }) => body?.['spec'])).toEqual([
      {
        user: 'ada',
        uid: '7',
        groups: ['dev'],
        extra: { scopes: ['a'] },
        resourceAttributes: {
          verb: 'get',
          group: 'sea.example.com',
          version: 'v1',
          resource: 'boats',
          subresource: '',
          namespace: 'n',
          name: 'ark',
        },
      },
      expect.objectContaining({ nonResourceAttributes: { path: '/metrics', verb: 'get' } }),
    ]);
    now = 1_000;
    await authorizer.authorize(attributes());
    await authorizer.authorize(path);
    expect(asked).toHaveLength(3);
  });

  it('allows nothing where nobody can be asked, and lets a denial stand', async () => {
    const away = fakeCluster(() => {
      throw new RemoteClusterError('connection refused', 0);
    });
    const denied = fakeCluster(() => ({ status: { allowed: true, denied: true } }));
    const ask = (cluster: RemoteCluster) => new AccessReviewAuthorizer(cluster, ttls, () => 0).authorize(attributes());
    expect(await ask(away.cluster)).toEqual({ decision: 'noOpinion', reason: '', error: 'connection refused' });
    expect(await ask(denied.cluster)).toEqual({ decision: 'deny', reason: '' });
  });

  it('asks nobody about paths that everybody may see', () => {
    const authorizer = new AlwaysAllowPathsAuthorizer(['/healthz', 'readyz/*']);
    const decide = (path: string, resourceRequest = false) =>
      authorizer.authorize(attributes({ path, resourceRequest })).decision;
    expect([decide('/healthz'), decide('/readyz/etcd'), decide('/healthz/etcd'), decide('/healthz', true)]).toEqual([
      'allow',
      'allow',
      'noOpinion',
      'noOpinion',
    ]);
    expect(() => new AlwaysAllowPathsAuthorizer(['/a*b'])).toThrow('only trailing * allowed in "/a*b"');
  });
});

describe('what is looked up at the other server', () => {
  it('is whom it trusts', async () => {
    const data = { 'requestheader-allowed-names': '["proxy"]', 'requestheader-username-headers': '["X-Remote-User"]' };
    const { asked, cluster } = fakeCluster(() => ({ data }));
    const trust = await lookUpTrust(cluster);
    expect(asked[0]?.path).toBe('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication');
    expect(trust).toMatchObject({ clientCa: '', requestheader: { allowedNames: ['proxy'], uidHeaders: [] } });
    const broken = (key: string, value: string) => lookUpTrust(fakeCluster(() => ({ data: { [key]: value } })).cluster);
    await expect(broken('client-ca-file', 'x')).rejects.toThrow(
      'client-ca-file holds something other than certificates',
    );
    await expect(broken('requestheader-allowed-names', 'x')).rejects.toThrow('is no list in JSON');
  });

  it('is which namespaces there are', async () => {
    const { asked, cluster } = fakeCluster((path) => {
      if (path.endsWith('/gone')) throw new RemoteClusterError('not found', 404);
      if (path.endsWith('/lost')) throw new RemoteClusterError('connection refused', 0);
      return { status: { phase: path.endsWith('/going') ? 'Terminating' : 'Active' } };
    });
    const { phase } = new RemoteNamespaces(cluster, () => 0);
    expect(await Promise.all(['here', 'going', 'gone'].map(phase))).toEqual(['Active', 'Terminating', undefined]);
    await expect(Promise.resolve(phase('lost'))).rejects.toThrow('connection refused');
    expect([phase('here'), asked.length]).toEqual(['Active', 4]);
  });
});
