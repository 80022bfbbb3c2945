import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import type { Answer, StreamSink } from '../../../src/endpoints/answer.js';
import { ClientGone } from '../../../src/http/client-gone.js';
import { HealthRegistry } from '../../../src/observability/health.js';
import { startHttpApp } from '../../support/http-app.js';
import { call, callHttp2, openHttp2 } from '../../support/http-client.js';
import { openTls } from '../../support/raw-tls.js';

const ADMIN = { authorization: 'Bearer admin' };
const answer = (text: string): Answer => ({
  type: 'bytes',
  status: 200,
  contentType: 'text/plain',
  body: Buffer.from(text),
});

describe('the life of a server', () => {
  it('ends streams and waits for the answers that are due', async () => {
    const app = await startHttpApp();
    let sink: StreamSink | undefined;
    let asked = 0;
    app.chain.core = (request) =>
      request.info.verb === 'watch'
        ? {
            type: 'stream',
            status: 200,
            contentType: 'application/json',
            start: (opened) => {
              sink = opened;
              opened.write(Buffer.from('a\n'));
            },
          }
        : new Promise((resolve) => {
            asked++;
            setTimeout(() => resolve(answer('written')), 300);
          });
    const session = openHttp2(app.url);
    const watch = call(`${app.url}/api/v1/pods?watch=1`, { headers: ADMIN });
    const writes = [
      call(`${app.url}/api/v1/pods`, { method: 'POST', headers: ADMIN, body: '{}' }),
      callHttp2(session, { ':method': 'POST', ':path': '/api/v1/pods', ...ADMIN }, '{}'),
    ];
    await expect.poll(() => sink, { timeout: 10_000 }).toBeDefined();
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
    await app.server.drain(5_000);
    expect((await watch).body).toBe('a\n');
    for (const write of writes) expect((await write).body).toBe('written');
    await expect(call(`${app.url}/livez`)).rejects.toThrow('ECONNREFUSED');
    await app.stop();
  });

  it('says nothing of clients that go away in the middle of a body', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error');
    const app = await startHttpApp();
    let failure: unknown;
    app.chain.core = async (request) => {
      try {
        await request.body();
      } catch (error) {
        failure = error;
        throw error;
      }
      return answer('read');
    };
    const socket = await openTls(Number(new URL(app.url).port));
    socket.write('POST /api/v1/pods HTTP/1.1\r\nhost: x\r\nauthorization: Bearer admin\r\ncontent-length: 9\r\n\r\n{');
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await expect.poll(() => failure, { timeout: 10_000 }).toBeInstanceOf(ClientGone);
    expect((await call(`${app.url}/api/v1/pods`, { headers: ADMIN })).body).toBe('read');
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
    await app.stop();
  });

  it('cuts what outlasts the grace', async () => {
    const app = await startHttpApp();
    app.chain.core = () => new Promise(() => undefined);
    const stuck = call(`${app.url}/api/v1/pods`, { headers: ADMIN });
    const failed = expect(stuck).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await app.server.drain(100);
    await failed;
    await app.stop();
  });

  it('answers health, version and metrics to those who may ask', async () => {
    const app = await startHttpApp();
    app.nest.get(HealthRegistry, { strict: false }).add({ name: 'etcd', check: () => undefined });
    const get = (path: string, method = 'GET') => call(app.url + path, { method, headers: ADMIN });
    for (const path of ['/healthz', '/livez', '/readyz', '/livez?exclude=etcd', '/readyz/etcd', '/livez/ping']) {
      const reply = await get(path);
      expect([path, reply.status, reply.body]).toEqual([path, 200, 'ok']);
      expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    expect((await get('/readyz?verbose')).body).toBe('[+]ping ok\n[+]log ok\n[+]etcd ok\nreadyz check passed\n');
    expect(await get('/livez/no-such-check')).toMatchObject({ status: 404, body: '404 page not found\n' });
    expect(await get('/livez', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(JSON.parse((await get('/version/')).body)).toMatchObject({ major: '1', minor: '37' });
    expect(JSON.parse((await get('/version', 'POST')).body)).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
    const metrics = (await get('/metrics')).body;
    expect(metrics).toMatch(
      /apiserver_request_total\{code="200",component="apiserver",dry_run="",group="",resource="",scope="",subresource="\/livez",verb="GET",version=""\} 2/,
    );
    expect(metrics).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1');
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
    expect((await call(`${app.url}/metrics`)).status).toBe(403);
    await app.stop();
  });

  it('reports a failed check with 500 and keeps the reason to itself', async () => {
    const app = await startHttpApp();
    const fail = () => {
      throw new Error('the disk is gone');
    };
    app.nest.get(HealthRegistry, { strict: false }).add({ name: 'etcd', check: fail }, ['readyz']);
    const reply = await call(`${app.url}/readyz`, { headers: ADMIN });
    expect(reply).toMatchObject({
      status: 500,
      body: '[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nreadyz check failed\n',
    });
    expect((await call(`${app.url}/livez`, { headers: ADMIN })).status).toBe(200);
    await app.stop();
  });
});
