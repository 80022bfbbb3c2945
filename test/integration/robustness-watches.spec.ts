import { readFileSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '../support/api.js';
import { openHttp2 } from '../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const WATCHES = 10_000;
/** Of these, how many have a connection of their own. */
const OWN_CONNECTIONS = 1_000;
const STREAMS_A_SESSION = 100;
const SPARE_FILES = 500;
const OPENED_AT_ONCE = 100;
const TIMEOUT_MS = 90_000;
const PATH = '/api/v1/namespaces/default/configmaps?watch=1&fieldSelector=metadata.name%3Dwatched';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

/** How many connections this process may open; Infinity where the system does not say. */
function openFilesMax(): number {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

describe('ten thousand open watches', () => {
  let server: ServerProcess;
  const sessions: ClientHttp2Session[] = [];
  const agent = new Agent({ rejectUnauthorized: false, maxSockets: Number.POSITIVE_INFINITY });
  let answered = 0;
  let events = 0;

  beforeAll(async () => {
    server = await startServerProcess({ flags: ['--reconcilers=-*'] });
  });

  afterAll(async () => {
    for (const session of sessions) session.destroy();
    agent.destroy();
    await server?.stop();
  });

  const take = (chunk: Buffer): void => {
    events += chunk.toString('latin1').split('\n').length - 1;
  };
  const until = async (what: () => boolean) => {
    for (const end = Date.now() + TIMEOUT_MS; !what() && Date.now() < end; ) await delay(20);
  };

  const openOwn = (): void => {
    const headers = { authorization: 'Bearer admin-token' };
    const sent = request(`${server.url}${PATH}`, { agent, headers }, (response) => {
      answered++;
      response.on('data', take);
      response.on('error', () => {});
    });
    sent.on('error', () => {});
    sent.end();
  };

  const openStream = (at: number): void => {
    if (at % STREAMS_A_SESSION === 0) {
      const session = openHttp2(server.url);
      session.on('error', () => {});
      sessions.push(session);
    }
    const stream = sessions.at(-1)?.request({ ':path': PATH, authorization: 'Bearer admin-token' });
    stream?.on('response', () => answered++);
    stream?.on('data', take);
    stream?.on('error', () => {});
  };

  it(
    'all hear of a change while others are served',
    async () => {
      const own = Math.min(OWN_CONNECTIONS, openFilesMax() - SPARE_FILES);
      if (own < OWN_CONNECTIONS) process.stdout.write(`open files are limited: ${own} connections of one watch each\n`);
      for (let at = 0; at < WATCHES; at++) {
        if (at < own) openOwn();
        else openStream(at - own);
        if (at % OPENED_AT_ONCE === OPENED_AT_ONCE - 1) await until(() => answered > at - OPENED_AT_ONCE);
      }
      await until(() => answered === WATCHES);
      expect(answered).toBe(WATCHES);
      const body = JSON.stringify({ metadata: { name: 'watched' } });
      expect((await asAdmin(server, CONFIG_MAPS, { method: 'POST', body })).status).toBe(201);
      await until(() => events >= WATCHES);
      expect(events).toBe(WATCHES);
      const from = performance.now();
      expect((await asAdmin(server, `${CONFIG_MAPS}/watched`)).status).toBe(200);
      expect(performance.now() - from).toBeLessThan(5_000);
    },
    2 * TIMEOUT_MS,
  );
});
