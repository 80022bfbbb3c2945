import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cutter } from './cutter.js';
import { callHttp2, openHttp2 } from './http-client.js';
import { type ServerProcess, startServerProcess } from './server-process.js';

/** What the informers of the story hold. */
export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const OBJECTS = 5_000;
const AT_ONCE = 50;
const CUTS = 8;
const CUT_EVERY_MS = 250;
const POLL_MS = 100;
const IN_SYNC_MS = 40_000;
const TIMEOUT_MS = 120_000;

/** Resource versions by name. */
export type Versions = Readonly<Record<string, string>>;

export interface InformerState {
  /** What its store has. */
  readonly held: Versions;
  /** What its callbacks have said. */
  readonly told: Versions;
  /** How often it has asked for everything. */
  readonly lists: number;
}

/** An informer of a client library, in whatever language, on the ConfigMaps of the namespace `default`. */
export interface TestedInformer {
  state(): Promise<InformerState>;
  stop(): Promise<void>;
}

/**
 * Tests that an informer keeps 5,000 objects in sync through cut connections, compaction and a crash of the server.
 * @param start takes the server's kubeconfig, and the port to use instead of the one in it
 */
export function informerStaysInSync(
  title: string,
  start: (kubeconfig: string, port: number) => Promise<TestedInformer>,
) {
  describe(title, () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-informers-'));
    const flags = ['--reconcilers=-*', '--compaction-interval', '300ms', '--compaction-retention', '300ms'];
    let server: ServerProcess;
    let cutter: Cutter;
    let informer: TestedInformer;
    const writer = new Writer(() => server.url);

    const expectInSync = async (count: number): Promise<void> => {
      const wanted = await writer.versions();
      expect(Object.keys(wanted)).toHaveLength(count);
      const text = JSON.stringify(wanted);
      const isInSync = ({ held, told }: InformerState) =>
        JSON.stringify(sorted(held)) === text && JSON.stringify(sorted(told)) === text;
      let state = await informer.state();
      for (const end = Date.now() + IN_SYNC_MS; !isInSync(state) && Date.now() < end; ) {
        await delay(POLL_MS);
        state = await informer.state();
      }
      expect(sorted(state.held)).toEqual(wanted);
      expect(sorted(state.told)).toEqual(wanted);
    };

    beforeAll(async () => {
      server = await startServerProcess({ dataDir, flags });
      await writer.create(0, OBJECTS);
      cutter = new Cutter(server.port);
      informer = await start(server.kubeconfig, await cutter.listen());
    }, TIMEOUT_MS);

    afterAll(async () => {
      await informer?.stop();
      cutter?.close();
      await server?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    });

    it('holds all objects at the start', () => expectInSync(OBJECTS), TIMEOUT_MS);

    it(
      'stays in sync through cut connections',
      async () => {
        for (let at = 0; at < CUTS; at++) {
          const from = OBJECTS + at * 10;
          const writing = [writer.change(at * 100, 50), writer.remove(at * 100 + 50, 10), writer.create(from, 10)];
          await delay(CUT_EVERY_MS);
          cutter.cut();
          await Promise.all(writing);
        }
        await expectInSync(OBJECTS);
      },
      TIMEOUT_MS,
    );

    it(
      'lists again when its revision has been compacted, and is in sync',
      async () => {
        const before = (await informer.state()).lists;
        cutter.allow(false);
        for (let at = 0; at < 4; at++) {
          await writer.change(1_000, 100);
          await delay(400);
        }
        await writer.remove(1_100, 50);
        await writer.create(OBJECTS + 1_000, 50);
        cutter.allow(true);
        await expectInSync(OBJECTS);
        expect((await informer.state()).lists).toBeGreaterThan(before);
      },
      TIMEOUT_MS,
    );

    it(
      'stays in sync through a crash and a start of the server',
      async () => {
        await writer.change(1_200, 100);
        await server.kill('SIGKILL');
        server = await startServerProcess({ dataDir, flags, port: server.port });
        await writer.change(1_250, 100);
        await writer.remove(1_400, 20);
        await writer.create(OBJECTS + 2_000, 20);
        await expectInSync(OBJECTS);
      },
      TIMEOUT_MS,
    );
  });
}

/** Writes ConfigMaps `m-0`, `m-1` and so on, past what cuts connections. */
class Writer {
  private changes = 0;

  constructor(private readonly url: () => string) {}

  create(from: number, count: number): Promise<void> {
    return this.write(from, count, (at) => ['POST', CONFIG_MAPS, { metadata: { name: `m-${at}` } }]);
  }

  change(from: number, count: number): Promise<void> {
    const value = `change ${this.changes++}`;
    return this.write(from, count, (at) => ['PATCH', `${CONFIG_MAPS}/m-${at}`, { data: { value } }]);
  }

  remove(from: number, count: number): Promise<void> {
    return this.write(from, count, (at) => ['DELETE', `${CONFIG_MAPS}/m-${at}`]);
  }

  async versions(): Promise<Versions> {
    const session = openHttp2(this.url());
    const reply = await callHttp2(session, { ':path': CONFIG_MAPS, authorization: 'Bearer admin-token' });
    session.close();
    const { items } = JSON.parse(reply.body) as { items: { metadata: { name: string; resourceVersion: string } }[] };
    return sorted(Object.fromEntries(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion])));
  }

  private async write(
    from: number,
    count: number,
    callOf: (at: number) => [method: string, path: string, body?: object],
  ): Promise<void> {
    const session = openHttp2(this.url());
    for (let done = 0; done < count; done += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - done) }, async (_, i) => {
        const [method, path, body] = callOf(from + done + i);
        const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
        const headers = { ':method': method, ':path': path, authorization: 'Bearer admin-token', 'content-type': type };
        const reply = await callHttp2(session, headers, body && JSON.stringify(body));
        expect(reply.status, reply.body).toBeLessThan(300);
      });
      await Promise.all(some);
    }
    session.close();
  }
}

function sorted(versions: Versions): Versions {
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)));
}
