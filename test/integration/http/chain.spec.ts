import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notFound } from '../../../src/apimachinery/errors/status-error.js';
import type { Answer } from '../../../src/endpoints/answer.js';
import { type HttpApp, startHttpApp } from '../../support/http-app.js';
import { call, callHttp2, openHttp2 } from '../../support/http-client.js';
import { makeCertificates } from '../../support/test-certificates.js';

const json = (body: unknown, status = 200): Answer => ({
  type: 'bytes',
  status,
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify(body)),
});
const ADMIN = { headers: { authorization: 'Bearer admin' } };

describe('the chain over HTTPS', () => {
  let app: HttpApp;
  beforeAll(async () => {
    app = await startHttpApp();
  });
  afterAll(() => app.stop());
  afterEach(() => {
    for (const name of Object.keys(app.chain)) delete app.chain[name as keyof HttpApp['chain']];
  });

  it('gives the answer of the first server that serves the type', async () => {
    app.chain.core = () => json({ from: 'core' });
    app.chain.extensions = () => json({ from: 'extensions' });
    const reply = await call(`${app.url}/api/v1/pods`, ADMIN);
    expect(reply.status).toBe(200);
    expect(reply.body).toBe('{"from":"core"}');
    expect(reply.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    expect(reply.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.headers['content-length']).toBe('15');
  });

  it('takes a 404 of a server as its answer and asks no other', async () => {
    app.chain.aggregation = () => Promise.reject(notFound({ group: '', resource: 'pods' }, 'x'));
    app.chain.extensions = () => json({ from: 'extensions' });
    const reply = await call(`${app.url}/api/v1/namespaces/n/pods/x`, ADMIN);
    expect(reply.status).toBe(404);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: 'Status', reason: 'NotFound', message: 'pods "x" not found' });
  });

  it.each([
    ['/api/v1/wombats', 'application/json'],
    ['/apis/apps/v9', 'application/json'],
    ['/apis/apps/v1/hats/x/y/z', 'application/json'],
    ['/apis/unknown.example.com/v1/things', 'text/plain; charset=utf-8'],
    ['/nothing/here', 'text/plain; charset=utf-8'],
  ])('answers what nobody serves at %s as %s', async (path, contentType) => {
    const reply = await call(app.url + path, ADMIN);
    expect(reply.status).toBe(404);
    expect(reply.headers['content-type']).toBe(contentType);
  });

  it('hides the cause of a fault', async () => {
    app.chain.core = () => {
      throw new Error('the secret cause');
    };
    const reply = await call(`${app.url}/api/v1/pods`, ADMIN);
    expect(reply.status).toBe(500);
    expect(JSON.parse(reply.body)).toMatchObject({ kind: 'Status', reason: 'InternalError', code: 500 });
    expect(reply.body).not.toContain('secret');
  });

  it('answers the same over HTTP/2', async () => {
    app.chain.extensions = (request) => json({ path: request.path, user: request.user.name });
    const session = openHttp2(app.url);
    const headers = { ':path': '/apis/x.example/v1/things', authorization: 'Bearer admin' };
    const replies = await Promise.all([callHttp2(session, headers), callHttp2(session, headers)]);
    session.close();
    for (const reply of replies) {
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.body)).toEqual({ path: '/apis/x.example/v1/things', user: 'admin' });
    }
  });

  it('refuses bad credentials, and what the user may not do', async () => {
    const bad = await call(`${app.url}/api/v1/pods`, {
      headers: { authorization: 'Bearer bad', accept: 'application/yaml' },
    });
    expect(bad.status).toBe(401);
    expect(bad.body).toBe(
      'apiVersion: v1\ncode: 401\nkind: Status\nmessage: Unauthorized\nmetadata: {}\nreason: Unauthorized\nstatus: Failure\n',
    );
    const anonymous = await call(`${app.url}/nothing/here`);
    expect(anonymous.status).toBe(403);
    expect(JSON.parse(anonymous.body)).toMatchObject({
      message: 'forbidden: User "system:anonymous" cannot get path "/nothing/here"',
      details: {},
    });
  });

  it('knows a client by its certificate, and not by one of another authority', async () => {
    app.chain.core = (request) => json({ user: request.user.name, groups: request.user.groups });
    const reply = await call(`${app.url}/api/v1/pods`, { cert: app.adminCert, key: app.adminKey });
    expect(JSON.parse(reply.body)).toEqual({
      user: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
    });
    const other = await startHttpApp();
    try {
      const strange = await call(`${app.url}/api/v1/pods`, { cert: other.adminCert, key: other.adminKey });
      expect(strange.status).toBe(403);
    } finally {
      await other.stop();
    }
  });

  it('knows clients of another authority once that is trusted, on new connections', async () => {
    app.chain.core = (request) => json({ user: request.user.name });
    const { authority, client } = await makeCertificates();
    const { decide } = app.allow;
    const { clientCa, requestheaderClientCa } = app.server.tls;
    const ask = () => call(`${app.url}/api/v1/pods`, { cert: client.cert, key: client.key });
    app.allow.decide = ({ user }) => ({ decision: user.name === 'apiserver' ? 'allow' : 'noOpinion', reason: '' });
    try {
      expect((await ask()).status).toBe(403);
      app.server.renewTrust({ clientCa: clientCa + authority.cert, requestheaderClientCa });
      expect(JSON.parse((await ask()).body)).toEqual({ user: 'apiserver' });
      app.server.renewTrust({ clientCa, requestheaderClientCa });
      expect((await ask()).status).toBe(403);
    } finally {
      app.allow.decide = decide;
    }
  });

  it('gives handlers the decoded path, the query and the whole body', async () => {
    app.chain.core = async (request) =>
      json({
        path: request.path,
        url: request.url,
        limit: request.query.get('limit'),
        verb: request.info.verb,
        body: (await request.body()).toString(),
      });
    const reply = await call(`${app.url}/api/v1/namespaces/n/pods/a%3Ab?limit=5`, {
      ...ADMIN,
      method: 'PUT',
      body: 'hello',
    });
    expect(JSON.parse(reply.body)).toEqual({
      path: '/api/v1/namespaces/n/pods/a:b',
      url: '/api/v1/namespaces/n/pods/a%3Ab?limit=5',
      limit: '5',
      verb: 'update',
      body: 'hello',
    });
  });

  it('passes warnings on', async () => {
    app.chain.core = (request) => {
      request.context.warn('say "hi"');
      request.context.warn('say "hi"');
      request.context.warn('grün\n');
      return json({});
    };
    const reply = await call(`${app.url}/api/v1/pods`, ADMIN);
    expect(Buffer.from(reply.headers['warning'] as string, 'latin1').toString()).toBe(
      '299 - "say \\"hi\\"", 299 - "grün "',
    );
  });
});
