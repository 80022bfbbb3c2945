import type { LoadPlan, LoadRequest, LoadResult, Protocol, Target } from '../load/plan.js';
import type { Job, JobContext, JobResult } from './job.js';
import { configMap, customObject, definition, deployment, pod } from './objects.js';
import { REFERENCES } from './reference.js';

const CLIENTS = 32;
const LIST_CLIENTS = 4;
const PODS = 5_000;
const PODS_PICKED = 100;
const PREPARE_AT_ONCE = 32;
const JSON_BODY = { 'content-type': 'application/json' };

type Prepare = (context: JobContext) => Promise<readonly string[]>;

interface LoadJob {
  readonly name: string;
  readonly about: string;
  readonly protocol?: Protocol;
  readonly clients?: number;
  /** Makes what the job needs; answers notes. */
  readonly prepare?: Prepare;
  readonly request: (context: JobContext) => LoadRequest;
}

const core = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`;

const prepareConfigMaps: Prepare = async ({ api, namespace }) => {
  for (let client = 0; client < CLIENTS; client++) {
    await api.send('POST', core(namespace, 'configmaps'), configMap(namespace, `shared-${client}`));
  }
  return [];
};

/** The namespace of the lists, made once for all of them. */
let podsOf: string | undefined;

const preparePods: Prepare = async ({ api, run }) => {
  const namespace = `bench-pods-${run}`;
  if (podsOf === namespace) return [];
  podsOf = namespace;
  await api.must('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await api.send('POST', core(namespace, 'serviceaccounts'), { metadata: { name: 'default' } });
  const every = PODS / PODS_PICKED;
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < PODS) {
      const at = next++;
      const labels = at % every === 0 ? { picked: 'yes' } : {};
      await api.must('POST', core(namespace, 'pods'), pod(`pod-${at}`, labels as Record<string, string>));
    }
  };
  await Promise.all(Array.from({ length: PREPARE_AT_ONCE }, loop));
  return [];
};

const CUSTOM_KIND = 'BenchRule';
const customGroup = (run: string) => `rules-${run}.bench.example`;

const prepareCustom: Prepare = async ({ api, run, namespace }) => {
  const group = customGroup(run);
  const notes: string[] = [];
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const made = await api.send('POST', path, definition(group, 'benchrules', CUSTOM_KIND, true));
  if (made.status >= 300) {
    notes.push(`refused with rules (${made.status}), run without: ${made.text.slice(0, 200)}`);
    await api.must('POST', path, definition(group, 'benchrules', CUSTOM_KIND, false));
  }
  const objects = `/apis/${group}/v1/namespaces/${namespace}/benchrules`;
  while ((await api.send('POST', objects, customObject(group, CUSTOM_KIND, 'first'))).status === 404);
  return notes;
};

const listJob = (name: string, about: string, query: string, accept = 'application/json'): LoadJob => ({
  name,
  about,
  clients: LIST_CLIENTS,
  prepare: preparePods,
  request: ({ run }) => ({
    method: 'GET',
    path: core(`bench-pods-${run}`, `pods${query}`),
    headers: { accept },
  }),
});

const getRequest = ({ namespace }: JobContext): LoadRequest => ({
  method: 'GET',
  path: core(namespace, 'configmaps/shared-{c}'),
  headers: { accept: 'application/json' },
});

const LOAD_JOBS: readonly LoadJob[] = [
  { name: 'get-http2', about: 'get ConfigMap, HTTP/2', prepare: prepareConfigMaps, request: getRequest },
  {
    name: 'get-http1',
    about: 'get ConfigMap, HTTP/1.1',
    protocol: 'http/1.1',
    prepare: prepareConfigMaps,
    request: getRequest,
  },
  {
    name: 'get-protobuf',
    about: 'get ConfigMap, protobuf',
    prepare: prepareConfigMaps,
    request: (context) => ({ ...getRequest(context), headers: { accept: 'application/vnd.kubernetes.protobuf' } }),
  },
  {
    name: 'create',
    about: 'create ConfigMap',
    request: ({ namespace, run }) => ({
      method: 'POST',
      path: core(namespace, 'configmaps'),
      headers: JSON_BODY,
      body: configMap(namespace, `made-${run}-{n}`),
    }),
  },
  {
    name: 'update',
    about: 'update ConfigMap (PUT)',
    prepare: prepareConfigMaps,
    request: ({ namespace }) => ({
      method: 'PUT',
      path: core(namespace, 'configmaps/shared-{c}'),
      headers: JSON_BODY,
      body: configMap(namespace, 'shared-{c}'),
    }),
  },
  {
    name: 'merge-patch',
    about: 'merge patch ConfigMap',
    prepare: prepareConfigMaps,
    request: ({ namespace }) => ({
      method: 'PATCH',
      path: core(namespace, 'configmaps/shared-{c}'),
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"data":{"count":"patched {n}"}}',
    }),
  },
  {
    name: 'apply',
    about: 'server-side apply Deployment',
    request: ({ namespace }) => ({
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/${namespace}/deployments/applied-{c}?fieldManager=bench`,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: deployment('applied-{c}'),
    }),
  },
  {
    name: 'create-pod',
    about: 'create Pod (2.8 KB)',
    prepare: async ({ api, namespace }) => {
      await api.send('POST', core(namespace, 'serviceaccounts'), { metadata: { name: 'default' } });
      return [];
    },
    request: ({ namespace, run }) => ({
      method: 'POST',
      path: core(namespace, 'pods'),
      headers: JSON_BODY,
      body: pod(`made-${run}-{n}`),
    }),
  },
  listJob('list-json', 'list 5,000 Pods, JSON', ''),
  listJob('list-protobuf', 'list 5,000 Pods, protobuf', '', 'application/vnd.kubernetes.protobuf'),
  listJob('list-table', 'list 5,000 Pods, Table', '', 'application/json;as=Table;v=v1;g=meta.k8s.io'),
  listJob('list-label', 'list 100 of 5,000 by label', '?labelSelector=picked%3Dyes'),
  listJob('list-page', 'page of 500 Pods', '?limit=500'),
  {
    name: 'create-custom',
    about: 'create custom resource, CEL',
    prepare: prepareCustom,
    request: ({ namespace, run }) => ({
      method: 'POST',
      path: `/apis/${customGroup(run)}/v1/namespaces/${namespace}/benchrules`,
      headers: JSON_BODY,
      body: customObject(customGroup(run), CUSTOM_KIND, 'made-{n}'),
    }),
  },
];

export const LOADS: readonly Job[] = LOAD_JOBS.map((job) => ({
  name: job.name,
  about: job.about,
  async run(context) {
    const notes = (await job.prepare?.(context)) ?? [];
    const { protocol = 'http/2', clients = CLIENTS } = job;
    const plan = { protocol, clients, ...timingOf(job.name, context), request: job.request(context) };
    return measure(plan, context.target, context, notes);
  },
}));

/** Without a warm-up where answers are counted: all of them are work. */
function timingOf(job: string, { seconds, warmupSeconds, sameWork }: JobContext) {
  const reference = sameWork ? REFERENCES[job] : undefined;
  if (reference === undefined) return { seconds, warmupSeconds };
  const total = seconds + warmupSeconds;
  return { seconds: total, warmupSeconds: 0, answersMax: Math.round(reference.figure * total) };
}

/** The same generator against a server that does nothing else. */
export function bareJob(protocol: Protocol, target: Target): Job {
  return {
    name: protocol === 'http/2' ? 'bare-http2' : 'bare-http1',
    about: `bare Node server, ${protocol === 'http/2' ? 'HTTP/2' : 'HTTP/1.1'}`,
    async run(context) {
      const { seconds, warmupSeconds } = context;
      const request = { method: 'GET', path: '/', headers: { accept: 'application/json' } };
      return measure({ protocol, clients: CLIENTS, seconds, warmupSeconds, request }, target, context, []);
    },
  };
}

async function measure(
  plan: LoadPlan,
  target: Target,
  { pool, cpuUs }: JobContext,
  notes: readonly string[],
): Promise<JobResult> {
  const before = cpuUs();
  const result = await pool.run(plan, target);
  const after = cpuUs();
  const { answersMax } = plan;
  const short =
    answersMax !== undefined && result.answered < answersMax
      ? [`${result.answered} of ${answersMax} answers in the time: not the same work`]
      : [];
  const used = before === undefined || after === undefined ? undefined : after - before;
  return {
    ...resultOf(result, [...notes, ...short]),
    cpuUsPerRequest: used === undefined || result.answered === 0 ? undefined : used / result.answered,
  };
}

function resultOf({ requests, seconds, latenciesMs, errors, bytes }: LoadResult, notes: readonly string[]): JobResult {
  const at = (part: number) =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * part))] ?? 0;
  const failed = Object.entries(errors);
  return {
    value: requests / seconds,
    unit: '/s',
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    mbPerSecond: bytes / seconds / 1e6,
    errors: failed.reduce((sum, [, { count }]) => sum + count, 0),
    notes: [
      ...notes,
      ...failed.map(([status, { count, first }]) => `${count} x ${status === '0' ? 'broken' : status}: ${first}`),
    ],
  };
}
