import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answeredHeaders, HeaderForwarding } from './forwarded-headers.js';

const forwarding = new HeaderForwarding({ names: ['X-My-User'], prefixes: ['X-My-Extra-'] });
const forward = (headers: Record<string, string | string[]>) =>
  forwarding.forward({ headers, remoteAddress: '10.1.1.1', auditId: 'audited' });

describe('headers for another server', () => {
  it('are those of the client, with where it came from', () => {
    expect(forward({ accept: 'a/b', 'x-many': ['a', 'b'], 'x-forwarded-for': '9.9.9.9' })).toEqual({
      accept: 'a/b',
      'x-many': ['a', 'b'],
      'x-forwarded-for': '9.9.9.9, 10.1.1.1',
      'audit-id': 'audited',
    });
  });

  it.each([
    'authorization',
    'x-remote-user',
    'x-remote-group',
    'x-remote-uid',
    'x-remote-extra-scopes',
    'x_remote_user',
    'x-remote_extra-a',
    'impersonate-user',
    'impersonate-extra-a',
    'x-my-user',
    'x-my-extra-a',
    'x_my_user',
    'connection',
    'keep-alive',
    'te',
    'transfer-encoding',
    'proxy-authorization',
    'upgrade',
    ':authority',
    'host',
  ])('are never %s', (name) => {
    expect(Object.keys(forward({ [name]: 'x' })).sort()).toEqual(['audit-id', 'x-forwarded-for']);
  });

  it('are not those that the client keeps to the connection', () => {
    expect(forward({ connection: 'X-Own, keep-alive', 'x-own': '1', 'x-other': '2' })).toEqual({
      'x-other': '2',
      'x-forwarded-for': '10.1.1.1',
      'audit-id': 'audited',
    });
  });

  it('offer the subprotocols of a WebSocket without the token', () => {
    const token = 'base64url.bearer.authorization.k8s.io.c2VjcmV0';
    const name = 'sec-websocket-protocol';
    expect(forward({ [name]: `${token}, v5.channel.k8s.io,v4.channel.k8s.io` })[name]).toBe(
      'v5.channel.k8s.io,v4.channel.k8s.io',
    );
    expect(forward({ [name]: token })[name]).toBeUndefined();
  });

  it('claim no identity, however the name is written', () => {
    const names = ['x-remote-user', 'x-remote-extra-a', 'x-my-user', 'authorization', 'impersonate-group'];
    const written = fc
      .constantFrom(...names)
      .chain((name) =>
        fc
          .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
          .map((marks) =>
            [...name].map((letter, at) => (letter === '-' && marks[at] === true ? '_' : letter)).join(''),
          ),
      );
    fc.assert(
      fc.property(written, (name) => {
        expect(forward({ [name]: 'root' })).not.toHaveProperty([name]);
      }),
    );
  });
});

describe('headers of another server', () => {
  it('reach the client without what is of its connection, and without leave for other origins', () => {
    const headers = {
      'content-type': 'a/b',
      'set-cookie': ['a=b', 'c=d'],
      connection: 'close, x-own',
      'x-own': '1',
      'transfer-encoding': 'chunked',
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x',
    };
    expect(answeredHeaders(headers)).toEqual({
      'content-type': 'a/b',
      'set-cookie': ['a=b', 'c=d'],
      'access-control-expose-headers': 'x',
      'cache-control': 'no-cache, private',
    });
    expect(answeredHeaders({ 'cache-control': 'max-age=1' })).toEqual({ 'cache-control': 'max-age=1' });
  });
});
