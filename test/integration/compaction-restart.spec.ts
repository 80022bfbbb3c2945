import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { asAdmin } from '../support/api.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-compaction-'));
const MAPS = '/api/v1/namespaces/default/configmaps';
let server: ServerProcess | undefined;

afterAll(async () => {
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Collections that nobody writes to fall behind what is compacted: nothing in the server may ask for their history. */
it('starts again after compaction has passed collections that were quiet', async () => {
  const flags = ['--compaction-interval', '200ms', '--compaction-retention', '100ms'];
  server = await startServerProcess({ dataDir, flags });
  for (let i = 0; i < 40; i++) {
    const reply = await asAdmin(server, MAPS, {
      method: 'POST',
      body: JSON.stringify({ metadata: { name: `m-${i}` } }),
    });
    expect(reply.status).toBe(201);
    await delay(25);
  }
  const old = JSON.parse((await asAdmin(server, `${MAPS}/m-0`)).body).metadata.resourceVersion;
  const expired = await asAdmin(server, `${MAPS}?watch=1&timeoutSeconds=1&resourceVersion=${old}`);
  expect(JSON.parse(expired.body)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  await server.kill('SIGKILL');

  server = await startServerProcess({ dataDir, flags });
  const list = JSON.parse((await asAdmin(server, MAPS)).body) as { items: { metadata: { name: string } }[] };
  expect(list.items.filter(({ metadata }) => metadata.name.startsWith('m-'))).toHaveLength(40);
});
