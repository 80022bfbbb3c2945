import { once } from 'node:events';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { asAdmin, statusOf } from '../support/api.js';
import { call, callHttp2, type HttpReply, openHttp2 } from '../support/http-client.js';
import { answerJson, type RawAnswer, type RawBackend, startRawBackend } from '../support/raw-backend.js';
import { openTls, readAll } from '../support/raw-tls.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { makeCertificates } from '../support/test-certificates.js';

const GROUP = 'bad.example.com';
const API = `/apis/${GROUP}/v1`;
const THINGS = `${API}/namespaces/default/things`;
const ADMIN = { authorization: 'Bearer admin-token' };
const REQUEST_TIMEOUT_MS = 2_000;
const UNTIL_MS = 15_000;
/** Far more than what sockets and streams on the way hold. */
const PASSED_BYTES_MAX = 24 << 20;
const ENDLESS_BYTES = 1 << 30;
const CHUNK = Buffer.alloc(1 << 20, 'x');

let server: ServerProcess;
let backend: RawBackend;
let authority: string;
/** Bytes of the endless answer that have left the backend, and whether its connection has ended. */
const endless = { bytes: 0, ended: false };

const sendEndlessly: RawAnswer = (socket) => {
  endless.bytes = 0;
  endless.ended = false;
  socket.on('close', () => {
    endless.ended = true;
  });
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${ENDLESS_BYTES}\r\n\r\n`);
  const more = (): void => {
    if (socket.destroyed || endless.bytes >= ENDLESS_BYTES) return;
    endless.bytes += CHUNK.length;
    if (socket.write(CHUNK)) setImmediate(more);
    else socket.once('drain', more);
  };
  more();
};

const OPEN = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
const webSockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });

const ANSWERS: Readonly<Record<string, RawAnswer>> = {
  v1: (socket) =>
    answerJson(socket, {
      kind: 'APIResourceList',
      groupVersion: `${GROUP}/v1`,
      resources: [{ name: 'things', kind: 'Thing', namespaced: true, verbs: ['get', 'list', 'watch', 'create'] }],
    }),
  good: (socket, { head }) => answerJson(socket, { head }),
  garbage: (socket) => socket.write('\0\xff\xfe what is this\r\n\r\n'),
  'garbage-in-the-middle': (socket) => socket.write(`${OPEN}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n`),
  'two-lengths': (socket) => socket.write(`${OPEN}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`),
  'long-headers': (socket) => socket.write(`${OPEN}X-Long: ${'y'.repeat(1 << 20)}\r\n\r\n`),
  silent: () => {},
  gone: (socket) => socket.destroy(),
  'half-closed': (socket) => socket.end(),
  torn: (socket) => socket.write(`${OPEN}Content-Length: 100\r\n\r\nten bytes.`, () => socket.destroy()),
  'torn-chunks': (socket) =>
    socket.write(`${OPEN}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, () => socket.end()),
  away: (socket) =>
    socket.write('HTTP/1.1 307 Temporary Redirect\r\nLocation: https://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n'),
  early: (socket) => socket.end('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntoo'),
  mirror: (socket, { head, body }) => {
    let left = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    socket.removeAllListeners('data');
    socket.write(`${OPEN}Content-Length: ${left}\r\nConnection: close\r\n\r\n`);
    const reflect = (chunk: Buffer): void => {
      left -= chunk.length;
      if (!socket.write(chunk)) {
        socket.pause();
        socket.once('drain', () => socket.resume());
      }
      if (left === 0) socket.end();
    };
    socket.on('data', reflect);
    if (body.length > 0) reflect(body);
  },
  chunked: (socket) => socket.write(`${OPEN}Transfer-Encoding: chunked\r\n\r\n7\r\nhello, \r\n5\r\nworld\r\n0\r\n\r\n`),
  watched: (socket) => socket.write(`${OPEN}Transfer-Encoding: chunked\r\n\r\n6\r\nevent\n\r\n`),
  switching: (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  dirty: (socket) =>
    answerJson(
      socket,
      {},
      '200 OK',
      'X-Remote-User: system:admin\r\nAccess-Control-Allow-Origin: *\r\nConnection: keep-alive, X-Own\r\nX-Own: 1\r\n',
    ),
  endless: sendEndlessly,
  echo: (socket, { head, body }) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Chosen: v4\r\n\r\n',
    );
    socket.write(`user ${/^x-remote-user: (.*)$/im.exec(head)?.[1]}\n`);
    socket.write(body);
    socket.pipe(socket);
  },
  socket: (socket, { head }) => {
    const lines = head
      .split('\r\n')
      .slice(1)
      .filter((line) => line !== '');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const incoming = { method: 'GET', headers, url: '/', socket } as unknown as Parameters<
      WebSocketServer['handleUpgrade']
    >[0];
    webSockets.handleUpgrade(incoming, socket, Buffer.alloc(0), (each) => {
      each.on('message', (message: Buffer, isBinary) => each.send(message, { binary: isBinary }));
    });
  },
  unwilling: (socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'),
  indifferent: (socket) => answerJson(socket, {}),
};

beforeAll(async () => {
  const certificates = await makeCertificates(['backend.default.svc']);
  authority = Buffer.from(certificates.authority.cert).toString('base64');
  backend = await startRawBackend(certificates.server, ANSWERS);
  server = await startServerProcess({ flags: ['--reconcilers=-*', `--request-timeout=${REQUEST_TIMEOUT_MS}ms`] });
  await aggregate(server);
});

afterAll(async () => {
  await server?.stop();
  await backend?.stop();
});

/** Gives the group to the backend. */
async function aggregate(to: ServerProcess): Promise<void> {
  const post = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });
  await asAdmin(
    to,
    '/api/v1/namespaces/default/services',
    post({ metadata: { name: 'backend' }, spec: { type: 'ExternalName', externalName: '127.0.0.1' } }),
  );
  const service = { namespace: 'default', name: 'backend', port: backend.port };
  const spec = {
    group: GROUP,
    version: 'v1',
    groupPriorityMinimum: 1000,
    versionPriority: 15,
    service,
    caBundle: authority,
  };
  await asAdmin(to, '/apis/apiregistration.k8s.io/v1/apiservices', post({ metadata: { name: `v1.${GROUP}` }, spec }));
  for (const end = Date.now() + UNTIL_MS; (await asAdmin(to, API)).status !== 200 && Date.now() < end; )
    await delay(20);
}

beforeEach(() => {
  backend.heard.length = 0;
});

const get = (path: string): Promise<HttpReply> => asAdmin(server, path);
const thing = (name: string): Promise<HttpReply> => get(`${THINGS}/${name}`);

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + UNTIL_MS; !what() && Date.now() < end; ) await delay(10);
}

async function expectWell(): Promise<void> {
  expect((await thing('good')).status).toBe(200);
  expect((await get('/api/v1/namespaces/default')).status).toBe(200);
}

describe('a backend', () => {
  it.each([
    ['garbage', 'malformed HTTP response'],
    ['two-lengths', ''],
    ['long-headers', ''],
    ['gone', 'EOF'],
    ['half-closed', 'EOF'],
    ['switching', ''],
  ])('that answers %s is unavailable', async (name, text) => {
    const reply = await thing(name);
    expect(reply.status).toBe(503);
    expect(reply.body).toMatch(/^error trying to reach service: ./);
    expect(reply.body).toContain(text);
    await expectWell();
  });

  it('that never answers has the time of the request', async () => {
    const idle = backend.connections();
    const from = performance.now();
    const reply = await thing('silent');
    expect(statusOf(reply)).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(performance.now() - from).toBeLessThan(2 * REQUEST_TIMEOUT_MS + 1_000);
    await until(() => backend.connections() <= idle);
    expect(backend.connections()).toBeLessThanOrEqual(idle);
    await expectWell();
  });

  it.each(['torn', 'torn-chunks', 'garbage-in-the-middle'])(
    'that sends something %s gives no whole answer',
    async (name) => {
      await expect(thing(name)).rejects.toThrow();
      const session = openHttp2(server.url);
      session.on('error', () => {});
      const path = { ':path': `${THINGS}/${name}`, ...ADMIN };
      await expect(callHttp2(session, path)).rejects.toThrow();
      session.destroy();
      await expectWell();
    },
  );

  it('that redirects leads nobody away', async () => {
    const { status, body, headers } = await thing('away');
    expect({ status, body }).toEqual({
      status: 502,
      body: 'the backend attempted to redirect this request, which is not permitted',
    });
    expect(headers.location).toBeUndefined();
  });

  it('that has enough of a body says so', async () => {
    const body = Buffer.alloc(8 << 20, 'x');
    const reply = await asAdmin(server, `${THINGS}/early`, { method: 'PUT', body });
    expect({ status: reply.status, body: reply.body }).toEqual({ status: 413, body: 'too' });
    await expectWell();
  });

  it('may answer while it reads, however long that takes', async () => {
    const body = Buffer.alloc(40 << 20, 'm');
    const reply = await asAdmin(server, `${THINGS}/mirror`, { method: 'PUT', body });
    expect(reply.status).toBe(200);
    expect(reply.bytes.equals(body)).toBe(true);
    const session = openHttp2(server.url);
    const stream = session.request({
      ':path': `${THINGS}/mirror`,
      ':method': 'PUT',
      ...ADMIN,
      'content-length': body.length,
    });
    Readable.from(Array.from({ length: 40 }, () => CHUNK)).pipe(stream);
    let bytes = 0;
    for await (const chunk of stream) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(body.length);
    session.destroy();
  });

  it('gets a body whose length the client does not tell', async () => {
    const session = openHttp2(server.url);
    const stream = session.request({ ':path': `${THINGS}/good`, ':method': 'PUT', ...ADMIN });
    stream.end('untold');
    for await (const chunk of stream) expect(String(chunk)).toMatch(/transfer-encoding: chunked/i);
    session.destroy();
    expect((await thing('good')).body).not.toMatch(/transfer-encoding|content-length/i);
  });

  it('gets a request that changes something once only, and one that does not again when its connection had gone', async () => {
    await asAdmin(server, `${THINGS}/gone`, { method: 'POST', body: '{}' });
    expect(backend.heard.filter(({ path }) => path.endsWith('/gone'))).toHaveLength(1);
    await asAdmin(server, `${THINGS}/gone`);
    expect(backend.heard.filter(({ path }) => path.endsWith('/gone')).length).toBeLessThanOrEqual(3);
  });

  it('may send an answer in chunks, which leaves whole when it came whole', async () => {
    const { body, headers } = await thing('chunked');
    expect(body).toBe('hello, world');
    expect(headers).toMatchObject({ 'content-length': '12' });
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  it('reuses connections', async () => {
    await thing('good');
    const idle = backend.connections();
    for (let i = 0; i < 20; i++) await thing('good');
    expect(backend.connections()).toBeLessThanOrEqual(idle);
  });

  it('hears of the user from this server alone, and its headers come back clean', async () => {
    const headers = {
      authorization: 'Bearer alice-token',
      'x-remote-user': 'system:admin',
      'x-remote-group': 'system:masters',
      'x-remote-extra-scope': 'all',
    };
    const rules = [{ apiGroups: [GROUP], resources: ['*'], verbs: ['*'] }];
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const post = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });
    await asAdmin(server, `${rbac}/clusterroles`, post({ metadata: { name: 'things' }, rules }));
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'things' };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
    await asAdmin(server, `${rbac}/clusterrolebindings`, post({ metadata: { name: 'things' }, roleRef, subjects }));
    const reply = await call(`${server.url}${THINGS}/good`, { headers });
    const { head } = JSON.parse(reply.body) as { head: string };
    expect(head).toMatch(/^x-remote-user: alice\r$/im);
    expect(head).not.toMatch(/system:admin|system:masters|x-remote-extra|authorization/i);
    const dirty = await thing('dirty');
    expect(dirty.headers).not.toHaveProperty('access-control-allow-origin');
    expect(dirty.headers).not.toHaveProperty('x-own');
  });

  it('that plays back what it heard of a user is nobody here', async () => {
    await thing('good');
    const { head } = backend.heard.at(-1)!;
    const played = Object.fromEntries(
      [...head.matchAll(/^(x-remote-\S+): (.*)\r$/gim)].map(([, name, value]) => [name!, value!]),
    );
    expect(played['x-remote-user']).toBe('admin');
    const reply = await call(`${server.url}/api/v1/namespaces/default`, { headers: played });
    expect(reply.status).toBe(403);
    expect(statusOf(reply).message).toContain('User "system:anonymous"');
  });

  it('is not asked by who has no right', async () => {
    const reply = await call(`${server.url}/apis/${GROUP}/v1/nodes`, { headers: {} });
    expect(reply.status).toBe(403);
    expect(backend.heard.filter(({ path }) => path.endsWith('/nodes'))).toHaveLength(0);
  });
});

describe('a backend that sends a gigabyte', () => {
  it('is held back by a client that does not read, and let go when the client goes', async () => {
    const sent = request(`${server.url}${THINGS}/endless`, {
      rejectUnauthorized: false,
      agent: false,
      headers: ADMIN,
    });
    sent.on('error', () => {});
    sent.end();
    const [response] = await once(sent, 'response');
    response.on('error', () => {});
    let before = -1;
    while (before !== endless.bytes) {
      before = endless.bytes;
      await delay(300);
    }
    expect(endless.bytes).toBeLessThan(PASSED_BYTES_MAX);
    await expectWell();
    sent.destroy();
    await until(() => endless.ended);
    expect(endless.ended).toBe(true);
  });

  it('is passed on to a client that reads, over HTTP/2 too', async () => {
    const session = openHttp2(server.url);
    session.on('error', () => {});
    const stream = session.request({ ':path': `${THINGS}/endless`, ...ADMIN });
    let bytes = 0;
    stream.on('error', () => {});
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (bytes > 3 * PASSED_BYTES_MAX) break;
    }
    expect(bytes).toBeGreaterThan(3 * PASSED_BYTES_MAX);
    session.destroy();
    await until(() => endless.ended);
    expect(endless.ended).toBe(true);
  });
});

describe('a request to a backend that changes protocols', () => {
  async function upgrade(path: string, first = ''): Promise<TLSSocket> {
    const socket = await openTls(server.port);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin-token\r\nX-Remote-User: other\r\n` +
        `Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n${first}`,
    );
    return socket;
  }

  it('becomes a tunnel, whatever the protocol', async () => {
    const idle = backend.connections();
    const socket = await upgrade(`${THINGS}/echo`, 'early ');
    socket.write('bytes');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(() => text.endsWith('bytes'));
    expect(text).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n[\s\S]*X-Chosen: v4\r\n\r\nuser admin\nearly bytes$/);
    socket.end();
    await once(socket, 'close');
    await until(() => backend.connections() <= idle);
    expect(backend.connections()).toBeLessThanOrEqual(idle);
  });

  it('carries WebSockets, with big messages', async () => {
    const socket = new WebSocket(`${server.url.replace('https', 'wss')}${THINGS}/socket`, ['v4.channel.k8s.io'], {
      rejectUnauthorized: false,
      headers: ADMIN,
    });
    await once(socket, 'open');
    expect(socket.protocol).toBe('v4.channel.k8s.io');
    socket.send(CHUNK);
    const [message] = await once(socket, 'message');
    expect((message as Buffer).equals(CHUNK)).toBe(true);
    socket.close();
    await once(socket, 'close');
  });

  it('hears the refusal of the backend', async () => {
    const socket = await upgrade(`${THINGS}/unwilling`);
    const { text, ended } = await readAll(socket, UNTIL_MS);
    expect(text).toMatch(/^HTTP\/1.1 403 [\s\S]*no$/);
    expect(ended).toBe(true);
  });

  it.each([
    ['indifferent', 'invalid upgrade response: status code 200'],
    ['garbage', 'error dialing backend: '],
    ['gone', 'error dialing backend: EOF'],
  ])('is told of a backend that is %s', async (name, wanted) => {
    const { text } = await readAll(await upgrade(`${THINGS}/${name}`), UNTIL_MS);
    expect(text).toMatch(/^HTTP\/1.1 503 /);
    expect(text).toContain(wanted);
    await expectWell();
  });

  it('is held back by a side that does not read', async () => {
    const idle = backend.connections();
    const socket = await upgrade(`${THINGS}/echo`);
    await once(socket, 'data');
    socket.pause();
    let sent = 0;
    while (socket.write(CHUNK) || sent < 4) {
      sent++;
      if (sent > 64) break;
      await delay(1);
    }
    const accepted = () => sent * CHUNK.length - socket.writableLength;
    await delay(500);
    expect(accepted()).toBeLessThan(PASSED_BYTES_MAX);
    await expectWell();
    socket.destroy();
    await until(() => backend.connections() <= idle);
    expect(backend.connections()).toBeLessThanOrEqual(idle);
  });
});

describe('the end of the server', () => {
  it('ends what is open to backends, in good order', async () => {
    const own = await startServerProcess({ flags: ['--reconcilers=-*'] });
    try {
      await aggregate(own);
      const tunnel = await openTls(own.port);
      tunnel.write(
        `POST ${THINGS}/echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin-token\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`,
      );
      await once(tunnel, 'data');
      const tunnelEnds = once(tunnel, 'close');
      tunnel.on('error', () => {});
      const watching = request(`${own.url}/apis/${GROUP}/v1/watch/namespaces/default/things/watched`, {
        rejectUnauthorized: false,
        agent: false,
        headers: ADMIN,
      });
      watching.end();
      const [response] = await once(watching, 'response');
      const chunks: string[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(String(chunk)));
      const watchEnds = once(response, 'end');
      const from = performance.now();
      expect(await own.kill('SIGTERM')).toBe(0);
      expect(performance.now() - from).toBeLessThan(8_000);
      await watchEnds;
      await tunnelEnds;
      expect(chunks.join('')).toBe('event\n');
    } finally {
      await own.stop();
    }
  });
});
