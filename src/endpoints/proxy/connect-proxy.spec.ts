import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import { ConnectProxy, throughProxy } from './connect-proxy.js';
import { HeaderForwarding } from './forwarded-headers.js';

const PREFIX = '/api/v1/namespaces/n/pods/web/proxy';

describe('the proxy of a pod', () => {
  const proxy = new ConnectProxy(
    { ca: undefined, cert: undefined, key: undefined, connectTimeoutMs: 1_000 },
    new HeaderForwarding({ names: [], prefixes: [] }),
  );
  let pod: Server;
  let origin: string;

  beforeAll(async () => {
    pod = createServer((request, response) => {
      if (request.url === '/moved')
        response.writeHead(302, { location: '/there?x=y', 'access-control-allow-origin': '*' }).end();
      else if (request.url === '/torn') {
        response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
      } else if (request.url === '/silent') request.socket.destroy();
      else {
        const body: Buffer[] = [];
        request.on('data', (chunk: Buffer) => body.push(chunk));
        request.on('end', () => {
          const { method, url, headers } = request;
          response.writeHead(200, {
            'content-type': 'application/json',
            connection: 'keep-alive, x-own',
            'x-own': '1',
          });
          response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(body).toString() }));
        });
      }
    });
    pod.listen(0, '127.0.0.1');
    await once(pod, 'listening');
    origin = `http://127.0.0.1:${(pod.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    proxy.close();
    pod.close();
    await once(pod, 'close');
  });

  function send(path: string, more: Partial<ApiRequest> = {}): Promise<Answer> {
    const request = {
      method: 'GET',
      url: PREFIX + path,
      headers: {
        host: 'api.example',
        authorization: 'Bearer x',
        'impersonate-user': 'y',
        accept: 'a/b',
        'x-remote-user': 'z',
      },
      remoteAddress: '10.1.1.1',
      auditId: 'audited',
      upgrade: '',
      hasBody: false,
      context: {},
      ...more,
    } as unknown as ApiRequest;
    return Promise.resolve(
      proxy.answer(request, 'proxy', { url: new URL(origin + path), via: 'network' }, path.split('?')[0]!),
    );
  }

  async function read(answer: Answer): Promise<string> {
    if (answer.type !== 'pipe') throw new Error(answer.type);
    let text = '';
    for await (const chunk of answer.body) text += String(chunk);
    return text;
  }

  it('passes a request on without credentials, and says where it came from', async () => {
    const answer = await send('/a%2Fb?q=1');
    expect(answer).toMatchObject({ type: 'pipe', status: 200, headers: { 'content-type': 'application/json' } });
    expect(answer).not.toHaveProperty('headers.x-own');
    const { method, url, headers } = JSON.parse(await read(answer));
    expect({ method, url }).toEqual({ method: 'GET', url: '/a%2Fb?q=1' });
    expect(headers).toMatchObject({
      host: 'api.example',
      accept: 'a/b',
      'audit-id': 'audited',
      'x-forwarded-for': '10.1.1.1',
      'x-forwarded-uri': `${PREFIX}/a%2Fb`,
    });
    for (const name of ['authorization', 'impersonate-user', 'x-remote-user']) expect(headers).not.toHaveProperty(name);
  });

  it('streams a body', async () => {
    const answer = await send('/', { method: 'PUT', hasBody: true, stream: () => Readable.from(['car', 'go']) });
    expect(JSON.parse(await read(answer))).toMatchObject({ method: 'PUT', body: 'cargo' });
  });

  it('leads to the root by a path with a slash at its end', async () => {
    expect(await send('', { url: `${PREFIX}?x=y` })).toMatchObject({
      status: 301,
      headers: { location: `${PREFIX}/?x=y` },
    });
  });

  it('leads to no other host, however many slashes the path begins with', async () => {
    const answer = await send('', { url: `/${PREFIX}` });
    expect(answer).toMatchObject({ status: 301, headers: { location: `${PREFIX}/` } });
  });

  it('follows no redirect, but leads it through the proxy', async () => {
    const answer = await send('/moved');
    expect(answer).toMatchObject({ status: 302, headers: { location: `${PREFIX}/there?x=y` } });
    expect(answer).not.toHaveProperty('headers.access-control-allow-origin');
    await read(answer);
  });

  it('breaks off what the other side breaks off', async () => {
    await expect(read(await send('/torn'))).rejects.toThrow();
  });

  it('answers 503 where nobody answers', async () => {
    await expect(send('/silent')).rejects.toMatchObject({ code: 503, message: 'error trying to reach service: EOF' });
  });
});

describe('a redirect of what is proxied', () => {
  const at = { prefix: '/p/proxy', hosts: ['10.0.0.1:80', 'api.example'] };

  it.each([
    ['/x', '/p/proxy/x'],
    ['/p/proxy/x', '/p/proxy/x'],
    ['http://10.0.0.1:80/x', '/p/proxy/x'],
    ['http://api.example/x?y', '/p/proxy/x?y'],
    ['https://elsewhere.example/x', 'https://elsewhere.example/x'],
    ['x/y', 'x/y'],
    ['mailto:a@b', 'mailto:a@b'],
  ])('to %s leads to %s', (location, wanted) => {
    expect(throughProxy(location, at)).toBe(wanted);
  });
});
