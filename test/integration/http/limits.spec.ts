import { connect as connectHttp2, constants } from 'node:http2';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, StreamSink } from '../../../src/endpoints/answer.js';
import { type HttpApp, startHttpApp } from '../../support/http-app.js';
import { call, callHttp2, openHttp2 } from '../../support/http-client.js';
import { openTls, readAll } from '../../support/raw-tls.js';

const ADMIN = { authorization: 'Bearer admin' };
const PODS = '/api/v1/pods';
const bytes = (body: Buffer | readonly Buffer[]): Answer => ({
  type: 'bytes',
  status: 200,
  contentType: 'application/json',
  body,
});

describe('limits of the HTTP layer', () => {
  let app: HttpApp;
  beforeAll(async () => {
    app = await startHttpApp(['--max-request-body-size=100Ki', '--watch-queue-size=1Mi', '--request-timeout=2s']);
  });
  afterAll(() => app.stop());
  afterEach(() => {
    for (const name of Object.keys(app.chain)) delete app.chain[name as keyof HttpApp['chain']];
  });

  /** Sends raw text on a TLS connection; resolves with all that came back when the server closes or `until` is seen. */
  function raw(text: string, until?: string, http = 'http/1.1'): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket: TLSSocket = connect({ port: app.port, rejectUnauthorized: false, ALPNProtocols: [http] }, () =>
        socket.write(text),
      );
      let got = '';
      socket.on('data', (chunk: Buffer) => {
        got += chunk.toString('latin1');
        if (until !== undefined && got.includes(until)) socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(got));
    });
  }

  const echoLength = (): void => {
    app.chain.core = async (request) => bytes(Buffer.from(String((await request.body()).length)));
  };

  it('refuses a body above the limit, declared or not, over both protocols, and serves on', async () => {
    echoLength();
    const big = Buffer.alloc(150 * 1024);
    const declared = await call(app.url + PODS, { method: 'POST', headers: ADMIN, body: big });
    const chunkedHeaders = { ...ADMIN, 'transfer-encoding': 'chunked' };
    const chunked = await call(app.url + PODS, { method: 'POST', headers: chunkedHeaders, body: big });
    const session = openHttp2(app.url);
    const http2 = await callHttp2(session, { ':method': 'POST', ':path': PODS, ...ADMIN }, big);
    for (const reply of [declared, chunked, http2]) {
      expect(reply.status).toBe(413);
      expect(JSON.parse(reply.body)).toMatchObject({
        reason: 'RequestEntityTooLarge',
        message: 'Request entity too large: limit is 102400',
      });
    }
    const small = await callHttp2(session, { ':method': 'POST', ':path': PODS, ...ADMIN }, Buffer.alloc(100));
    session.close();
    expect(small.body).toBe('100');
  });

  it('answers 504 when a body does not come', async () => {
    echoLength();
    const got = await raw(
      `POST ${PODS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nContent-Length: 10\r\n\r\nabc`,
      '"code":504',
    );
    expect(got).toContain('504 Gateway Timeout');
    expect(got).toContain('request did not complete within the allotted timeout');
  });

  it('answers 504 when a handler does not come back, and tells it to stop', async () => {
    let reason: unknown;
    app.chain.core = (request) =>
      new Promise(() => {
        request.context.signal?.addEventListener('abort', () => {
          reason = request.context.signal?.reason;
        });
      });
    const reply = await call(app.url + PODS, { headers: ADMIN });
    expect(reply.status).toBe(504);
    expect(String(reason)).toContain('Timeout');
  });

  it('tells handlers that the client has gone', async () => {
    const aborted = new Promise<void>((resolve) => {
      app.chain.core = (request) =>
        new Promise(() => {
          request.context.signal?.addEventListener('abort', () => resolve());
        });
    });
    const socket = connect({ port: app.port, rejectUnauthorized: false }, () => {
      socket.write(`GET ${PODS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n`);
      setTimeout(() => socket.destroy(), 100);
    });
    await aborted;
  });

  it.each([
    ['no HTTP at all', 'hello there\r\n\r\n', '400 Bad Request'],
    ['an unknown method', `FROB ${PODS} HTTP/1.1\r\nHost: x\r\n\r\n`, '400 Bad Request'],
    [
      'endless headers',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(200 * 1024)}\r\n\r\n`,
      '431 Request Header Fields',
    ],
    ['two lengths', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, '400 Bad Request'],
  ])('closes on %s with a line that says so', async (_what, text, answer) => {
    expect(await raw(text)).toContain(answer);
  });

  it('refuses a path that is no URL', async () => {
    const got = await raw('GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n', '400 Bad Request\r\n');
    expect(got).toContain('HTTP/1.1 400');
  });

  it('compresses big answers for those who take it', async () => {
    const body = Buffer.alloc(300 * 1024, 'abc');
    app.chain.core = () => bytes([body.subarray(0, 1000), body.subarray(1000)]);
    const plain = await call(app.url + PODS, { headers: ADMIN });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.bytes.equals(body)).toBe(true);
    const zipped = await call(app.url + PODS, { headers: { ...ADMIN, 'accept-encoding': 'deflate, gzip;q=1.0' } });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(zipped.bytes).equals(body)).toBe(true);
    const refused = await call(app.url + PODS, { headers: { ...ADMIN, 'accept-encoding': 'gzip;q=0' } });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  it('sends many megabytes whole over both protocols', async () => {
    const parts = Array.from({ length: 5000 }, (_, i) => Buffer.alloc(1_000 + (i % 7), i % 256));
    const whole = Buffer.concat(parts);
    app.chain.core = () => bytes(parts);
    const http1 = await call(app.url + PODS, { headers: ADMIN });
    expect(http1.headers['content-length']).toBe(String(whole.length));
    expect(http1.bytes.equals(whole)).toBe(true);
    const session = openHttp2(app.url);
    const http2 = await callHttp2(session, { ':path': PODS, ...ADMIN });
    session.close();
    expect(http2.bytes.equals(whole)).toBe(true);
  });

  it('takes a big body that comes before the answer to the request before has left', async () => {
    const answer = Buffer.alloc(900_000, 'a');
    const lengths: number[] = [];
    app.chain.core = async (request) => {
      lengths.push((await request.body()).length);
      return bytes(answer);
    };
    const socket = await openTls(app.port);
    const head = 'POST /api/v1/pods HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer admin\r\nContent-Length:';
    const size = 100_000;
    for (let i = 0; i < 12; i++) {
      socket.write(`${head} ${size}\r\n\r\n${'b'.repeat(size)}`);
      await delay(10);
    }
    const { text } = await readAll(socket, 2_000);
    socket.destroy();
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(Array.from({ length: 12 }, () => 'HTTP/1.1 200'));
    expect(lengths).toEqual(Array.from({ length: 12 }, () => size));
  });

  it('sends no body for HEAD', async () => {
    app.chain.core = () => bytes(Buffer.from('hello'));
    const reply = await call(app.url + PODS, { method: 'HEAD', headers: ADMIN });
    expect(reply).toMatchObject({ status: 200, body: '' });
    expect(reply.headers['content-length']).toBe('5');
    const session = openHttp2(app.url);
    const http2 = await callHttp2(session, { ':method': 'HEAD', ':path': PODS, ...ADMIN });
    session.close();
    expect(http2).toMatchObject({ status: 200, body: '' });
  });

  it('streams what a handler pushes and ends when it ends', async () => {
    app.chain.core = () => ({
      type: 'stream',
      status: 200,
      contentType: 'application/json',
      start: (sink) => {
        sink.write(Buffer.from('one\n'));
        sink.write(Buffer.from('two\n'));
        setTimeout(() => {
          sink.write(Buffer.from('three\n'));
          sink.end();
        }, 20);
      },
    });
    const session = openHttp2(app.url);
    const replies = [
      await call(`${app.url}${PODS}?watch=1`, { headers: ADMIN }),
      await callHttp2(session, { ':path': `${PODS}?watch=1`, ...ADMIN }),
    ];
    session.close();
    for (const reply of replies) expect(reply.body).toBe('one\ntwo\nthree\n');
  });

  it('cuts a watch client that does not read, and only that one', async () => {
    const closed = new Promise<void>((resolve) => {
      app.chain.core = () => ({
        type: 'stream',
        status: 200,
        contentType: 'application/json',
        start: (sink: StreamSink) => {
          const timer = setInterval(() => sink.write(Buffer.alloc(256 * 1024)), 2);
          sink.onClose(() => {
            clearInterval(timer);
            resolve();
          });
        },
      });
    });
    const socket = connect({ port: app.port, rejectUnauthorized: false }, () => {
      socket.write(`GET ${PODS}?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n`);
      socket.pause();
    });
    socket.on('error', () => undefined);
    await closed;
    socket.destroy();
    expect((await call(`${app.url}/livez`, { headers: ADMIN })).body).toBe('ok');
  });

  it('passes a proxied body on', async () => {
    app.chain.aggregation = () => ({
      type: 'pipe',
      status: 201,
      headers: { 'content-type': 'text/plain', 'x-backend': 'yes' },
      body: Readable.from([Buffer.from('a'), Buffer.from('b')]),
    });
    const reply = await call(app.url + PODS, { headers: ADMIN });
    expect(reply).toMatchObject({ status: 201, body: 'ab' });
    expect(reply.headers['x-backend']).toBe('yes');
  });

  it('answers an upgrade that nobody takes like any request', async () => {
    app.chain.core = () => bytes(Buffer.from('plain'));
    const got = await raw(
      `GET ${PODS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      'plain',
    );
    expect(got).toContain('HTTP/1.1 200 OK');
  });

  it('survives a client that opens streams only to reset them', async () => {
    app.chain.core = () => new Promise((resolve) => setTimeout(() => resolve(bytes(Buffer.from('x'))), 50));
    const session = connectHttp2(app.url, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => session.on('close', () => resolve()));
    for (let i = 0; i < 6_000 && !session.closed && !session.destroyed; i++) {
      const stream = session.request({ ':path': PODS, ...ADMIN });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    expect((await call(`${app.url}/livez`, { headers: ADMIN })).body).toBe('ok');
  });

  it('speaks no TLS older than 1.2', async () => {
    const error = await new Promise<Error>((resolve) => {
      const socket = connect({
        port: app.port,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
      });
      socket.on('error', resolve);
    });
    expect(error.message).toMatch(/protocol|version|alert|ssl/i);
  });

  it('keeps nothing of the requests it has answered', async () => {
    echoLength();
    await Promise.all(Array.from({ length: 50 }, () => call(app.url + PODS, { headers: ADMIN })));
    await expect.poll(() => app.server.inFlight.size, { timeout: 5_000 }).toBe(0);
  });
});
