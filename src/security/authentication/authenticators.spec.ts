import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuthenticationRequest, AuthenticationResult, PeerCertificate } from './authenticator.js';
import { BearerTokenAuthenticator } from './bearer-token.js';
import { RequestHeaderAuthenticator } from './request-header.js';
import type { BoundKind, BoundObject } from './service-account/bound-objects.js';
import { readSigningKey, readVerificationKeys } from './service-account/signing-keys.js';
import { ServiceAccountTokenAuthenticator } from './service-account/token-authenticator.js';
import { ServiceAccountTokenIssuer } from './service-account/token-issuer.js';
import { StaticTokenAuthenticator } from './static-tokens.js';
import { TokenError } from './token-error.js';
import { AnonymousAuthenticator, UnionAuthenticator, UnionTokenAuthenticator } from './union.js';

const API = ['https://api.example.com'];

function request(more: Partial<AuthenticationRequest> = {}, proxy?: PeerCertificate): AuthenticationRequest {
  return {
    authorization: undefined,
    headers: {},
    rawHeaders: [],
    path: '/',
    peer: { connection: {}, certificate: () => undefined, frontProxyCertificate: () => proxy },
    ...more,
  };
}

const bearer = (token: string): AuthenticationRequest => request({ authorization: `Bearer ${token}` });

describe('StaticTokenAuthenticator', () => {
  it('reads users with quoted groups and finds them by token', () => {
    const tokens = new StaticTokenAuthenticator('t1,ann,7,"dev,ops"\n\nt2,"bob, jr",8\n', API);
    expect(tokens.authenticateToken('t1', undefined)?.user).toEqual({
      name: 'ann',
      uid: '7',
      groups: ['dev', 'ops'],
      extra: {},
    });
    expect(tokens.authenticateToken('t2', undefined)?.user.name).toBe('bob, jr');
    expect(tokens.authenticateToken('t3', undefined)).toBeUndefined();
  });

  it('is good for the API audiences only', () => {
    const tokens = new StaticTokenAuthenticator('t1,ann,7', API);
    expect(tokens.authenticateToken('t1', ['other', ...API])?.audiences).toEqual(API);
    expect(tokens.authenticateToken('t1', ['other'])).toBeUndefined();
  });

  it.each([
    ['a,b,c\nonly,two\n', 'line 2: must have at least 3 columns (token, user name, user uid), found 2'],
    ['a,b,c\n,b,c', 'line 2: token is empty'],
    ['a,,c', 'line 1: user name is empty'],
    ['a,b,c\n"x\ny",b,c\na,d,e', 'line 4: the token stands on an earlier line too'],
    ['a,b,"c', 'line 1: quoted field is not closed'],
    ['a,b"x,c', 'line 1: bare " in a field that is not quoted'],
  ])('names the line of a fault in %j', (text, message) => {
    expect(() => new StaticTokenAuthenticator(text, API)).toThrow(message);
  });
});

describe('UnionAuthenticator', () => {
  const tokens = new UnionTokenAuthenticator([new StaticTokenAuthenticator('t1,ann,7', API)]);
  const union = new UnionAuthenticator([new BearerTokenAuthenticator(tokens)], new AnonymousAuthenticator());

  it('adds system:authenticated and gives the same user object for the same token', async () => {
    const first = (await union.authenticate(bearer('t1'))) as AuthenticationResult;
    expect(first.user.groups).toEqual(['system:authenticated']);
    expect(((await union.authenticate(bearer('t1'))) as AuthenticationResult).user).toBe(first.user);
  });

  it('lets other schemes and empty tokens be anonymous', async () => {
    for (const authorization of [undefined, 'Basic YTpi', 'Bearer', 'Bearer ']) {
      const result = await union.authenticate(request({ authorization }));
      expect(result?.user).toMatchObject({ name: 'system:anonymous', groups: ['system:unauthenticated'] });
    }
  });

  it('refuses a token that nobody knows', () => {
    const withoutAnonymous = new UnionAuthenticator([new BearerTokenAuthenticator(tokens)]);
    expect(() => withoutAnonymous.authenticate(bearer('nope'))).toThrow('Unauthorized');
  });

  it('refuses an unknown token although anonymous requests are allowed', () => {
    expect(() => union.authenticate(bearer('nope'))).toThrow('Unauthorized');
  });

  it('takes a token from the subprotocols of a WebSocket', async () => {
    const protocol = `v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.${Buffer.from('t1').toString('base64url')}`;
    const headers = { 'sec-websocket-protocol': protocol };
    const upgrade = { ...headers, connection: 'keep-alive, Upgrade', upgrade: 'websocket' };
    expect((await union.authenticate(request({ headers: upgrade })))?.user.name).toBe('ann');
    expect((await union.authenticate(request({ headers })))?.user.name).toBe('system:anonymous');
  });
});

describe('RequestHeaderAuthenticator', () => {
  const proxy = { commonName: 'aggregator', organizations: [], uid: '', fingerprint: '', raw: Buffer.alloc(0) };
  const authenticator = new RequestHeaderAuthenticator({
    allowedNames: ['aggregator'],
    usernameHeaders: ['X-Remote-User'],
    uidHeaders: ['X-Remote-Uid'],
    groupHeaders: ['X-Remote-Group'],
    extraHeaderPrefixes: ['X-Remote-Extra-'],
  });
  const rawHeaders = ['X-Remote-User', 'ann', 'X-Remote-Uid', '7', 'X-Remote-Group', 'dev', 'x-remote-group', 'ops'];
  rawHeaders.push('X-Remote-Extra-Example.com%2Fteam', 'red');

  it('believes the headers of a trusted proxy', () => {
    expect(authenticator.authenticate(request({ rawHeaders }, proxy))?.user).toEqual({
      name: 'ann',
      uid: '7',
      groups: ['dev', 'ops'],
      extra: { 'example.com/team': ['red'] },
    });
  });

  it('ignores the headers of everybody else', () => {
    expect(authenticator.authenticate(request({ rawHeaders }))).toBeUndefined();
    expect(authenticator.authenticate(request({ rawHeaders }, { ...proxy, commonName: 'mallory' }))).toBeUndefined();
  });
});

describe.each(['ec', 'rsa'] as const)('service account tokens signed with %s', (type) => {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  function world() {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const objects = new Map<string, BoundObject>([
      ['ServiceAccount/shop/bot', { uid: 'u1', deletionTimestamp: undefined }],
    ]);
    const find = (kind: BoundKind, namespace: string, name: string) => objects.get(`${kind}/${namespace}/${name}`);
    const options = { issuers: API, keys: readVerificationKeys(pem), apiAudiences: API, lookup: true };
    return {
      objects,
      wait: (seconds: number) => {
        now += seconds * 1000;
      },
      issuer: new ServiceAccountTokenIssuer(
        API[0]!,
        readSigningKey(pem),
        () => now,
        () => 'id-1',
      ),
      tokens: new ServiceAccountTokenAuthenticator(options, { find }, () => now),
    };
  }

  const spec = {
    namespace: 'shop',
    serviceAccount: { name: 'bot', uid: 'u1' },
    audiences: API,
    expirationSeconds: 600,
  };
  const check = async (tokens: ServiceAccountTokenAuthenticator, token: string, audiences?: string[]) =>
    tokens.authenticateToken(token, audiences);

  it('names the account, its groups and the token', async () => {
    const { issuer, tokens } = world();
    const { token, expiresAt } = await issuer.issue(spec);
    expect(expiresAt).toBe(Date.parse('2026-01-01T00:10:00Z') / 1000);
    expect(await check(tokens, token)).toEqual({
      user: {
        name: 'system:serviceaccount:shop:bot',
        uid: 'u1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:shop'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=id-1'] },
      },
      audiences: API,
    });
  });

  it('answers at once, with the same user, once a token is verified', async () => {
    const { issuer, tokens } = world();
    const { token } = await issuer.issue(spec);
    const first = await check(tokens, token);
    const second = tokens.authenticateToken(token, undefined);
    expect(second).not.toBeInstanceOf(Promise);
    expect((second as AuthenticationResult).user).toBe(first?.user);
  });

  it('dies with the account, with its secret, and with time', async () => {
    const { issuer, tokens, objects, wait } = world();
    objects.set('Secret/shop/anchor', { uid: 's1', deletionTimestamp: undefined });
    const { token } = await issuer.issue({ ...spec, secret: { name: 'anchor', uid: 's1' } });
    await check(tokens, token);
    objects.set('Secret/shop/anchor', { uid: 's2', deletionTimestamp: undefined });
    await expect(check(tokens, token)).rejects.toThrow(
      'secret UID (s2) does not match service account secret ref claim (s1)',
    );
    objects.delete('Secret/shop/anchor');
    await expect(check(tokens, token)).rejects.toThrow(
      '[invalid bearer token, service account token has been invalidated]',
    );
    objects.delete('ServiceAccount/shop/bot');
    await expect(check(tokens, token)).rejects.toThrow('serviceaccounts "bot" not found');
    wait(661);
    await expect(check(tokens, token)).rejects.toThrow('service account token has expired');
  });

  it('is for its audiences, told in the order asked for', async () => {
    const { issuer, tokens } = world();
    const { token } = await issuer.issue({ ...spec, audiences: ['vault', 'ledger'] });
    expect((await check(tokens, token, ['ledger', 'bank', 'vault']))?.audiences).toEqual(['ledger', 'vault']);
    await expect(check(tokens, token)).rejects.toThrow(
      'token audiences ["vault" "ledger"] is invalid for the target audiences ["https://api.example.com"]',
    );
  });

  it('is not ours with another issuer, and bad with another signature', async () => {
    const { issuer, tokens } = world();
    expect(await check(tokens, 'no.jwt.here')).toBeUndefined();
    const { token } = await issuer.issue(spec);
    const [head, body, signature] = token.split('.') as [string, string, string];
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
    await expect(check(tokens, `${head}.${body}.${flipped}`)).rejects.toBeInstanceOf(TokenError);
  });
});
