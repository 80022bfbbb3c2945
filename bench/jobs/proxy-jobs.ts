import { type ClientHttp2Session, connect } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import type { BackendServer } from '../load/backend-server.js';
import { authorizationOf } from '../load/clients.js';
import type { LoadRequest, LoadResult } from '../load/plan.js';
import type { Job, JobContext, JobResult } from './job.js';

const ROUNDS = 5;
const ROUND_SECONDS = 1;
const WARMUP_CLIENTS = 16;
const WARMUP_SECONDS = 5;
const WATCHES = 1_000;
const WATCHES_A_SESSION = 100;
const EVENTS = 50;
const UNTIL_MS = 60_000;
const GROUPS = 50;
const DEAD_GROUPS = 5;
const AVAILABLE_MS = 20_000;
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const NEWLINE = 10;

const groupOf = (run: string, name: string): string => `${name}.proxy-${run}.bench.example`;

/** Gives a group to a port of the backend. */
async function register({ api, namespace, run }: JobContext, name: string, port: number): Promise<string> {
  const group = groupOf(run, name);
  const path = `/api/v1/namespaces/${namespace}/services`;
  await api.send('POST', path, {
    metadata: { name: 'backend' },
    spec: { type: 'ExternalName', externalName: '127.0.0.1' },
  });
  await api.must('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: `v1.${group}` },
    spec: {
      group,
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace, name: 'backend', port },
    },
  });
  return group;
}

async function unregister({ api }: JobContext, groups: readonly string[]): Promise<void> {
  for (const group of groups) await api.send('DELETE', `/apis/apiregistration.k8s.io/v1/apiservices/v1.${group}`);
}

async function available({ api }: JobContext, group: string): Promise<void> {
  for (const end = Date.now() + AVAILABLE_MS; Date.now() < end; await delay(20)) {
    if ((await api.send('GET', `/apis/${group}/v1`)).status === 200) return;
  }
  throw new Error(`${group} did not become available`);
}

const p50 = ({ latenciesMs }: LoadResult): number => latenciesMs[latenciesMs.length >> 1] ?? Number.NaN;

/** The same GET by turns at the backend and through the server: how many times longer the latter takes. */
function proxiedGet(name: string, about: string, afterMs: number): Job {
  return {
    name,
    about,
    async run(context) {
      const backend = await context.backend();
      const group = await register(context, name, backend.ports.live);
      try {
        await available(context, group);
        const path = `/apis/${group}/v1/namespaces/default/things/one${afterMs > 0 ? `?after=${afterMs}` : ''}`;
        return await compare(context, backend, { method: 'GET', path, headers: { accept: 'application/json' } });
      } finally {
        await unregister(context, [group]);
      }
    },
  };
}

async function compare(context: JobContext, backend: BackendServer, request: LoadRequest): Promise<JobResult> {
  const { pool, target, cpuUs } = context;
  const plan = { protocol: 'http/1.1', clients: 1, seconds: ROUND_SECONDS, warmupSeconds: 0.2, request } as const;
  // Whole requests are compared, not how fast the two are translated to machine code.
  await pool.run({ ...plan, clients: WARMUP_CLIENTS, seconds: WARMUP_SECONDS }, target);
  const rounds: { ratio: number; directMs: number; proxiedMs: number }[] = [];
  let errors = 0;
  let answered = 0;
  let used = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const direct = await pool.run(plan, { url: backend.url });
    const before = cpuUs() ?? 0;
    const proxied = await pool.run(plan, target);
    used += (cpuUs() ?? 0) - before;
    answered += proxied.answered;
    for (const { count } of [...Object.values(direct.errors), ...Object.values(proxied.errors)]) errors += count;
    rounds.push({ ratio: p50(proxied) / p50(direct), directMs: p50(direct), proxiedMs: p50(proxied) });
  }
  rounds.sort((a, b) => a.ratio - b.ratio);
  const { ratio, directMs, proxiedMs } = rounds[ROUNDS >> 1]!;
  const note = `direct ${directMs.toFixed(3)} ms, proxied ${proxiedMs.toFixed(3)} ms (medians of ${ROUNDS} turns)`;
  return { value: ratio, unit: 'times', cpuUsPerRequest: used / answered, errors, notes: [note] };
}

/** Memory that open watches through the proxy take, and whether all hear everything. */
const PROXIED_WATCHES: Job = {
  name: 'proxied-watches',
  about: `${WATCHES} watches through the proxy`,
  async run(context) {
    const backend = await context.backend();
    const group = await register(context, 'watches', backend.ports.live);
    const watches = new ProxiedWatches(context);
    try {
      await available(context, group);
      const before = context.residentMb() ?? 0;
      await watches.open(`/apis/${group}/v1/namespaces/default/things?watch=1`);
      const from = performance.now();
      for (let n = 0; n < EVENTS; n++) {
        backend.tellWatches();
        await delay(1);
      }
      const heard = await watches.until(WATCHES * (EVENTS + 1));
      const seconds = (performance.now() - from) / 1_000;
      const missing = WATCHES * (EVENTS + 1) - heard;
      const notes = [`${Math.round((WATCHES * EVENTS) / seconds).toLocaleString('en')} events a second`];
      return { value: (context.residentMb() ?? 0) - before, unit: 'MB', errors: missing, notes };
    } finally {
      watches.close();
      await unregister(context, [group]);
    }
  },
};

class ProxiedWatches {
  private readonly sessions: ClientHttp2Session[] = [];
  private events = 0;

  constructor(private readonly context: JobContext) {}

  async open(path: string): Promise<void> {
    const { target } = this.context;
    const { url, cert, key } = target;
    for (let at = 0; at < WATCHES; at++) {
      if (at % WATCHES_A_SESSION === 0) {
        const session = connect(url, { rejectUnauthorized: false, ...(cert && key ? { cert, key } : {}) });
        session.on('error', () => {});
        this.sessions.push(session);
        await this.until(at);
      }
      const stream = this.sessions.at(-1)!.request({ ':path': path, ...authorizationOf(target) });
      stream.on('error', () => {});
      stream.on('data', (chunk: Buffer) => {
        for (let found = chunk.indexOf(NEWLINE); found !== -1; found = chunk.indexOf(NEWLINE, found + 1)) this.events++;
      });
    }
    if ((await this.until(WATCHES)) < WATCHES) throw new Error(`only ${this.events} of ${WATCHES} watches began`);
  }

  async until(count: number): Promise<number> {
    for (const end = Date.now() + UNTIL_MS; this.events < count && Date.now() < end; ) await delay(10);
    return this.events;
  }

  close(): void {
    for (const session of this.sessions) session.destroy();
  }
}

/** Discovery of many groups, some of whose backends are dead. */
const AGGREGATED_DISCOVERY: Job = {
  name: 'aggregated-discovery',
  about: `discovery, ${GROUPS} groups, ${DEAD_GROUPS} dead`,
  async run(context) {
    const { live, silent, closed } = (await context.backend()).ports;
    const groups: string[] = [];
    try {
      for (let at = 0; at < GROUPS; at++) {
        const dead = at < DEAD_GROUPS;
        groups.push(await register(context, `group-${at}`, !dead ? live : at % 2 === 0 ? silent : closed));
      }
      for (const group of groups.slice(DEAD_GROUPS)) await available(context, group);
      const request = { method: 'GET', path: '/apis', headers: { accept: AGGREGATED } };
      const timing = { seconds: context.seconds, warmupSeconds: context.warmupSeconds };
      const result = await context.pool.run({ protocol: 'http/2', clients: 1, ...timing, request }, context.target);
      const { latenciesMs, errors } = result;
      const p99 = latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? Number.NaN;
      const failed = Object.values(errors).reduce((sum, { count }) => sum + count, 0);
      return { value: p99, unit: 'ms', p50Ms: p50(result), p99Ms: p99, errors: failed, notes: [] };
    } finally {
      await unregister(context, groups);
    }
  },
};

export const PROXY_JOBS: readonly Job[] = [
  proxiedGet('proxied-get', 'proxied by direct GET, 1 ms', 1),
  proxiedGet('proxied-get-instant', 'proxied by direct GET, instant', 0),
  PROXIED_WATCHES,
  AGGREGATED_DISCOVERY,
];
