/**
 * `npm run bench:crds -- [--count N] [--equal] [--definitions FOLDER] [--prof FOLDER]`: what thousands of definitions cost. Creates N real-size
 * definitions, restarts, and asks for discovery and OpenAPI, with memory and the longest standstill of the event loop beside each step.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Definition, readCorpus, renamed } from '../test/support/definition-corpus.js';
import { PROJECT_ROOT } from '../test/support/project-root.js';
import { buildServer } from './built-server.js';
import { MeasuredServer, type Probe } from './crds/measured-server.js';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const CLIENTS = 4;
const SETTLE_MS = 2_000;
const ROUNDS = 5;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    equal: { type: 'boolean', default: false },
    definitions: { type: 'string', default: resolve(PROJECT_ROOT, '..', 'shared', 'crds') },
    prof: { type: 'string' },
  },
});
const count = Number(values.count);
const profile = (name: string): string[] =>
  values.prof === undefined
    ? []
    : ['--cpu-prof', '--cpu-prof-dir', values.prof, '--cpu-prof-name', `${name}.cpuprofile`];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function memory(probe: Probe): string {
  const { rssMb, heapMb, externalMb } = probe;
  return `RSS ${rssMb} MB, after a collection heap ${heapMb} MB and outside it ${externalMb} MB`;
}

async function createAll(server: MeasuredServer, definitions: Iterable<Definition>): Promise<void> {
  const queue = definitions[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await server.must('POST', CRDS, next.value);
  };
  await Promise.all(Array.from({ length: CLIENTS }, work));
}

/** A request, how long it took and how long the event loop stood still meanwhile. */
async function step(server: MeasuredServer, name: string, path: string, accept?: string): Promise<Buffer> {
  const before = await server.probe();
  const { bytes, ms } = await server.must('GET', path, undefined, accept);
  const { heldMs, rssMb, cpuMs } = await server.probe();
  const cpu = (cpuMs - before.afterMs).toFixed(0).padStart(5);
  say(
    `${name.padEnd(34)} ${ms.toFixed(0).padStart(6)} ms, CPU ${cpu} ms, loop held ${heldMs.toFixed(0).padStart(4)} ms  ${(bytes.length / 1e6).toFixed(2)} MB  RSS ${rssMb} MB`,
  );
  return bytes;
}

async function create(server: MeasuredServer, definitions: readonly Definition[]): Promise<void> {
  const before = await server.probe();
  say(`without definitions: ${memory(before)}`);
  const texts = [...renamed(definitions, count, values.equal)];
  const bytes = texts.reduce((sum, each) => sum + JSON.stringify(each).length, 0);
  const from = performance.now();
  await createAll(server, texts);
  const seconds = (performance.now() - from) / 1_000;
  await delay(SETTLE_MS);
  const after = await server.probe();
  say(
    `created ${count} (${(bytes / count / 1024).toFixed(1)} KB each) in ${seconds.toFixed(1)} s, CPU ${((after.cpuMs - before.cpuMs) / 1_000).toFixed(1)} s, loop held ${after.heldMs.toFixed(0)} ms at most, p99 ${after.p99Ms.toFixed(0)} ms`,
  );
  say(`with them: ${memory(after)}`);
}

async function read(server: MeasuredServer): Promise<void> {
  await step(server, 'discovery, aggregated', '/apis', AGGREGATED);
  await step(server, 'discovery, legacy', '/apis');
  const index = await step(server, 'OpenAPI v3, index', '/openapi/v3');
  await step(server, 'OpenAPI v3, index again', '/openapi/v3');
  const { paths } = JSON.parse(index.toString()) as { paths: Record<string, { serverRelativeURL: string }> };
  const custom = Object.keys(paths).filter((path) => path.includes('/g0.'));
  for (const path of custom.slice(0, ROUNDS))
    await step(server, `v3 ${path.slice(0, 30)}`, paths[path]!.serverRelativeURL);
  await server.probe();
  const from = performance.now();
  for (const { serverRelativeURL } of Object.values(paths)) await server.must('GET', serverRelativeURL);
  const all = await server.probe();
  say(
    `all ${Object.keys(paths).length} v3 documents ${(performance.now() - from).toFixed(0)} ms, loop held ${all.heldMs.toFixed(0)} ms at most; ${memory(all)}`,
  );
  await step(server, 'OpenAPI v2', '/openapi/v2');
  await step(server, 'OpenAPI v2 again', '/openapi/v2');
}

/** From the answer to a write of a definition to the first answer that shows it. */
async function publication(server: MeasuredServer, definition: Definition): Promise<void> {
  const { group, names } = definition.spec;
  const document = `/openapi/v3/apis/${group}/${definition.spec.versions[0]!.name}`;
  const times = new Map<string, number[]>([
    ['discovery', []],
    ['v3 index', []],
    ['v3 document', []],
    ['v2', []],
  ]);
  for (let round = 0; round < ROUNDS; round++) {
    const mark = `mark${round}`;
    const fields = (await server.must('GET', `${CRDS}/${definition.metadata.name}`)).bytes;
    const { spec } = JSON.parse(fields.toString()) as { spec: Definition['spec'] };
    const versions = spec.versions.map((version) => {
      const schema = version.schema?.openAPIV3Schema;
      const properties = { ...schema?.properties, [mark]: { type: 'string' } };
      return { ...version, schema: { openAPIV3Schema: { ...schema, properties } } };
    });
    const oldIndex = (await server.must('GET', '/openapi/v3')).bytes.toString();
    const patch = { spec: { versions, names: { ...names, shortNames: [`short${round}`] } } };
    await server.must('PATCH', `${CRDS}/${definition.metadata.name}`, patch);
    const from = performance.now();
    const until = async (what: string, path: string, shows: (text: string) => boolean, accept?: string) => {
      while (!shows((await server.must('GET', path, undefined, accept)).bytes.toString())) await delay(1);
      times.get(what)!.push(performance.now() - from);
    };
    await Promise.all([
      until('discovery', '/apis', (text) => text.includes(`"short${round}"`), AGGREGATED),
      until('v3 index', '/openapi/v3', (text) => text !== oldIndex),
      until('v3 document', document, (text) => text.includes(mark)),
    ]);
    await until('v2', '/openapi/v2', (text) => text.includes(mark));
  }
  const { heldMs } = await server.probe();
  for (const [what, ms] of times)
    say(`a change is in ${what} after ${ms.map((each) => each.toFixed(0)).join(', ')} ms`);
  say(`loop held ${heldMs.toFixed(0)} ms at most meanwhile`);
}

const { source, definitions } = readCorpus(values.definitions);
say(`definitions: ${source}, ${values.equal ? 'copies with equal schemas' : 'every schema differs'}`);
const entry = buildServer();
const dataDir = await mkdtemp(join(tmpdir(), 'kubenest-crds-'));
try {
  const first = await MeasuredServer.start(entry, dataDir, profile('create'));
  await create(first, definitions);
  await first.end();
  const second = await MeasuredServer.start(entry, dataDir, profile('restart'));
  say(`restarted: ready in ${second.process.readyMs.toFixed(0)} ms`);
  await delay(SETTLE_MS);
  const idle = await second.probe();
  say(`idle: ${memory(idle)}; loop held ${idle.heldMs.toFixed(0)} ms at most since the start`);
  await read(second);
  await publication(second, [...renamed(definitions, 1, values.equal)][0]!);
  say(`at the end: ${memory(await second.probe())}`);
  await second.end();
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
