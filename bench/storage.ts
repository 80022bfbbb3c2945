/**
 * What the storage does by itself, without HTTP: durable writes through the port, reads, watches and loading. Run with
 * `npx esbuild bench/storage.ts --bundle --platform=node --format=esm --packages=external --outfile=node_modules/.cache/kubenest/bench-storage.mjs`
 * and `node node_modules/.cache/kubenest/bench-storage.mjs [storage URL]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { KubeObject } from '../src/apimachinery/meta/object.js';
import { encodeContent } from '../src/storage/content.js';
import type { Collection, CollectionOptions, ObjectAttributes } from '../src/storage/storage.js';
import { TypeormStorage } from '../src/storage/typeorm/typeorm-storage.js';

const WRITERS = 64;
const SECONDS = 4;
const OBJECTS = Number(process.env['OBJECTS'] ?? 100_000);

const attributesOf = ({ metadata }: KubeObject): ObjectAttributes => ({
  labels: metadata.labels ?? {},
  fields: { 'metadata.name': metadata.name ?? '' },
});
const options: CollectionOptions = { collection: '/configmaps', namespaced: true, attributesOf };

function configMap(name: string, at: number): KubeObject {
  return {
    metadata: { name, namespace: 'default', labels: { app: `app-${at % 100}` } },
    data: { text: 'x'.repeat(1_100) },
  };
}

function contentOf(name: string, at: number) {
  const object = configMap(name, at);
  return encodeContent(object, attributesOf(object));
}

function percentile(sorted: Float64Array, part: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(2);
}

async function measure(title: string, writers: number, write: (writer: number, at: number) => Promise<unknown>) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  delays.enable();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let at = 0; performance.now() - began < SECONDS * 1000; at++) {
        const start = performance.now();
        await write(writer, at);
        times.push(performance.now() - start);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  delays.disable();
  const sorted = Float64Array.from(times).sort();
  console.log(
    `${title}: ${Math.round(times.length / seconds)}/s, p50 ${percentile(sorted, 0.5)} ms, p99 ${percentile(sorted, 0.99)} ms, ` +
      `event loop p99 ${(delays.percentile(99) / 1e6).toFixed(2)} ms, max ${(delays.max / 1e6).toFixed(1)} ms`,
  );
}

async function fill(collection: Collection): Promise<void> {
  const missing = OBJECTS - collection.count();
  for (let at = 0; at < missing; at += 5_000) {
    await Promise.all(
      Array.from({ length: Math.min(5_000, missing - at) }, (_, i) => {
        const name = `fill-${at + i}`;
        return collection.create('filled', name, contentOf(name, at + i));
      }),
    );
  }
}

async function reads(collection: Collection): Promise<void> {
  const time = async (title: string, work: () => unknown) => {
    await work();
    await work();
    const began = performance.now();
    for (let i = 0; i < 20; i++) await work();
    console.log(`${title}: ${((performance.now() - began) / 20).toFixed(3)} ms`);
  };
  await time('page of 500', () => collection.list({ namespace: 'filled', limit: 500 }));
  await time('list by label (1 % of objects)', () =>
    collection.list({
      exactLabels: [{ key: 'app', value: 'app-7' }],
      matches: ({ attributes }) => attributes.labels['app'] === 'app-7',
    }),
  );
  await time('1,000 gets', () => {
    for (let i = 0; i < 1_000; i++) collection.get(`filled/fill-${i}`);
  });
}

const folder = await mkdtemp(join(tmpdir(), 'kubenest-bench-'));
const url = process.argv[2] ?? `sqlite:${join(folder, 'data.db')}`;
try {
  const storage = new TypeormStorage({ url });
  const collection = await storage.open(options);
  const run = Date.now().toString(36);
  await measure('create, 1 writer', 1, (_, at) =>
    collection.create('default', `${run}-a-${at}`, contentOf(`${run}-a-${at}`, at)),
  );
  await measure(`create, ${WRITERS} writers`, WRITERS, (writer, at) => {
    const name = `${run}-b-${writer}-${at}`;
    return collection.create('default', name, contentOf(name, at));
  });
  await measure(`update, ${WRITERS} writers`, WRITERS, (writer, at) => {
    const key = `default/${run}-b-${writer}-0`;
    return collection.update(key, collection.get(key)!.revision, contentOf(key.slice(8), at));
  });
  const compaction = storage.compact(storage.revision);
  await measure(`update, ${WRITERS} writers, while compacting`, WRITERS, (writer, at) => {
    const key = `default/${run}-b-${writer}-0`;
    return collection.update(key, collection.get(key)!.revision, contentOf(key.slice(8), at));
  });
  await compaction;
  await fill(collection);
  await reads(collection);
  const count = collection.count();
  await storage.stop();

  const again = new TypeormStorage({ url });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const before = process.memoryUsage().rss;
  const began = performance.now();
  await again.start();
  const started = performance.now();
  delays.enable();
  await again.open(options);
  delays.disable();
  console.log(
    `start ${(started - began).toFixed(0)} ms, load ${count} objects: ${(performance.now() - started).toFixed(0)} ms, ` +
      `event loop max ${(delays.max / 1e6).toFixed(1)} ms, RSS ${Math.round((process.memoryUsage().rss - before) / 1e6)} MB more`,
  );
  await again.stop();
} finally {
  await rm(folder, { recursive: true, force: true });
}
