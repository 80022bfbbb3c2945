import { existsSync, readdirSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { Logger } from '@nestjs/common';
import { type ApiServer, createApiServer, isNotFound, type KubeObject, StatusError } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { metadata: { name, namespace: 'default' }, data };
}

function statusOf(server: ApiServer, path: string): Promise<number | undefined> {
  const { caCert: ca, adminCert: cert, adminKey: key } = server;
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { ca, cert, key, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe('createApiServer', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await createApiServer();
  });
  afterAll(() => server.close());

  const maps = () => server.client.resource({ apiVersion: 'v1', resource: 'configmaps' });

  it('serves an administrator over HTTPS', async () => {
    expect(await statusOf(server, '/api/v1/namespaces/default')).toBe(200);
    expect(server.kubeconfig).toContain(`server: ${server.url}`);
    expect(existsSync(server.kubeconfigPath)).toBe(true);
  });

  it('has a client that writes, reads, patches, applies and deletes as requests do', async () => {
    const made = await maps().create(configMap('a', { tea: 'green' }));
    expect(made).toMatchObject({ kind: 'ConfigMap', metadata: { namespace: 'default' }, data: { tea: 'green' } });
    await maps().patch('a', { data: { milk: 'no', tea: null } }, { namespace: 'default' });
    const read = await maps().get('a', { namespace: 'default' });
    expect(read['data']).toEqual({ milk: 'no' });
    await maps().update({ ...read, data: { milk: 'yes' } });
    await maps().apply(
      { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('a', { sugar: 'two' }) },
      { fieldManager: 'test', force: true },
    );
    const { items } = await maps().list({ namespace: 'default', fieldSelector: 'metadata.name=a' });
    expect(items.map((item) => item['data'])).toEqual([{ milk: 'yes', sugar: 'two' }]);
    await maps().delete('a', { namespace: 'default' });
    expect(await maps().find('a', { namespace: 'default' })).toBeUndefined();
  });

  it('tells the client what the server refuses', async () => {
    const stale = { ...configMap('none'), metadata: { name: 'None!', namespace: 'default' } };
    const refusal = await maps()
      .create(stale)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StatusError);
    expect(refusal).toMatchObject({ code: 422, reason: 'Invalid' });
    const missing = await maps()
      .get('none', { namespace: 'default' })
      .catch((error: unknown) => error);
    expect(isNotFound(missing)).toBe(true);
    const nowhere = server.client.resource({ apiVersion: 'example.com/v1', resource: 'doors' });
    await expect(nowhere.list()).rejects.toMatchObject({ code: 404 });
  });

  it('writes custom resources too', async () => {
    const crds = server.client.resource({
      apiVersion: 'apiextensions.k8s.io/v1',
      resource: 'customresourcedefinitions',
    });
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const names = { plural: 'cups', kind: 'Cup' };
    const spec = { group: 'crd.example.com', scope: 'Cluster', names, versions };
    await crds.create({ metadata: { name: 'cups.crd.example.com' }, spec } as KubeObject);
    const cups = server.client.resource({ apiVersion: 'crd.example.com/v1', resource: 'cups', kind: 'Cup' });
    const make = () => cups.create({ metadata: { name: 'a' } }).catch(() => undefined);
    await expect.poll(make).toMatchObject({ kind: 'Cup', metadata: { generation: 1 } });
  });

  it('streams changes to the client until it has enough', async () => {
    await maps().create(configMap('w1'));
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of maps().watch({ namespace: 'default', signal: stop.signal })) {
        if (object.metadata.name?.startsWith('w')) seen.push(`${type} ${object.metadata.name}`);
      }
    })();
    await expect.poll(() => seen).toEqual(['ADDED w1']);
    await maps().patch('w1', { data: { a: 'b' } }, { namespace: 'default' });
    await maps().delete('w1', { namespace: 'default' });
    await expect.poll(() => seen).toEqual(['ADDED w1', 'MODIFIED w1', 'DELETED w1']);
    stop.abort();
    await watching;
  });

  it('runs several in one process that know nothing of each other', async () => {
    await using second = await createApiServer({ flags: { 'authorization-mode': 'AlwaysAllow' } });
    await using third = await createApiServer();
    expect(new Set([server.url, second.url, third.url]).size).toBe(3);
    await second.client.resource({ apiVersion: 'v1', resource: 'configmaps' }).create(configMap('only-second'));
    for (const other of [server, third]) {
      const found = await other.client
        .resource({ apiVersion: 'v1', resource: 'configmaps' })
        .find('only-second', { namespace: 'default' });
      expect(found).toBeUndefined();
    }
    const uids = [server, second, third].map(async ({ client }) => {
      const kubeSystem = await client.resource({ apiVersion: 'v1', resource: 'namespaces' }).get('kube-system');
      return kubeSystem.metadata.uid;
    });
    expect(new Set(await Promise.all(uids)).size).toBe(3);
  });

  it('is gone once closed: port, folder and watches', async () => {
    const short = await createApiServer();
    const watch = short.client.resource({ apiVersion: 'v1', resource: 'configmaps' }).watch();
    await watch.next();
    await short.close();
    await short.close();
    for (let ended = false; !ended; ) ended = (await watch.next()).done === true;
    expect(existsSync(short.kubeconfigPath)).toBe(false);
    await expect(statusOf(short, '/readyz')).rejects.toThrow('ECONNREFUSED');
  });

  it('says which flag is wrong and leaves nothing behind', async () => {
    const made = () => readdirSync(tmpdir()).filter((name) => name.startsWith('kubenest-embedded-')).length;
    const before = made();
    await expect(createApiServer({ flags: { 'secure-prot': 1 } })).rejects.toThrow('--secure-prot');
    await expect(createApiServer({ flags: { 'client-ca-file': 'ca.crt' } })).rejects.toThrow('client-ca-file');
    expect(made()).toBeLessThanOrEqual(before);
  });

  it('leaves the logger of the program as it was, and names flags without effect', async () => {
    const told: string[] = [];
    const host = { log: () => {}, error: () => {}, warn: (message: string) => void told.push(message) };
    Logger.overrideLogger(host);
    try {
      const flags = { 'event-ttl': '1h' };
      const both = await Promise.all([createApiServer({ flags }), createApiServer()]);
      new Logger('host').warn('still here');
      for (const each of both) await each.close();
      expect(told).toEqual(['without effect here: event-ttl', 'still here']);
    } finally {
      Logger.overrideLogger(['error', 'warn', 'log']);
    }
  });
});
