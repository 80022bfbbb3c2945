import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asAdmin } from '../support/api.js';
import { callHttp2, openHttp2 } from '../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const WRITERS = 16;
const WRITING_MS = 1_500;
const EXIT_MS = 15_000;
const AUTHORIZATION = { authorization: 'Bearer admin-token' };

interface WatchEnd {
  readonly clean: boolean;
  readonly events: number;
}

function watchHttp1(server: ServerProcess): Promise<WatchEnd> {
  return new Promise((resolve) => {
    const sent = request(
      `${server.url}${CONFIG_MAPS}?watch=1`,
      { rejectUnauthorized: false, headers: AUTHORIZATION },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('error', () => {});
        response.on('close', () => resolve({ clean: response.complete, events: wholeEvents(text) }));
      },
    );
    sent.on('error', () => resolve({ clean: false, events: 0 }));
    sent.end();
  });
}

/** @throws SyntaxError when an event was cut */
function wholeEvents(text: string): number {
  const lines = text.split('\n').filter((line) => line !== '');
  for (const line of lines) JSON.parse(line);
  return lines.length;
}

describe('a server that is told to stop', () => {
  let folder: string;
  let server: ServerProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubenest-drain-'));
    server = await startServerProcess({ dataDir: folder });
  });

  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s ends its watches, keeps what it acknowledged, and exits with 0',
    async (signal) => {
      const session = openHttp2(server.url);
      session.on('error', () => {});
      const watches = [watchHttp1(server), watchHttp1(server)];
      const watch2 = callHttp2(session, { ':path': `${CONFIG_MAPS}?watch=1`, ...AUTHORIZATION });
      const acknowledged: string[] = [];
      let stopped = false;
      const write = async (writer: number): Promise<void> => {
        for (let at = 0; !stopped; at++) {
          const name = `w${writer}-${at}`;
          const body = JSON.stringify({ metadata: { name }, data: { text: 'x'.repeat(500) } });
          const reply = await asAdmin(server, CONFIG_MAPS, { method: 'POST', body }).catch(() => undefined);
          if (reply === undefined) return;
          if (reply.status === 201) acknowledged.push(name);
        }
      };
      const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
      await delay(WRITING_MS);
      const code = await Promise.race([server.kill(signal), delay(EXIT_MS, 'still running' as const)]);
      stopped = true;
      await Promise.all(writers);
      expect(code).toBe(0);
      for (const { clean, events } of await Promise.all(watches)) {
        expect(clean).toBe(true);
        expect(events).toBeGreaterThan(0);
      }
      expect(wholeEvents((await watch2).body)).toBeGreaterThan(0);
      session.destroy();

      await server.stop();
      server = await startServerProcess({ dataDir: folder });
      const list = JSON.parse((await asAdmin(server, CONFIG_MAPS)).body) as { items: { metadata: { name: string } }[] };
      const names = new Set(list.items.map(({ metadata }) => metadata.name));
      expect(acknowledged.length).toBeGreaterThan(WRITERS);
      expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
    },
  );

  it('is not ready from then on', async () => {
    await server.stop();
    server = await startServerProcess({ dataDir: folder, flags: ['--shutdown-delay-duration=2s'] });
    const ended = server.kill('SIGTERM');
    await delay(300);
    expect((await asAdmin(server, '/readyz')).status).toBe(500);
    expect((await asAdmin(server, '/livez')).status).toBe(200);
    expect(await ended).toBe(0);
  });
});
