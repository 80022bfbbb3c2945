import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RemoteCluster } from './remote-cluster.js';

async function certificate() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=front',
      keys,
      signingAlgorithm: algorithm,
      notAfter: new Date(Date.now() + 3_600_000),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'front' }])],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: made.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----` };
}

describe('a remote cluster', () => {
  let server: Server;
  let ca: string;
  let asked: {
    method: string | undefined;
    url: string | undefined;
    authorization: string | undefined;
    body: string;
  }[] = [];
  let answers: ((response: ServerResponse) => void)[] = [];

  beforeAll(async () => {
    const own = await certificate();
    ca = own.cert;
    server = createServer(own, async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { method, url, headers } = request;
      asked.push({ method, url, authorization: headers.authorization, body });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
    answers = [];
  });

  const open = (more: object = {}) =>
    new RemoteCluster({
      server: `https://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`,
      ca,
      insecure: false,
      serverName: 'front',
      cert: undefined,
      key: undefined,
      token: () => 'secret',
      ...more,
    });
  const with_ = (status: number, text: string) => (response: ServerResponse) =>
    void response.writeHead(status).end(text);

  it('asks as the kubeconfig says, below the path of its server', async () => {
    answers = [with_(201, '{"status":{"allowed":true}}')];
    expect(await open().review('/apis/x', { spec: { a: 1 } })).toEqual({ status: { allowed: true } });
    expect(asked).toEqual([
      { method: 'POST', url: '/prefix/apis/x', authorization: 'Bearer secret', body: '{"spec":{"a":1}}' },
    ]);
  });

  it('asks again where the server is only not ready, and not where it refuses', async () => {
    answers = [with_(503, 'away'), with_(200, '{"a":1}')];
    expect(await open().get('/x')).toEqual({ a: 1 });
    answers = [with_(403, '{"kind":"Status","message":"you may not"}')];
    await expect(open().get('/x')).rejects.toMatchObject({ code: 403, message: 'you may not' });
    expect(asked).toHaveLength(3);
  });

  it('takes no redirect, no other certificate, no garbage, and no end of bytes', async () => {
    answers = [with_(302, '')];
    await expect(open().get('/x')).rejects.toMatchObject({ code: 302, message: 'it answered with status 302' });
    answers = [with_(200, '[]')];
    await expect(open().get('/x')).rejects.toThrow('it answered GET /x with no object');
    answers = [(response) => void response.writeHead(200).end('x'.repeat(5 * 1024 * 1024))];
    await expect(open().get('/x')).rejects.toThrow('more than 4194304 bytes');
    const { cert } = await certificate();
    await expect(open({ ca: cert }).get('/x')).rejects.toMatchObject({ code: 0 });
    await expect(open({ serverName: 'other' }).get('/x')).rejects.toMatchObject({ code: 0 });
  });
});
