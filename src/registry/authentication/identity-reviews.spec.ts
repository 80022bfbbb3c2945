import { describe, expect, it } from 'vitest';
import { notFound } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { RegistrySecurity, TokenOrder } from '../authorization/security-ports.js';
import type { ResourceRegistry } from '../resource-registry.js';
import { internalContext } from '../rest/context.js';
import { viewOfValue } from '../rest/object-view.js';
import { SelfSubjectReviewStorage, TokenReviewStorage } from './identity-reviews.js';
import { tokenSubresource } from './token-request.js';

const ann = { name: 'ann', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } };
const ctx = internalContext(ann, 'shop');
const NOW = Date.parse('2026-01-01T00:00:00Z');
const write = { dryRun: false };

describe('TokenReviewStorage', () => {
  class TokenError extends Error {
    override readonly name = 'TokenError';
  }
  const tokens = {
    authenticateToken: (token: string, audiences: readonly string[] | undefined) => {
      if (token === 'dead') throw new TokenError('[invalid bearer token, gone]');
      return token === 'good' ? { user: ann, ...(audiences && { audiences }) } : undefined;
    },
  };
  const review = async (spec: object) => {
    const object = { metadata: {}, spec } as unknown as KubeObject;
    return (await new TokenReviewStorage(tokens, ['api']).create(ctx, '', object, write)).value()['status'];
  };

  it('tells the user and the audiences the token is good for', async () => {
    expect(await review({ token: 'good' })).toEqual({
      authenticated: true,
      user: { username: 'ann', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } },
      audiences: ['api'],
    });
    expect(await review({ token: 'good', audiences: ['vault'] })).toMatchObject({ audiences: ['vault'] });
  });

  it('tells unknown tokens from known ones that are no longer good', async () => {
    expect(await review({ token: 'x' })).toEqual({ user: {}, error: 'invalid bearer token' });
    expect(await review({ token: 'dead' })).toEqual({ user: {}, error: '[invalid bearer token, gone]' });
    await expect(review({})).rejects.toThrow('token is required for TokenReview in authentication');
  });
});

it('SelfSubjectReview tells the caller, whatever was sent', async () => {
  const object = { metadata: { name: 'me' }, status: { userInfo: { username: 'root' } } } as unknown as KubeObject;
  const view = await new SelfSubjectReviewStorage(() => NOW).create(ctx, '', object, write);
  expect(view.value()).toMatchObject({
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { userInfo: { username: 'ann' } },
  });
});

describe('token requests', () => {
  const stored: Record<string, object> = {
    'serviceaccounts/bot': { metadata: { name: 'bot', uid: 'sa1' } },
    'pods/p': { metadata: { name: 'p', uid: 'p1' }, spec: { serviceAccountName: 'bot', nodeName: 'n1' } },
    'pods/other': { metadata: { name: 'other', uid: 'p2' }, spec: { serviceAccountName: 'else' } },
  };
  const registry = {
    find: (_group: string, resource: string) => ({
      storage: {
        get: (_ctx: unknown, name: string) => {
          const object = stored[`${resource}/${name}`];
          if (object === undefined) throw notFound({ group: '', resource }, name);
          return viewOfValue(object as KubeObject);
        },
      },
    }),
  } as unknown as ResourceRegistry;

  function create(spec: object, metadata: object = {}, account = 'bot') {
    const orders: TokenOrder[] = [];
    const security = {
      apiAudiences: ['api'],
      tokenExpirationSecondsMax: 7200,
      issuer: {
        issue: async (order: TokenOrder) => {
          orders.push(order);
          return { token: 'jwt', expiresAt: NOW / 1000 + order.expirationSeconds };
        },
      },
    } as unknown as RegistrySecurity;
    const { storage } = tokenSubresource(
      registry,
      () => security,
      () => NOW,
    );
    const body = { metadata, spec } as unknown as KubeObject;
    return storage.create!(ctx, account, body, write).then((view) => ({ object: view.value(), order: orders[0]! }));
  }

  it('fills in audiences and lifetime and names the account', async () => {
    const { object } = await create({});
    expect(object).toEqual({
      metadata: { name: 'bot', namespace: 'shop', uid: 'sa1', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { audiences: ['api'], expirationSeconds: 3600, boundObjectRef: null },
      status: { token: 'jwt', expirationTimestamp: '2026-01-01T01:00:00Z' },
    });
  });

  it('binds to a pod of the account and tells its node, gone or not', async () => {
    const { order } = await create({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'p1' } });
    expect(order).toMatchObject({ pod: { name: 'p', uid: 'p1' }, node: { name: 'n1' } });
  });

  it('shortens what is longer than the server grants', async () => {
    expect((await create({ expirationSeconds: 90_000 })).order.expirationSeconds).toBe(7200);
  });

  it.each([
    [{ expirationSeconds: 599 }, 'may not specify a duration less than 10 minutes'],
    [{ expirationSeconds: 2 ** 32 + 1 }, 'may not specify a duration larger than 2^32 seconds'],
    [
      { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'other' } },
      'to pod running with different serviceaccount name.',
    ],
    [{ boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'no' } }, 'secrets "no" not found'],
    [
      { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'c' } },
      'cannot bind token to object of type /v1, Kind=ConfigMap',
    ],
    [{ boundObjectRef: { apiVersion: 'v1', kind: 'Pod' } }, 'Name parameter required.'],
    [{ boundObjectRef: {} }, 'cannot bind token to object of type /, Kind='],
    [
      { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'old' } },
      'the UID in the bound object reference (old)',
    ],
  ])('refuses %j', async (spec, message) => {
    await expect(create(spec)).rejects.toThrow(message);
  });

  it('refuses a body about another account, and an account that is not there', async () => {
    await expect(create({}, { name: 'other' })).rejects.toThrow('must match the service account name if specified');
    await expect(create({}, {}, 'nobody')).rejects.toThrow('serviceaccounts "nobody" not found');
  });
});
