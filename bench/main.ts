/** `npm run bench`: see the usage text in options.ts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROJECT_ROOT } from '../test/support/project-root.js';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.js';
import { buildServer } from './built-server.js';
import { Api } from './jobs/api.js';
import { CRD_SERVED } from './jobs/crd-served.js';
import type { Job, JobContext } from './jobs/job.js';
import { bareJob, LOADS } from './jobs/load-jobs.js';
import { MEMORY } from './jobs/memory.js';
import { PROXY_JOBS } from './jobs/proxy-jobs.js';
import { REFERENCES } from './jobs/reference.js';
import { WATCH_FANOUT } from './jobs/watch-fanout.js';
import { WATCH_SELECTORS } from './jobs/watch-selectors.js';
import { BackendServer, serveBackend } from './load/backend-server.js';
import { BareServer, serveBare } from './load/bare-server.js';
import type { Target } from './load/plan.js';
import { LoadPool, serveOrders } from './load/pool.js';
import { cpuUs, processOnPort, residentMb } from './memory.js';
import { type BenchOptions, parseOptions, USAGE } from './options.js';
import { formatRow, HEADER, type Row, rowOf } from './report.js';

const SCRIPT = fileURLToPath(import.meta.url);
const JOBS: readonly Job[] = [...LOADS, WATCH_FANOUT, WATCH_SELECTORS, CRD_SERVED, ...PROXY_JOBS];
const WARMUP_SECONDS = 2;
const OWN_SERVER_FLAGS = ['--disable-admission-plugins=ServiceAccount', '--reconcilers=-*'];

function pick({ jobs: names, sameWork }: BenchOptions): readonly Job[] {
  for (const name of names) {
    if (!JOBS.some((job) => job.name === name)) throw new Error(`--jobs: there is no "${name}"; --list shows them`);
  }
  if (names.length > 0) return JOBS.filter(({ name }) => names.includes(name));
  return sameWork ? JOBS.filter(({ name }) => name in REFERENCES) : JOBS;
}

async function runAll(options: BenchOptions, target: Target, pool: LoadPool): Promise<Row[]> {
  const { hostname, port } = new URL(target.url);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  const pid = local ? processOnPort(Number(port || 443)) : undefined;
  const run = Date.now().toString(36);
  const namespace = `bench-${run}`;
  const api = new Api(target);
  const timing = { seconds: options.seconds, warmupSeconds: WARMUP_SECONDS };
  let backend: Promise<BackendServer> | undefined;
  const base: JobContext = {
    ...{ api, pool, target, ...timing, run, namespace, sameWork: options.sameWork },
    cpuUs: () => pid && cpuUs(pid),
    residentMb: () => pid && residentMb(pid),
    backend: () => {
      backend ??= BackendServer.start(SCRIPT);
      return backend;
    },
  };
  const rows: Row[] = [];
  const play = async (job: Job, context: JobContext): Promise<void> => {
    try {
      const result = await job.run(context);
      rows.push(rowOf(job, result, pid && residentMb(pid), rows));
    } catch (error) {
      const notes = [`failed: ${(error as Error).message}`];
      rows.push(rowOf(job, { value: 0, unit: '/s', errors: 1, notes }, undefined, rows));
    }
    const last = rows.at(-1);
    if (last !== undefined) process.stdout.write(`${formatRow(last)}\n`);
  };
  process.stdout.write(`${HEADER}\n`);
  await calibrate(base, play);
  await api.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  for (const job of pick(options)) await play(job, base);
  if (options.sameWork) await play(MEMORY, base);
  for (const each of [namespace, `bench-pods-${run}`]) await api.send('DELETE', `/api/v1/namespaces/${each}`);
  (await backend)?.stop();
  api.close();
  return rows;
}

async function calibrate(context: JobContext, play: (job: Job, context: JobContext) => Promise<void>): Promise<void> {
  const bare = await BareServer.start(SCRIPT);
  for (const protocol of ['http/1.1', 'http/2'] as const) {
    await play(bareJob(protocol, { url: bare.urlFor(protocol) }), {
      ...context,
      cpuUs: () => bare.pid && cpuUs(bare.pid),
    });
  }
  bare.stop();
}

function save(rows: readonly Row[], target: Target): string {
  const folder = join(PROJECT_ROOT, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const path = join(folder, `${at.replaceAll(':', '-')}.json`);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  writeFileSync(path, `${JSON.stringify({ at, server: target.url, machine, rows }, undefined, 2)}\n`);
  return path;
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return void process.stdout.write(USAGE);
  if (options.list) return void process.stdout.write(JOBS.map(({ name, about }) => `${name}\t${about}\n`).join(''));
  pick(options);
  let own: ServerProcess | undefined;
  const pool = LoadPool.start(SCRIPT, options.workers);
  try {
    if (options.target === undefined) own = await startServerProcess({ flags: OWN_SERVER_FLAGS, entry: buildServer() });
    const target = options.target ?? { url: own?.url ?? '', token: 'admin-token' };
    const rows = await runAll(options, target, pool);
    process.stdout.write(`\nsaved as ${save(rows, target)}\n`);
  } finally {
    pool.stop();
    await own?.stop();
  }
}

const [role = '', ...rest] = process.argv.slice(2);
if (role === 'worker') serveOrders();
else if (role === 'bare') await serveBare();
else if (role === 'backend') await serveBackend();
else {
  await main([role, ...rest].filter((each) => each !== '')).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
