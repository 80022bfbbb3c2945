import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG_MAPS, Recorder, StoragePlace } from '../contracts/storage/fixture.js';
import { findPostgres } from '../support/postgres.js';
import { describePostgresCrash } from './postgres-crash.js';

const ROUNDS = 6;
const ACKNOWLEDGED_MIN = 200;
/** Within node_modules, so that the bundle finds its packages. */
const BUNDLE = join(import.meta.dirname, '../../node_modules/.cache/kubenest/writing-child.mjs');

interface Acknowledged {
  readonly revision: number;
  readonly type: string;
  readonly key: string;
}

/** Lets a child write and kills it at a moment of no meaning; resolves to what it had been promised. */
function writeAndKill(url: string, extraMs: number): Promise<Acknowledged[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BUNDLE, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let lines = 0;
    let doomed = false;
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      lines += chunk.toString().split('\n').length - 1;
      if (lines < ACKNOWLEDGED_MIN || doomed) return;
      doomed = true;
      setTimeout(() => child.kill('SIGKILL'), extraMs);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the child ended by itself with ${code}`));
      // A line cut short was not heard, so it promises nothing.
      const heard = output.slice(0, output.lastIndexOf('\n')).split('\n');
      resolve(
        heard.map((line) => {
          const [revision, type = '', key = ''] = line.split(' ');
          return { revision: Number(revision), type, key };
        }),
      );
    });
  });
}

describe('kill -9 of a server that writes to an SQLite file', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubenest-crash-'));
    await build({
      entryPoints: [join(import.meta.dirname, 'writing-child.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: BUNDLE,
    });
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('loses nothing acknowledged and uses no revision twice, again and again', async () => {
    const url = `sqlite:${join(folder, 'data.db')}`;
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < ROUNDS; round++) acknowledged.push(...(await writeAndKill(url, (round * 17) % 41)));

    const place = new StoragePlace(url);
    const storage = await place.start({
      limits: { historyEventsMax: 10_000_000, historyBytesMax: Number.MAX_SAFE_INTEGER },
    });
    const collection = await storage.open(CONFIG_MAPS);
    const recorder = new Recorder();
    collection.watch(recorder.query(1));
    const happened = new Map(
      recorder.events.map(({ revision, type, object }) => [revision, { type, key: object.key }]),
    );

    expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS * ACKNOWLEDGED_MIN);
    expect(new Set(acknowledged.map(({ revision }) => revision)).size).toBe(acknowledged.length);
    for (const { revision, type, key } of acknowledged) expect(happened.get(revision)).toEqual({ type, key });

    expect(recorder.revisions).toEqual(Array.from({ length: recorder.events.length }, (_, i) => i + 2));
    const replayed = new Map<string, string>();
    for (const { type, object } of recorder.events) {
      if (type === 'DELETED') replayed.delete(object.key);
      else replayed.set(object.key, object.json.toString());
    }
    const { items } = await collection.list({});
    expect(new Map(items.map((object) => [object.key, object.json.toString()]))).toEqual(
      new Map([...replayed].sort(([a], [b]) => (a < b ? -1 : 1))),
    );
    await place.close();
  });
});

const binaries = findPostgres();
if (binaries === undefined) console.log('crash of PostgreSQL: skipped because PostgreSQL is not installed');
else describePostgresCrash(binaries);
