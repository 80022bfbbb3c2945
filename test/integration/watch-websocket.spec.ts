import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { asAdmin } from '../support/api.js';
import { openTls, readAll } from '../support/raw-tls.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import type { WireEvent } from '../support/watch-history.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const ORIGIN = 'https://kubenest.test';
const ADMIN = { authorization: 'Bearer admin-token' };
const UNTIL_MS = 10_000;
const BIG_CHANGES = 60;
const BIG_CHARS = 900_000;

let server: ServerProcess;

beforeAll(async () => {
  server = await startServerProcess({ flags: ['--reconcilers=-*'] });
});

afterAll(async () => {
  await server?.stop();
});

interface Opened {
  readonly socket: WebSocket;
  readonly messages: { readonly data: Buffer; readonly binary: boolean }[];
  /** Status of the handshake, 101 when it went well. */
  readonly status: number;
}

interface OpenOptions {
  readonly headers?: Record<string, string>;
  readonly origin?: string | undefined;
  readonly protocols?: string[];
}

async function open(path: string, options: OpenOptions = {}): Promise<Opened> {
  const { headers = ADMIN, protocols = [] } = options;
  const origin = 'origin' in options ? options.origin : ORIGIN;
  const socket = new WebSocket(`${server.url.replace('https', 'wss')}${path}`, protocols, {
    headers,
    rejectUnauthorized: false,
    ...(origin !== undefined && { origin }),
  });
  const messages: Opened['messages'] = [];
  socket.on('message', (data: Buffer, binary) => messages.push({ data, binary }));
  socket.on('error', () => undefined);
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
  });
  return { socket, messages, status };
}

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + UNTIL_MS; !what() && Date.now() < end; ) await delay(10);
}

async function create(name: string): Promise<void> {
  const body = JSON.stringify({ metadata: { name }, data: { text: 'two\nlines' } });
  expect((await asAdmin(server, MAPS, { method: 'POST', body })).status).toBe(201);
}

const watchOf = (name: string): string => `${MAPS}?watch=1&fieldSelector=metadata.name%3D${name}`;

describe('a watch by WebSocket', () => {
  it('gets one event a message, as text', async () => {
    const { socket, messages, status } = await open(watchOf('text'));
    expect(status).toBe(101);
    expect(socket.protocol).toBe('');
    await create('text');
    const patch = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } };
    await asAdmin(server, `${MAPS}/text`, { ...patch, body: '{"data":{"more":"yes"}}' });
    await asAdmin(server, `${MAPS}/text`, { method: 'DELETE' });
    await until(() => messages.length >= 3);
    const events = messages.map(({ data }) => JSON.parse(data.toString()) as WireEvent);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(events[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'text' } });
    expect(messages.every(({ binary }) => !binary)).toBe(true);
    socket.close();
  });

  it('starts with what is there', async () => {
    for (const name of ['first', 'second']) await create(name);
    const { socket, messages } = await open(`${MAPS}?watch=1`);
    await until(() => messages.length >= 2);
    const names = messages.map(({ data }) => (JSON.parse(data.toString()) as WireEvent).object.metadata.name);
    expect(names).toEqual(expect.arrayContaining(['first', 'second']));
    socket.close();
  });

  it('gets protobuf as binary messages without lengths', async () => {
    const accept = 'application/vnd.kubernetes.protobuf;stream=watch';
    const { socket, messages } = await open(watchOf('binary'), { headers: { ...ADMIN, accept } });
    await create('binary');
    await until(() => messages.length >= 1);
    expect(messages[0]?.binary).toBe(true);
    expect(messages[0]?.data.includes('ADDED')).toBe(true);
    expect(messages[0]?.data.readUInt32BE(0)).not.toBe((messages[0]?.data.length ?? 0) - 4);
    socket.close();
  });

  it('is closed in good order at its timeout, whatever the client says meanwhile', async () => {
    const { socket } = await open(`${watchOf('none')}&timeoutSeconds=1`);
    socket.send('hello');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1000);
  });

  it('takes tokens from subprotocols and speaks the other one', async () => {
    const token = Buffer.from('admin-token').toString('base64url');
    const protocols = [`base64url.bearer.authorization.k8s.io.${token}`, 'base64.binary.k8s.io'];
    const { socket, status } = await open(watchOf('none'), { headers: {}, protocols });
    expect(status).toBe(101);
    expect(socket.protocol).toBe('base64.binary.k8s.io');
    socket.close();
  });

  it('is a watch like others for who counts them, and none once it has been closed', async () => {
    const running = async (): Promise<number> => {
      const { body } = await asAdmin(server, '/metrics');
      const lines = body.split('\n').filter((line) => line.startsWith('apiserver_longrunning_requests{'));
      const ours = lines.filter((line) => line.includes('verb="WATCH"') && line.includes('resource="secrets"'));
      return ours.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    const { socket, status } = await open('/api/v1/secrets?watch=1');
    expect(status).toBe(101);
    expect(await running()).toBe(1);
    socket.terminate();
    let left = 1;
    for (const end = Date.now() + UNTIL_MS; left > 0 && Date.now() < end; await delay(20)) left = await running();
    expect(left).toBe(0);
  });

  it.each([
    ['without a known user', watchOf('none'), { headers: { authorization: 'Bearer wrong' } }, 401],
    ['for a user who may not', watchOf('none'), { headers: { authorization: 'Bearer alice-token' } }, 403],
    ['without an Origin', watchOf('none'), { origin: undefined }, 403],
    ['with a choice of protocols', watchOf('none'), { protocols: ['a', 'b'] }, 400],
    ['with a query that is wrong', `${MAPS}?watch=1&labelSelector=%3D%3D%3D`, {}, 400],
    ['of a resource that there is not', '/api/v1/nothings?watch=1', {}, 404],
    ['of no watch at all', MAPS, {}, 200],
  ] as const)('is not opened %s', async (_what, path, options, expected) => {
    expect((await open(path, options as OpenOptions)).status).toBe(expected);
  });
});

describe('other upgrades', () => {
  const raw = async (head: string): Promise<string> => {
    const socket = await openTls(server.port);
    socket.write(`${head}\r\nHost: kubenest.test\r\nAuthorization: Bearer admin-token\r\nConnection: Upgrade\r\n\r\n`);
    return (await readAll(socket, UNTIL_MS)).text;
  };

  it('are not made: the answer is the usual one', async () => {
    const answer = await raw('GET /version HTTP/1.1\r\nUpgrade: h2c');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"major"');
  });

  it('are refused with a handshake that is none', async () => {
    expect(await raw(`GET ${watchOf('none')} HTTP/1.1\r\nUpgrade: websocket\r\nOrigin: ${ORIGIN}`)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  it('wait for the answers to what came before them on the connection', async () => {
    const before = 'Host: kubenest.test\r\nAuthorization: Bearer admin-token\r\n\r\n';
    const answers = await raw(
      `GET /api HTTP/1.1\r\n${before}GET /apis HTTP/1.1\r\n${before}GET /version HTTP/1.1\r\nUpgrade: h2c`,
    );
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(answers.lastIndexOf('"major"')).toBeGreaterThan(answers.lastIndexOf('HTTP/1.1 200'));
  });

  it('are refused where a body would follow', async () => {
    expect(await raw(`POST ${MAPS} HTTP/1.1\r\nUpgrade: h2c\r\nContent-Length: 2`)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('the end of watches by WebSocket', () => {
  it('comes for a client that does not read, and for no other', async () => {
    const slow = await open(watchOf('big'));
    const quick = await open(watchOf('big'));
    slow.socket.pause();
    await create('big');
    const patch = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } };
    for (let at = 0; at < BIG_CHANGES; at++) {
      const body = JSON.stringify({ data: { text: `${at}`.padEnd(BIG_CHARS, 'x') } });
      expect((await asAdmin(server, `${MAPS}/big`, { ...patch, body })).status).toBe(200);
    }
    await until(() => quick.messages.length > BIG_CHANGES);
    expect(quick.messages).toHaveLength(BIG_CHANGES + 1);
    const closed = once(slow.socket, 'close');
    slow.socket.resume();
    await closed;
    expect(slow.messages.length).toBeLessThan(BIG_CHANGES);
    quick.socket.close();
  });

  it('comes in good order when the server stops', async () => {
    const { socket } = await open(watchOf('none'));
    const closed = once(socket, 'close') as Promise<[number]>;
    expect(await server.kill('SIGTERM')).toBe(0);
    expect((await closed)[0]).toBe(1000);
  });
});
