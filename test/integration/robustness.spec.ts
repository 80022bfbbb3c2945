import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, statusOf } from '../support/api.js';
import { callHttp2, openHttp2 } from '../support/http-client.js';
import { openTls, readAll } from '../support/raw-tls.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPTH = 100_000;
const MB = 1024 * 1024;
const SLOW_CLIENTS = 200;
const SLOW_CLOSED_MS = 75_000;
const ANSWER_MS = 5_000;
const deepJson = (inner: string) => `${'{"a":'.repeat(DEPTH)}${inner}${'}'.repeat(DEPTH)}`;
const configMap = (name: string, data: object = {}) => JSON.stringify({ metadata: { name }, data });

interface Bad {
  readonly what: string;
  readonly body: string | Buffer;
  readonly type?: string;
  readonly method?: string;
  readonly path?: string;
  readonly code: number;
}

const BAD: readonly Bad[] = [
  { what: 'JSON that breaks off', body: '{"metadata":{"name":"a"', code: 400 },
  { what: 'no JSON', body: 'metadata', code: 400 },
  { what: 'a list', body: '[]', code: 400 },
  { what: 'null', body: 'null', code: 422 },
  { what: 'an empty body', body: '', code: 400 },
  { what: 'a text where an object belongs', body: '{"metadata":"a"}', code: 400 },
  { what: 'YAML that breaks off', body: 'metadata: {name: a', type: 'application/yaml', code: 400 },
  { what: 'YAML with tabs', body: 'metadata:\n\tname: a', type: 'application/yaml', code: 400 },
  { what: 'YAML of aliases of aliases', body: aliases(), type: 'application/yaml', code: 400 },
  { what: 'JSON nested 100,000 deep', body: `{"metadata":{"name":"a"},"data":${deepJson('1')}}`, code: 400 },
  { what: 'lists nested 100,000 deep', body: '['.repeat(DEPTH), code: 400 },
  {
    what: 'YAML nested 100,000 deep',
    body: `data: ${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
    type: 'application/yaml',
    code: 400,
  },
  { what: 'a protobuf without its envelope', body: 'abc', type: 'application/vnd.kubernetes.protobuf', code: 400 },
  {
    what: 'a protobuf that breaks off',
    body: Buffer.from('k8s\0\x0a\xff\xff\xff\x7f', 'latin1'),
    type: 'application/vnd.kubernetes.protobuf',
    code: 400,
  },
  { what: 'a type nobody knows', body: '{}', type: 'application/x-thing', code: 415 },
  { what: 'a type that is none', body: '{}', type: ';;;', code: 415 },
  { what: 'a body of 4 MB', body: configMap('big', { a: 'x'.repeat(4 * MB) }), code: 413 },
  { what: 'an object of 2 MB', body: configMap('big', { a: 'x'.repeat(2 * MB) }), code: 422 },
  { what: 'a name of 100 KB', body: configMap('x'.repeat(100_000)), code: 422 },
  { what: 'a name with a NUL', body: configMap('a\0b'), code: 422 },
  {
    what: 'a merge patch nested 100,000 deep',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/kept`,
    type: 'application/merge-patch+json',
    body: deepJson('1'),
    code: 400,
  },
  {
    what: 'a JSON patch of 20,000 operations',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/kept`,
    type: 'application/json-patch+json',
    body: JSON.stringify(Array.from({ length: 20_000 }, () => ({ op: 'add', path: '/data/a', value: 'b' }))),
    code: 413,
  },
  {
    what: 'an apply patch nested 100,000 deep',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/kept?fieldManager=a`,
    type: 'application/apply-patch+yaml',
    body: deepJson('1'),
    code: 400,
  },
];

/** Nine levels of nine: 387 million texts once they are written out. */
function aliases(): string {
  const levels = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
  for (let at = 1; at <= 9; at++)
    levels.push(
      `a${at}: &a${at} [${Array(9)
        .fill(`*a${at - 1}`)
        .join(',')}]`,
    );
  return `metadata: {name: a}\n${levels.join('\n')}\n`;
}

describe('a server that is treated badly', () => {
  let server: ServerProcess;
  const slow: { socket: TLSSocket; ended: Promise<{ text: string; ended: boolean }> }[] = [];
  let session: ClientHttp2Session;

  /** It answers others, and soon. */
  const expectAlive = async () => {
    const from = performance.now();
    expect((await asAdmin(server, `${CONFIG_MAPS}/kept`)).status).toBe(200);
    expect(performance.now() - from).toBeLessThan(ANSWER_MS);
  };

  beforeAll(async () => {
    server = await startServerProcess();
    session = openHttp2(server.url);
    expect((await asAdmin(server, CONFIG_MAPS, { method: 'POST', body: configMap('kept') })).status).toBe(201);
    for (let at = 0; at < SLOW_CLIENTS; at++) {
      const socket = await openTls(server.port);
      socket.write('GET /api HTTP/1.1\r\nHost: a\r\n');
      slow.push({ socket, ended: readAll(socket, SLOW_CLOSED_MS) });
    }
  });

  afterAll(async () => {
    for (const { socket } of slow) socket.destroy();
    session?.destroy();
    await server?.stop();
  });

  describe.each([false, true])('with bodies (over HTTP/2: %s)', (http2) => {
    it.each(BAD)(
      '$what: $code',
      async ({ body, type = 'application/json', method = 'POST', path = CONFIG_MAPS, code }) => {
        const headers = { 'content-type': type, accept: 'application/json' };
        const reply = http2
          ? await callHttp2(
              session,
              { ':method': method, ':path': path, authorization: 'Bearer admin-token', ...headers },
              body,
            )
          : await asAdmin(server, path, { method, body, headers });
        expect(statusOf(reply)).toMatchObject({ kind: 'Status', status: 'Failure', code });
        expect(statusOf(reply).message).not.toBe('');
        expect(reply.status).toBe(code);
        await expectAlive();
      },
    );
  });

  it('with a body that is no UTF-8: takes it or refuses it, and answers UTF-8', async () => {
    const body = Buffer.from('{"metadata":{"name":"latin"},"data":{"a":"\xe4\xff"}}', 'latin1');
    const reply = await asAdmin(server, CONFIG_MAPS, { method: 'POST', body });
    expect([201, 400]).toContain(reply.status);
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(reply.bytes)).not.toThrow();
    await expectAlive();
  });

  it.each([
    ['a method of its own making', 'BREW /api HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
    ['bytes of no meaning', `${'\x00\xff\x13'.repeat(1_000)}\r\n\r\n`],
    ['headers of 200 KB', `GET /api HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(200_000)}\r\n\r\n`],
    ['a URL of 200 KB', `GET /api/${'x'.repeat(200_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a length that is none', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n'],
    ['two lengths', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['chunks of wrong size', 'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nab\r\n'],
  ])('with %s: answers 4xx or hangs up', async (_, bytes) => {
    const socket = await openTls(server.port);
    const answer = readAll(socket, ANSWER_MS);
    socket.write(Buffer.from(bytes, 'latin1'), () => {});
    const { text, ended } = await answer;
    socket.destroy();
    expect(ended || /^HTTP\/1\.1 4\d\d /.test(text)).toBe(true);
    if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    await expectAlive();
  });

  it('with plain HTTP on its TLS port: hangs up', async () => {
    const socket = connectPlain(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /api HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'close', { signal: AbortSignal.timeout(ANSWER_MS * 2) });
    await expectAlive();
  });

  it('with clients that close their half: answers or hangs up', async () => {
    for (const path of ['/readyz', `${CONFIG_MAPS}?watch=1`]) {
      const socket = await openTls(server.port);
      const answer = readAll(socket, ANSWER_MS);
      socket.end(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin-token\r\n\r\n`);
      const { text, ended } = await answer;
      socket.destroy();
      expect(ended).toBe(true);
      if (text !== '') expect(text).toMatch(/^HTTP\/1\.1 200 /);
    }
    await expectAlive();
  });

  it('with clients that leave in the middle of a body: forgets them', async () => {
    for (let at = 0; at < 50; at++) {
      const socket = await openTls(server.port);
      const head = `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin-token\r\n`;
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"metadata":`);
      await delay(2);
      socket.destroy();
    }
    await expectAlive();
  });

  it('with paths and queries of no sense: refuses them', async () => {
    const paths = [
      `${CONFIG_MAPS}?limit=x`,
      `${CONFIG_MAPS}?labelSelector=%3D%3D%3D`,
      `${CONFIG_MAPS}?fieldSelector=a`,
      `${CONFIG_MAPS}?continue=abc`,
      `${CONFIG_MAPS}?resourceVersion=99999999999999999999999`,
    ];
    for (const path of paths) {
      const reply = await asAdmin(server, path);
      expect([path, statusOf(reply).kind, Math.floor(reply.status / 100)]).toEqual([path, 'Status', 4]);
    }
    await expectAlive();
  });

  it('with clients that never end their headers: hangs up on them and serves others meanwhile', async () => {
    for (const { socket } of slow) if (socket.writable) socket.write('X-Slow: 1\r\n');
    await expectAlive();
    const ends = await Promise.all(slow.map(({ ended }) => ended));
    expect(ends.filter(({ ended }) => !ended)).toEqual([]);
    await expectAlive();
  }, 100_000);
});
