import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectionErrorText } from './connection-error.js';
import { type OutgoingAnswer, Transport } from './transport.js';

const transport = new Transport({ tls: {}, connectTimeoutMs: 200 });
let server: Server;
let origin: string;
let connections = 0;
const heard: string[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    heard.push(`${request.method} ${request.url}`);
    if (request.url === '/silent') return;
    if (request.url === '/once') {
      // Answers, and closes the connection that the client believes is kept.
      response.writeHead(200, { 'content-length': 2 }).end('ok', () => setTimeout(() => request.socket.destroy(), 5));
      return;
    }
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.end(`${bytes} ${request.headers['x-many']}`);
  });
  server.on('connection', () => connections++);
  server.on('upgrade', (request, socket: Socket) => {
    if (request.headers.upgrade === 'no') socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    else {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Own: Yes\r\n\r\nhello',
      );
      socket.pipe(socket);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  heard.length = 0;
});

afterAll(async () => {
  transport.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const send = (path: string, more: Partial<Parameters<Transport['send']>[0]> = {}): Promise<OutgoingAnswer> =>
  transport.send({ url: new URL(origin + path), method: 'GET', headers: { 'x-many': ['a', 'b'] }, ...more });

async function text(answer: OutgoingAnswer): Promise<string> {
  const stream = answer.type === 'answer' ? answer.body : answer.connection;
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}

describe('the client of other servers', () => {
  it('keeps connections, and sends what it is given', async () => {
    expect(await text(await send('/'))).toBe('0 a, b');
    const before = connections;
    expect(await text(await send('/', { method: 'PUT', body: Buffer.from('cargo') }))).toBe('5 a, b');
    expect(await text(await send('/', { method: 'PUT', body: Readable.from(['car', 'go!']) }))).toBe('6 a, b');
    expect(connections).toBe(before);
  });

  it('sends a safe request again where a kept connection had gone, and no other', async () => {
    for (const method of ['GET', 'POST']) {
      await text(await send('/once'));
      const gone = connections;
      heard.length = 0;
      // Whether the client has noticed yet or not, the request is answered once, or refused.
      const answer = await send('/', { method }).catch((error: Error) => error);
      if (method === 'GET') expect(answer).toMatchObject({ type: 'answer', status: 200 });
      if (!(answer instanceof Error)) await text(answer);
      expect(heard.length).toBeLessThanOrEqual(1);
      expect(connections - gone).toBeLessThanOrEqual(1);
    }
  });

  it('waits for an answer as long as it is told to', async () => {
    await expect(send('/silent', { answerTimeoutMs: 50 })).rejects.toThrow(
      'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    );
    await expect(send('/silent', { signal: AbortSignal.timeout(50) })).rejects.toThrow('context canceled');
    await expect(send('/silent', { signal: AbortSignal.abort() })).rejects.toThrow('context canceled');
  });

  it('gives up a connection that does not stand in time', async () => {
    const mute = createTcpServer(() => {});
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const url = new URL(`https://127.0.0.1:${port}/`);
    await expect(transport.send({ url, method: 'GET', headers: {} })).rejects.toThrow(
      `dial tcp 127.0.0.1:${port}: i/o timeout`,
    );
    mute.close();
  });

  it('hands over a connection that changed its protocol, with what has come on it', async () => {
    const answer = await send('/', { upgrade: 'echo' });
    if (answer.type !== 'upgrade') throw new Error(answer.type);
    expect(answer.rawHeaders).toEqual(['Connection', 'Upgrade', 'Upgrade', 'echo', 'X-Own', 'Yes']);
    answer.connection.end(' and back');
    expect(await text(answer)).toBe('hello and back');
  });

  it('gives the answer of a server that does not change it', async () => {
    const answer = await send('/', { upgrade: 'no' });
    expect(answer).toMatchObject({ type: 'answer', status: 403 });
    expect(await text(answer)).toBe('no');
  });
});

describe('the text of a failed connection', () => {
  const of = (code: string, message = '', more: object = {}) =>
    connectionErrorText(Object.assign(new Error(message), { code, ...more }), 'https://10.0.0.1');

  it.each([
    ['ECONNREFUSED', 'dial tcp 10.0.0.1:443: connect: connection refused'],
    ['ENOTFOUND', 'dial tcp: lookup 10.0.0.1: no such host'],
    ['CERT_HAS_EXPIRED', 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'],
    ['HPE_INVALID_CONSTANT', 'net/http: HTTP/1.x transport connection broken: malformed HTTP response'],
  ])('%s', (code, wanted) => {
    expect(of(code)).toBe(wanted);
  });

  it('tells an end from a reset', () => {
    expect(of('ECONNRESET', 'socket hang up')).toBe('EOF');
    expect(of('ECONNRESET', 'read ECONNRESET')).toBe('read: connection reset by peer');
  });

  it.each([
    ['a.b.svc', 'DNS:c.svc, DNS:d.svc', 'certificate is valid for c.svc, d.svc, not a.b.svc'],
    ['a.b.svc', 'IP Address:10.0.0.1', 'certificate is not valid for any names, but wanted to match a.b.svc'],
    ['10.0.0.2', 'IP Address:10.0.0.1', 'certificate is valid for 10.0.0.1, not 10.0.0.2'],
    ['10.0.0.2', '', "cannot validate certificate for 10.0.0.2 because it doesn't contain any IP SANs"],
  ])('of a certificate for others than %s (%s)', (host, subjectaltname, wanted) => {
    const text = of('ERR_TLS_CERT_ALTNAME_INVALID', '', { host, cert: { subjectaltname } });
    expect(text).toBe(`tls: failed to verify certificate: x509: ${wanted}`);
  });

  it('is the error’s own where nobody knows better', () => {
    expect(of('EWHATEVER', 'odd')).toBe('odd');
    expect(connectionErrorText('odd', 'http://x')).toBe('odd');
  });
});
