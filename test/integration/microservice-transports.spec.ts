import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Transport } from '@nestjs/microservices';
import * as x509 from '@peculiar/x509';
import { type ApiServer, createApiServer, type KubeObject } from 'kubenest';
import { createBackend, type RunningBackend } from 'kubenest/backend';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aggregate, availability, becomesAvailable, freePort } from '../support/aggregated.js';
import { PROJECT_ROOT } from '../support/project-root.js';
import { Kettles, KITCHEN } from '../support/teapots.js';

const folder = mkdtempSync(join(tmpdir(), 'kubenest-transports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function certificate(name: string) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const extensions = [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])];
  const notAfter = new Date(Date.now() + 3_600_000);
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: `CN=${name}`, keys, signingAlgorithm: algorithm, notAfter, extensions },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: made.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----` };
}

/** A client that has one object, in this process. */
const OWN_CLIENT = `
import { of, throwError } from '${pathToFileURL(join(PROJECT_ROOT, 'node_modules/rxjs/dist/cjs/index.js')).href}';
import { ClientProxy } from '${pathToFileURL(join(PROJECT_ROOT, 'node_modules/@nestjs/microservices/index.js')).href}';
const kettle = { metadata: { name: 'own', uid: 'u', resourceVersion: '1' } };
export default class OwnClient extends ClientProxy {
  constructor(options) { super(); this.options = options; }
  async connect() {}
  close() {}
  send(pattern) {
    if (pattern.endsWith('.discover')) {
      const verbs = ['get', 'list'];
      return of({ resources: [{ resource: 'kettles', kind: 'Kettle', namespaced: false, verbs }] });
    }
    if (pattern.endsWith('.list')) return of({ items: [{ ...kettle, host: this.options.host, greeting: this.options.greeting }] });
    return throwError(() => new Error('no such message'));
  }
}
`;

describe('transports of microservices', () => {
  let server: ApiServer;
  beforeAll(async () => {
    writeFileSync(join(folder, 'own.mjs'), OWN_CLIENT);
    const config = join(folder, 'transports.yaml');
    writeFileSync(
      config,
      `transports: [{ name: own, strategy: ./own.mjs, options: { greeting: hello } }]\napiServices: { v1.own.example.com: own }\n`,
    );
    server = await createApiServer({ flags: { 'microservice-transports-file': config } });
  });
  afterAll(() => server?.close());

  const kettles = (group: string) => server.client.resource({ apiVersion: `${group}/v1`, resource: 'kettles' });

  it("may be a client of one's own, named by the file", async () => {
    await aggregate(server, { group: 'own.example.com', version: 'v1', port: await freePort() });
    await becomesAvailable(server, 'v1.own.example.com');
    expect((await kettles('own.example.com').list()).items).toMatchObject([{ host: '127.0.0.1', greeting: 'hello' }]);
    await expect(kettles('own.example.com').get('own')).rejects.toMatchObject({ code: 503 });
    const kettle: KubeObject = { kind: 'Kettle', metadata: { name: 'a' } };
    await expect(kettles('own.example.com').create(kettle)).rejects.toMatchObject({ code: 405 });
  });

  it("are encrypted where the APIService says whom to believe, with the front proxy's certificate", async () => {
    const port = await freePort();
    const own = await certificate(`b${port}.default.svc`);
    const trust = await server.client
      .resource({ apiVersion: 'v1', resource: 'configmaps' })
      .get('extension-apiserver-authentication', { namespace: 'kube-system' });
    const ca = (trust['data'] as Record<string, string>)['requestheader-client-ca-file'];
    const tlsOptions = { ...own, ca, requestCert: true, rejectUnauthorized: true };
    const backend: RunningBackend = await createBackend({
      resources: [Kettles],
      microservice: { transport: Transport.TCP, options: { host: '127.0.0.1', port, tlsOptions } },
    });
    try {
      const caBundle = Buffer.from(own.cert).toString('base64');
      const annotations = { 'kubenest.io/microservice-transport': 'tcp' };
      await aggregate(server, { ...KITCHEN, port, annotations, spec: { caBundle } });
      await becomesAvailable(server, 'v1.kitchen.example.com');
      await kettles(KITCHEN.group).create({ kind: 'Kettle', metadata: { name: 'safe' } });
      expect((await kettles(KITCHEN.group).list()).items).toHaveLength(1);
    } finally {
      await backend.close();
    }
  });
});

describe('a microservice that behaves badly', () => {
  let server: ApiServer;
  let bad: Server | undefined;
  const sockets = new Set<Socket>();
  let group = 0;
  beforeAll(async () => {
    server = await createApiServer();
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => bad?.close(resolve));
  });
  afterAll(() => server?.close());

  async function serve(behave: (socket: Socket) => void): Promise<string> {
    bad = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      behave(socket);
    });
    await new Promise<void>((resolve) => bad!.listen(0, '127.0.0.1', resolve));
    const { port } = bad.address() as AddressInfo;
    const name = `bad${++group}.example.com`;
    const annotations = { 'kubenest.io/microservice-transport': 'tcp' };
    await aggregate(server, { group: name, version: 'v1', port, annotations });
    return `v1.${name}`;
  }

  const frame = (value: object): string => {
    const text = JSON.stringify(value);
    return `${text.length}#${text}`;
  };
  const idOf = (data: Buffer): string => /"id":"([^"]+)"/.exec(data.toString())?.[1] ?? '';

  it.each<[string, (socket: Socket) => void, string]>([
    ['closes at once', (socket) => socket.destroy(), 'Connection closed'],
    ['sends garbage', (socket) => socket.write('GET / HTTP/1.1\r\n\r\n#####'), ''],
    ['says that more is to come than may', (socket) => socket.write(`${'9'.repeat(12)}#{`), ''],
    [
      'answers what is no discovery',
      (socket) =>
        socket.on('data', (data: Buffer) => socket.write(frame({ id: idOf(data), response: 7, isDisposed: true }))),
      'discovery answered no list',
    ],
    [
      'answers with an error',
      (socket) =>
        socket.on('data', (data: Buffer) =>
          socket.write(frame({ id: idOf(data), err: 'no such handler', isDisposed: true })),
        ),
      'no such handler',
    ],
    ['never answers', () => {}, 'within 5000 ms'],
  ])('and %s is not available, and says why', async (_what, behave, message) => {
    const name = await serve(behave);
    await expect
      .poll(() => availability(server, name), { timeout: 10_000 })
      .toMatchObject({
        status: 'False',
        reason: 'FailedDiscoveryCheck',
        message: expect.stringContaining(message),
      });
    // Nobody else is hurt, and nobody asks it in circles.
    await server.client.resource({ apiVersion: 'v1', resource: 'namespaces' }).get('default');
    const before = sockets.size;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sockets.size - before).toBeLessThan(20);
  });
});
