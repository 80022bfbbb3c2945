/** `npm run bench:start [ROUNDS]`: from nothing to /readyz ok, on empty data and again on the same data, and idle memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServerProcess } from '../test/support/server-process.js';
import { buildServer } from './built-server.js';
import { residentMb } from './memory.js';

const IDLE_MS = 3_000;
const rounds = Number(process.argv[2] ?? 3);
const entry = buildServer();

async function measure(dataDir: string): Promise<{ readyMs: number; idleMb: number }> {
  const server = await startServerProcess({ dataDir, entry });
  await delay(IDLE_MS);
  const idleMb = residentMb(server.pid) ?? 0;
  await server.kill('SIGTERM');
  await server.stop();
  return { readyMs: server.readyMs, idleMb };
}

for (let round = 1; round <= rounds; round++) {
  const dataDir = await mkdtemp(join(tmpdir(), 'kubenest-start-'));
  for (const data of ['empty', 'known'] as const) {
    const { readyMs, idleMb } = await measure(dataDir);
    process.stdout.write(`round ${round}, ${data} data: ready in ${readyMs.toFixed(0)} ms, idle ${idleMb} MB\n`);
  }
  await rm(dataDir, { recursive: true, force: true });
}
process.stdout.write(
  'asked: ready in 1000 ms (goal 500; the reference 3100 - 3800), idle 150 MB (the reference 318)\n',
);
