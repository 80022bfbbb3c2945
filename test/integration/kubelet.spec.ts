import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { asAdmin, statusOf } from '../support/api.js';
import { type FakeKubelet, startFakeKubelet } from '../support/fake-kubelet.js';
import type { HttpReply } from '../support/http-client.js';
import { findKubectl, Kubectl } from '../support/kubectl.js';
import { openTls } from '../support/raw-tls.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { makeCertificates } from '../support/test-certificates.js';

const PODS = '/api/v1/namespaces/default/pods';
const UNTIL_MS = 10_000;

let home: string;
let kubelet: FakeKubelet;
let server: ServerProcess;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'kubenest-kubelet-'));
  const certificates = await makeCertificates();
  const files = { ca: certificates.authority.cert, cert: certificates.client.cert, key: certificates.client.key };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text, { mode: 0o600 });
  kubelet = await startFakeKubelet(certificates);
  server = await startServerProcess({
    flags: [
      '--reconcilers=-*',
      `--kubelet-certificate-authority=${join(home, 'ca')}`,
      `--kubelet-client-certificate=${join(home, 'cert')}`,
      `--kubelet-client-key=${join(home, 'key')}`,
      '--kubelet-preferred-address-types=InternalIP,Hostname',
    ],
  });
  await asAdmin(server, '/api/v1/namespaces/default/serviceaccounts', post({ metadata: { name: 'default' } }));
  await node('near', [
    { type: 'Hostname', address: 'localhost' },
    { type: 'InternalIP', address: '127.0.0.1' },
  ]);
  await node('misnamed', [{ type: 'Hostname', address: 'localhost' }]);
  await node('homeless', [{ type: 'ExternalDNS', address: 'far.example' }]);
  await node('silent', [{ type: 'InternalIP', address: '127.0.0.1' }], 1);
  await pod('web', 'near');
  for (const [name, on] of [
    ['stray', 'nowhere'],
    ['misnamed', 'misnamed'],
    ['homeless', 'homeless'],
    ['silent', 'silent'],
  ]) {
    await pod(name!, on!);
  }
});

afterAll(async () => {
  await server?.stop();
  await kubelet?.stop();
  await rm(home, { recursive: true, force: true });
});

const post = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });

async function node(name: string, addresses: unknown[], port = kubelet.port): Promise<void> {
  const status = {
    addresses,
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    declaredFeatures: name === 'near' ? ['ExtendWebSocketsToKubelet'] : [],
  };
  expect((await asAdmin(server, '/api/v1/nodes', post({ metadata: { name }, status }))).status).toBe(201);
}

async function pod(name: string, nodeName: string): Promise<void> {
  const containers = ['main', 'broken', 'moved'].map((each) => ({ name: each, image: 'x', stdin: true }));
  const created = await asAdmin(server, PODS, post({ metadata: { name }, spec: { nodeName, containers } }));
  expect(created.body).toContain('"uid"');
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const patch = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } };
  await asAdmin(server, `${PODS}/${name}/status`, { ...patch, body: JSON.stringify({ status }) });
}

const get = (path: string): Promise<HttpReply> => asAdmin(server, path);
const lastCall = () => kubelet.heard.at(-1);

describe('the log of a pod', () => {
  it('comes from the kubelet, asked with the options and the certificate of the server', async () => {
    const options =
      'follow=false&previous=true&timestamps=true&sinceTime=2026-01-02T03:04:05.678Z&tailLines=5&limitBytes=99';
    const { status, headers, body } = await get(`${PODS}/web/log?container=main&${options}`);
    expect({ status, body }).toEqual({ status: 200, body: 'first line\nsecond line\n' });
    expect(headers['content-type']).toBe('text/plain');
    expect(headers['set-cookie']).toBeUndefined();
    expect(lastCall()?.client).toBe('apiserver');
    expect(lastCall()?.call).toBe(
      'GET /containerLogs/default/web/main?previous=true&timestamps=true&tailLines=5&limitBytes=99&sinceTime=2026-01-02T03%3A04%3A05Z',
    );
  });

  it('is followed line by line, until the client goes', async () => {
    const socket = await openTls(server.port);
    socket.write(
      `GET ${PODS}/web/log?container=main&follow=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin-token\r\n\r\n`,
    );
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    for (const end = Date.now() + UNTIL_MS; !text.includes('second line') && Date.now() < end; ) await delay(10);
    expect(text).toMatch(/^HTTP\/1.1 200[\s\S]*first line[\s\S]*second line/);
    socket.destroy();
  });

  const logSocket = (protocols: string[]) =>
    new WebSocket(`${server.url.replace('https', 'wss')}${PODS}/web/log?container=main`, protocols, {
      rejectUnauthorized: false,
      headers: { authorization: 'Bearer admin-token' },
    });

  it.each([
    ['bytes', [], ''],
    ['bytes', ['binary.k8s.io'], 'binary.k8s.io'],
    ['texts in base64', ['other.example', 'base64.binary.k8s.io'], 'base64.binary.k8s.io'],
  ])('comes by WebSocket as messages of %s, an empty one first, for %j', async (form, protocols, agreed) => {
    const socket = logSocket(protocols);
    const texts: string[] = [];
    const binaries: boolean[] = [];
    socket.on('message', (message: Buffer, isBinary: boolean) => {
      binaries.push(isBinary);
      texts.push(isBinary ? message.toString() : Buffer.from(message.toString(), 'base64').toString());
    });
    const [code] = await once(socket, 'close');
    expect(code).toBe(1000);
    expect(socket.protocol).toBe(agreed);
    expect(texts[0]).toBe('');
    expect(texts.join('')).toBe('first line\nsecond line\n');
    expect(new Set(binaries)).toEqual(new Set([form === 'bytes']));
  });

  it('is refused by WebSocket in protocols that carry no bytes', async () => {
    const [, response] = await once(logSocket(['other.example']), 'unexpected-response');
    expect(response.statusCode).toBe(403);
  });

  it.each([
    ['broken', 500, 500, 'Internal error occurred: the container is broken'],
    ['broken', 400, 400, 'the container is broken'],
    ['broken', 404, 404, 'the server could not find the requested resource ( pods/log web)'],
    ['broken', 403, 403, 'the container is broken ( pods/log web)'],
    ['broken', 503, 503, 'the server is currently unable to handle the request ( pods/log web)'],
    ['moved', 1, 500, 'Get "https://elsewhere.example/log": redirects forbidden'],
  ])('of a %s container that answers %i is a Status %i', async (container, lines, code, message) => {
    const reply = await get(`${PODS}/web/log?container=${container}&tailLines=${lines}`);
    expect(statusOf(reply)).toMatchObject({ code, message });
  });

  it.each([
    ['stray', 404, 'nodes "nowhere" not found'],
    ['homeless', 500, 'no preferred addresses found; known addresses: [{ExternalDNS far.example}]'],
    [
      'silent',
      500,
      'Get "https://127.0.0.1:1/containerLogs/default/silent/main": dial tcp 127.0.0.1:1: connect: connection refused',
    ],
  ])('of a pod on a node that is %s cannot be read', async (name, code, message) => {
    expect(statusOf(await get(`${PODS}/${name}/log?container=main`))).toMatchObject({ code, message });
  });

  it('is taken from no kubelet that another name is vouched for, unless the client does not mind', async () => {
    const refused = await get(`${PODS}/misnamed/log?container=main`);
    expect(statusOf(refused).message).toContain(
      'tls: failed to verify certificate: x509: certificate is not valid for any names',
    );
    const minding = await get(`${PODS}/misnamed/log?container=main&insecureSkipTLSVerifyBackend=true`);
    expect(minding.status).toBe(200);
  });

  it.each([
    ['tailLines=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['limitBytes=0', 422, 'PodLogOptions "web" is invalid: limitBytes: Invalid value: 0: must be greater than 0'],
    ['container=main&stream=Stdout', 422, 'PodLogOptions "web" is invalid: stream: Forbidden: may not be specified'],
    ['container=none', 400, 'container none is not valid for pod web'],
    ['', 400, 'a container name must be specified for pod web, choose one of: [main broken moved]'],
  ])('is refused with the options %j', async (query, code, message) => {
    expect(statusOf(await get(`${PODS}/web/log?${query}`))).toMatchObject({ code, message });
  });
});

describe('a command in a pod', () => {
  const exec = (pod: string, protocol: string, token = 'admin-token') =>
    new WebSocket(
      `${server.url.replace('https', 'wss')}${PODS}/${pod}/exec?container=main&stdin=true&stdout=true&command=cat&command=-`,
      [protocol],
      { rejectUnauthorized: false, headers: { authorization: `Bearer ${token}` } },
    );

  it('runs by WebSocket, in the protocol that client and kubelet agree on', async () => {
    const socket = exec('web', 'v5.channel.k8s.io');
    const messages: string[] = [];
    socket.on('message', (message: Buffer) => messages.push(message.toString('latin1')));
    await once(socket, 'open');
    expect(socket.protocol).toBe('v5.channel.k8s.io');
    socket.send(Buffer.from('\0hello'));
    socket.send(Buffer.from([255, 0]));
    const [code] = await once(socket, 'close');
    expect(code).toBe(1000);
    expect(messages).toEqual(['\x01ran cat -\n', '\x01HELLO', '\x03{"metadata":{},"status":"Success"}']);
    expect(lastCall()?.call).toBe('GET /exec/default/web/main?command=cat&command=-&input=1&output=1');
    expect(lastCall()?.headers['authorization']).toBeUndefined();
  });

  it('runs by SPDY, whose bytes are passed on as they are', async () => {
    const socket = await openTls(server.port);
    socket.write(
      `POST ${PODS}/web/exec?container=main&command=echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin-token\r\n` +
        'X-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nearly ',
    );
    socket.write('bytes');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    for (const end = Date.now() + UNTIL_MS; !text.endsWith('early bytes') && Date.now() < end; ) await delay(10);
    expect(text).toMatch(/^HTTP\/1.1 101 [\s\S]*X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\nearly bytes$/);
    socket.end();
    await once(socket, 'close');
  });

  it('needs a connection that changes protocols', async () => {
    const reply = await get(`${PODS}/web/exec?container=main&command=ls`);
    expect(statusOf(reply)).toMatchObject({ code: 400, message: 'Upgrade request required' });
  });

  it('is refused to those who may only read', async () => {
    const rules = [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get'] }];
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    await asAdmin(server, `${rbac}/roles`, post({ metadata: { name: 'reader' }, rules }));
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
    await asAdmin(server, `${rbac}/rolebindings`, post({ metadata: { name: 'reader' }, roleRef, subjects }));
    const before = kubelet.heard.length;
    const socket = exec('web', 'v5.channel.k8s.io', 'alice-token');
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    expect(kubelet.heard).toHaveLength(before);
  });

  it('tells which kubelet did not answer', async () => {
    const socket = exec('silent', 'v5.channel.k8s.io');
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(500);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect(JSON.parse(text)).toMatchObject({
      message: 'error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused',
      code: 500,
    });
  });

  it('is not dry run', async () => {
    const reply = await get(`${PODS}/web/exec?container=main&command=ls&dryRun=All`);
    expect(statusOf(reply)).toMatchObject({ code: 400, message: 'dryRun is not supported' });
  });
});

describe('the proxy of a node', () => {
  it('goes to no address of this machine', async () => {
    const before = kubelet.heard.length;
    expect(statusOf(await get('/api/v1/nodes/near/proxy/pods'))).toMatchObject({
      code: 400,
      message: 'address not allowed',
    });
    expect(statusOf(await get('/api/v1/nodes/misnamed/proxy/pods'))).toMatchObject({ message: 'address not allowed' });
    expect(kubelet.heard).toHaveLength(before);
  });

  it('names what it cannot read', async () => {
    expect(statusOf(await get('/api/v1/nodes/ftp:near:1/proxy/'))).toMatchObject({
      code: 400,
      message: 'invalid node request "ftp:near:1"',
    });
  });
});

const kubectlPath = findKubectl();

describe.runIf(kubectlPath !== undefined)('kubectl', () => {
  let kubectl: Kubectl;

  beforeAll(() => {
    kubectl = new Kubectl(kubectlPath ?? '', server.kubeconfig, home);
  });

  it('reads a log', async () => {
    expect(await kubectl.ok(['logs', 'web', '-c', 'main', '--tail', '2'])).toBe('first line\nsecond line\n');
  });

  it('runs a command, and gives it what it is given', async () => {
    const { stdout, stderr, code } = await kubectl.run(['exec', '-i', 'web', '-c', 'main', '--', 'cat', '-'], {
      input: 'hello',
    });
    expect({ stdout, stderr, code }).toEqual({ stdout: 'ran cat -\nHELLO', stderr: '', code: 0 });
  });

  it('attaches to a container', async () => {
    const { stdout, code } = await kubectl.run(['attach', '-i', 'web', '-c', 'main', '-q'], { input: 'hello' });
    expect({ stdout, code }).toEqual({ stdout: 'ran \nHELLO', code: 0 });
    expect(kubelet.heard.some((heard) => heard.call.startsWith('GET /attach/default/web/main?'))).toBe(true);
  });

  it('runs a command by WebSocket, where the kubelet knows it by SPDY alone', async () => {
    await declare('near', []);
    kubelet.webSockets = false;
    kubelet.heard.length = 0;
    const { stdout, stderr, code } = await kubectl.run(['exec', '-i', 'web', '-c', 'main', '--', 'cat', '-'], {
      input: 'hello',
    });
    expect({ stdout, stderr, code }).toEqual({ stdout: 'ran cat -\nHELLO', stderr: '', code: 0 });
    expect(kubelet.heard.map((heard) => heard.call)).toEqual([
      'POST /exec/default/web/main?command=cat&command=-&error=1&input=1&output=1',
    ]);
    expect(lastCall()?.headers['x-stream-protocol-version']).toBe('v4.channel.k8s.io');
    const big = 'x'.repeat(300_000);
    const much = await kubectl.run(['exec', '-i', 'web', '-c', 'main', '--', 'cat'], { input: big });
    expect(much.stdout).toBe(`ran cat\n${big.toUpperCase()}`);
  });

  it.each([
    ['by WebSocket, where the kubelet takes it', true, 'GET /portForward/default/web'],
    ['by SPDY, where the kubelet takes no WebSocket', false, 'POST /portForward/default/web'],
  ])('forwards a port %s', async (_how, webSockets, wanted) => {
    await declare('near', webSockets ? ['ExtendWebSocketsToKubelet'] : []);
    kubelet.webSockets = webSockets;
    const child = kubectl.spawn(['port-forward', 'pod/web', ':8080']);
    try {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const port = (): string | undefined => /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
      for (const end = Date.now() + UNTIL_MS; port() === undefined && Date.now() < end; ) await delay(20);
      expect(await plainGet(Number(port()), '/kettle')).toBe('you asked for /kettle\n');
      expect(lastCall()?.call).toBe(wanted);
    } finally {
      child.kill('SIGKILL');
    }
  });

  async function declare(name: string, declaredFeatures: string[]): Promise<void> {
    const patch = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } };
    const body = JSON.stringify({ status: { declaredFeatures } });
    expect((await asAdmin(server, `/api/v1/nodes/${name}/status`, { ...patch, body })).status).toBe(200);
  }
});

function plainGet(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, path }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      incoming.on('end', () => resolve(text));
    });
    sent.on('error', reject).end();
  });
}
