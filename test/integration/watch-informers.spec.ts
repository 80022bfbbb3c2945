import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callHttp2, openHttp2 } from '../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const OBJECTS = 5_000;
const AT_ONCE = 50;
const CUTS = 8;
const CUT_EVERY_MS = 250;
const RESTART_INFORMER_MS = 50;
const IN_SYNC_MS = 20_000;
const TIMEOUT_MS = 90_000;

const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-informers-'));
const flags = ['--reconcilers=-*', '--compaction-interval', '300ms', '--compaction-retention', '300ms'];

/** Stands between the client and the server, and cuts what it carries when told to. */
class Cutter {
  private readonly sockets = new Set<Socket>();
  private readonly listener: Server;
  private open = true;

  constructor(private readonly to: number) {
    this.listener = createServer((near) => this.carry(near));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.listener.listen(0, '127.0.0.1', resolve));
    return (this.listener.address() as { port: number }).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  allow(open: boolean): void {
    this.open = open;
    if (!open) this.cut();
  }

  close(): void {
    this.cut();
    this.listener.close();
  }

  private carry(near: Socket): void {
    if (!this.open) {
      near.destroy();
      return;
    }
    const far = connect(this.to, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}

describe('informers of the official JavaScript client', () => {
  let server: ServerProcess;
  let cutter: Cutter;
  let lists = 0;
  let stopped = false;
  /** What its callbacks say. */
  const told = new Map<string, string>();
  let informer: ReturnType<typeof makeInformer<V1ConfigMap>> & { list(): readonly V1ConfigMap[] };

  const write = async (calls: readonly [method: string, path: string, body?: object][]): Promise<void> => {
    const session = openHttp2(server.url);
    for (let at = 0; at < calls.length; at += AT_ONCE) {
      const some = calls.slice(at, at + AT_ONCE).map(async ([method, path, body]) => {
        const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
        const headers = { ':method': method, ':path': path, authorization: 'Bearer admin-token', 'content-type': type };
        const reply = await callHttp2(session, headers, body && JSON.stringify(body));
        expect(reply.status, reply.body).toBeLessThan(300);
      });
      await Promise.all(some);
    }
    session.close();
  };
  const create = (from: number, count: number) =>
    write(Array.from({ length: count }, (_, at) => ['POST', MAPS, { metadata: { name: `m-${from + at}` } }]));
  const change = (from: number, count: number, value: string) =>
    write(Array.from({ length: count }, (_, at) => ['PATCH', `${MAPS}/m-${from + at}`, { data: { value } }]));
  const remove = (from: number, count: number) =>
    write(Array.from({ length: count }, (_, at) => ['DELETE', `${MAPS}/m-${from + at}`]));

  const truth = async (): Promise<Record<string, string>> => {
    const session = openHttp2(server.url);
    const reply = await callHttp2(session, { ':path': MAPS, authorization: 'Bearer admin-token' });
    session.close();
    return versions((JSON.parse(reply.body) as { items: V1ConfigMap[] }).items);
  };

  const expectInSync = async (count: number): Promise<void> => {
    const wanted = await truth();
    expect(Object.keys(wanted)).toHaveLength(count);
    const same = (): boolean => JSON.stringify(versions(informer.list())) === JSON.stringify(wanted);
    for (const end = Date.now() + IN_SYNC_MS; !same() && Date.now() < end; ) await delay(50);
    expect(versions(informer.list())).toEqual(wanted);
    expect(Object.fromEntries([...told].sort(byName))).toEqual(wanted);
  };

  beforeAll(async () => {
    server = await startServerProcess({ dataDir, flags });
    await create(0, OBJECTS);
    cutter = new Cutter(server.port);
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    const port = await cutter.listen();
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `https://127.0.0.1:${port}` }));
    const api = config.makeApiClient(CoreV1Api);
    informer = makeInformer<V1ConfigMap>(config, MAPS, () => {
      lists++;
      return api.listNamespacedConfigMap({ namespace: 'default' });
    });
    const take = (map: V1ConfigMap): void => {
      told.set(map.metadata?.name ?? '', map.metadata?.resourceVersion ?? '');
    };
    informer.on('add', take);
    informer.on('update', take);
    informer.on('delete', (map) => told.delete(map.metadata?.name ?? ''));
    // The client leaves it to whoever uses it to go on after a broken connection.
    const goOn = (): void => {
      if (!stopped) setTimeout(() => void informer.start().catch(goOn), RESTART_INFORMER_MS);
    };
    informer.on('error', goOn);
    await informer.start();
  }, TIMEOUT_MS);

  afterAll(async () => {
    stopped = true;
    await informer?.stop();
    cutter?.close();
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('hold all objects at the start', () => expectInSync(OBJECTS), TIMEOUT_MS);

  it(
    'stay in sync through cut connections',
    async () => {
      for (let at = 0; at < CUTS; at++) {
        const writing = [change(at * 100, 50, `cut-${at}`), remove(at * 100 + 50, 10), create(OBJECTS + at * 10, 10)];
        await delay(CUT_EVERY_MS);
        cutter.cut();
        await Promise.all(writing);
      }
      await expectInSync(OBJECTS);
    },
    TIMEOUT_MS,
  );

  it(
    'list again when their revision has been compacted, and are in sync',
    async () => {
      const before = lists;
      cutter.allow(false);
      for (let at = 0; at < 4; at++) {
        await change(1_000, 100, `away-${at}`);
        await delay(400);
      }
      await remove(1_100, 50);
      await create(OBJECTS + 1_000, 50);
      cutter.allow(true);
      await expectInSync(OBJECTS);
      expect(lists).toBeGreaterThan(before);
    },
    TIMEOUT_MS,
  );

  it(
    'stay in sync through a crash and a start of the server',
    async () => {
      await change(1_200, 100, 'before');
      await server.kill('SIGKILL');
      server = await startServerProcess({ dataDir, flags, port: server.port });
      await change(1_250, 100, 'after');
      await remove(1_400, 20);
      await create(OBJECTS + 2_000, 20);
      await expectInSync(OBJECTS);
    },
    TIMEOUT_MS,
  );
});

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

function versions(maps: readonly V1ConfigMap[]): Record<string, string> {
  const pairs = maps.map(({ metadata }) => [metadata?.name ?? '', metadata?.resourceVersion ?? ''] as const);
  return Object.fromEntries([...pairs].sort(byName));
}
