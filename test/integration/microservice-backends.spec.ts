import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transport } from '@nestjs/microservices';
import { type ApiServer, createApiServer, type KubeObject } from 'kubenest';
import { createBackend, type RunningBackend } from 'kubenest/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregate, availability, becomesAvailable, freePort } from '../support/aggregated.js';
import { call } from '../support/http-client.js';
import { findKubectl, Kubectl } from '../support/kubectl.js';
import { askedBy, Kettles, KITCHEN, Teapots } from '../support/teapots.js';

const API = 'v1.kitchen.example.com';

function teapot(name: string, litres: number, more: object = {}): KubeObject {
  return { kind: 'Teapot', metadata: { name, namespace: 'default', ...more }, spec: { litres } };
}

describe('a microservice backend over TCP', () => {
  let server: ApiServer;
  let backend: RunningBackend;
  let port: number;
  const teapots = () => server.client.resource({ apiVersion: 'kitchen.example.com/v1', resource: 'teapots' });
  const start = () =>
    createBackend({
      resources: [Teapots, Kettles],
      microservice: { transport: Transport.TCP, options: { host: '127.0.0.1', port } },
    });

  beforeAll(async () => {
    port = await freePort();
    [server, backend] = await Promise.all([createApiServer(), start()]);
    await aggregate(server, { ...KITCHEN, port, annotations: { 'kubenest.io/microservice-transport': 'tcp' } });
    await becomesAvailable(server, API);
  });
  afterAll(async () => {
    await server.close();
    await backend.close();
  });

  it('keeps objects that the server checks, defaults, patches and applies as its own', async () => {
    const made = await teapots().create(teapot('betty', 1.5));
    expect(made).toMatchObject({ apiVersion: 'kitchen.example.com/v1', kind: 'Teapot', spec: { glaze: 'white' } });
    expect(made.metadata).toMatchObject({ generation: 1, uid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    await expect(teapots().create(teapot('betty', 1))).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' });
    await expect(teapots().create(teapot('leaky', -1))).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
    const patched = await teapots().patch('betty', { spec: { litres: 2 } } as object, { namespace: 'default' });
    expect(patched.metadata).toMatchObject({ generation: 2 });
    await teapots().apply(teapot('betty', 3), { fieldManager: 'cook', force: true });
    const status = await teapots().patchStatus('betty', { brewing: true }, { namespace: 'default' });
    expect(status).toMatchObject({ spec: { litres: 3 }, status: { brewing: true } });
    await expect(teapots().update(made)).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    await teapots().delete('betty', { namespace: 'default' });
    expect(await teapots().find('betty', { namespace: 'default' })).toBeUndefined();
  });

  it('lets finalizers keep an object until they are gone', async () => {
    await teapots().create(teapot('kept', 1, { finalizers: ['example.com/rinse'] }));
    await teapots().delete('kept', { namespace: 'default' });
    const kept = await teapots().get('kept', { namespace: 'default' });
    expect(kept.metadata.deletionTimestamp).toBeDefined();
    await teapots().patch('kept', { metadata: { finalizers: null } } as object, { namespace: 'default' });
    expect(await teapots().find('kept', { namespace: 'default' })).toBeUndefined();
  });

  it('streams watches, with selectors seeing objects come and leave', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      const query = { namespace: 'default', labelSelector: 'shelf=top', signal: abort.signal };
      for await (const { type, object } of teapots().watch(query)) seen.push(`${type} ${object.metadata.name}`);
    })().catch(() => {});
    await teapots().create(teapot('w1', 1, { labels: { shelf: 'top' } }));
    await teapots().create(teapot('w2', 1));
    await expect.poll(() => seen).toEqual(['ADDED w1']);
    const move = (name: string, shelf: string | null) =>
      teapots().patch(name, { metadata: { labels: { shelf } } } as object, { namespace: 'default' });
    await move('w2', 'top');
    await move('w1', null);
    await teapots().delete('w2', { namespace: 'default' });
    await expect.poll(() => seen).toEqual(['ADDED w1', 'ADDED w2', 'DELETED w1', 'DELETED w2']);
    abort.abort();
    await watching;
    await teapots().delete('w1', { namespace: 'default' });
  });

  it('writes nothing in a dry run', async () => {
    const dry = await teapots().create(teapot('dry', 1), { dryRun: true });
    expect(dry.spec).toMatchObject({ glaze: 'white' });
    expect(await teapots().find('dry', { namespace: 'default' })).toBeUndefined();
  });

  it('sends lists that are longer than a message, in parts', async () => {
    const kettles = server.client.resource({ apiVersion: 'kitchen.example.com/v1', resource: 'kettles' });
    const note = 'x'.repeat(100_000);
    for (let i = 0; i < 10; i++) await kettles.create({ kind: 'Kettle', metadata: { name: `k${i}` }, note });
    const { items, metadata } = await kettles.list();
    expect(items.map((item) => item.metadata.name)).toEqual(Array.from({ length: 10 }, (_, i) => `k${i}`));
    expect(metadata.resourceVersion).toMatch(/^\d+$/);
  });

  it('is in discovery and OpenAPI, as kubectl shows', async () => {
    const path = findKubectl();
    if (path === undefined) return console.log('no kubectl for this machine: the backend is not shown with it');
    const home = mkdtempSync(join(tmpdir(), 'kubenest-kubectl-'));
    const kubectl = new Kubectl(path, server.kubeconfigPath, home);
    await teapots().create(teapot('shown', 0.5));
    expect((await kubectl.run(['get', 'tp'])).stdout).toMatch(/NAME +LITRES\nshown +0\.5\n/);
    expect((await kubectl.run(['explain', 'teapots.spec.litres'])).stdout).toContain('How much tea it holds.');
    expect((await kubectl.run(['get', 'teapot', 'shown', '-o', 'yaml'])).stdout).toContain('glaze: white');
    expect((await kubectl.run(['delete', 'tp', '--all'])).stdout).toContain('"shown" deleted');
    rmSync(home, { recursive: true, force: true });
  });

  it('is watched as a table, as kubectl shows', async () => {
    const path = findKubectl();
    if (path === undefined) return console.log('no kubectl for this machine: the watch is not shown with it');
    const home = mkdtempSync(join(tmpdir(), 'kubenest-kubectl-'));
    const watching = new Kubectl(path, server.kubeconfigPath, home).spawn(['get', 'tp', '-w', '--output-watch-events']);
    let shown = '';
    watching.stdout?.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    const ended = new Promise((resolve) => watching.once('close', resolve));
    await teapots().create(teapot('seen', 1));
    await expect.poll(() => shown, { timeout: 10_000 }).toMatch(/ADDED +seen +1\n/);
    await teapots().patch('seen', { spec: { litres: 2 } } as object, { namespace: 'default' });
    await teapots().delete('seen', { namespace: 'default' });
    await expect.poll(() => shown, { timeout: 10_000 }).toMatch(/MODIFIED +seen +2\nDELETED +seen +2\n/);
    watching.kill();
    await ended;
    rmSync(home, { recursive: true, force: true });
  });

  it('is told who asks', async () => {
    await teapots().create(teapot('asked', 1));
    const reply = await call(`${server.url}/apis/kitchen.example.com/v1/namespaces/default/teapots/asked`, {
      cert: server.adminCert,
      key: server.adminKey,
      headers: {
        'impersonate-user': 'ada',
        'impersonate-uid': '7',
        'impersonate-group': ['system:masters', 'cooks'],
        'impersonate-extra-scopes': ['tea', 'milk'],
      },
    });
    expect(reply.status).toBe(200);
    expect(askedBy.at(-1)).toEqual({
      name: 'ada',
      uid: '7',
      groups: ['system:masters', 'cooks', 'system:authenticated'],
      extra: { scopes: ['tea', 'milk'] },
    });
  });

  it('is unavailable while it is away, and available again when it is back', async () => {
    await backend.close();
    await expect
      .poll(() => availability(server, API), { timeout: 5_000 })
      .toMatchObject({
        status: 'False',
        reason: 'FailedDiscoveryCheck',
        message: expect.stringContaining(`tcp://127.0.0.1:${port}`),
      });
    await expect(teapots().list()).rejects.toMatchObject({ code: 503 });
    backend = await start();
    await expect.poll(() => availability(server, API), { timeout: 20_000 }).toMatchObject({ status: 'True' });
    expect((await teapots().list()).items).toEqual([]);
  });

  it('is never available by a transport that nobody knows', async () => {
    const annotations = { 'kubenest.io/microservice-transport': 'pigeon' };
    await aggregate(server, { group: 'air.example.com', version: 'v1', port: port + 1, annotations });
    await expect
      .poll(() => availability(server, 'v1.air.example.com'))
      .toMatchObject({
        status: 'False',
        message: expect.stringContaining('names "pigeon"; known are tcp, nats'),
      });
  });
});
