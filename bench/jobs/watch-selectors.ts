import { ManyWatches } from '../load/many-watches.js';
import type { Job, JobContext } from './job.js';

const WATCHES = 500;
const ROUNDS = 12;
const WRITES_A_ROUND = 150;
const EVENTS_TIMEOUT_MS = 20_000;
const INITIAL = 'watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';

interface Spent {
  ms: number;
  cpuUs: number;
}

/**
 * What many watches with selectors of their own cost those who write: changes in a namespace that is watched so, each of which one
 * watch is told of, against changes in a namespace that nobody watches. Both in turns, in one run.
 */
export const WATCH_SELECTORS: Job = {
  name: 'watch-selectors',
  about: `${WATCHES} watches with different selectors: time of a write against one without watches`,
  async run(context) {
    const { api, namespace, target } = context;
    const quiet = `${namespace}-quiet`;
    await api.must('POST', '/api/v1/namespaces', { metadata: { name: quiet } });
    const watches = new ManyWatches(target);
    try {
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      await watches.open(
        Array.from({ length: WATCHES }, (_, at) => `${path}?${INITIAL}&labelSelector=${selector(at)}`),
      );
      const watched = { ms: 0, cpuUs: 0 };
      const unwatched = { ms: 0, cpuUs: 0 };
      for (const each of [namespace, quiet]) await write(context, each, 0, WRITES_A_ROUND);
      for (let round = 1; round <= ROUNDS; round++) {
        await timed(context, unwatched, () => write(context, quiet, round, WRITES_A_ROUND));
        await timed(context, watched, () => write(context, namespace, round, WRITES_A_ROUND));
      }
      const wanted = WATCHES + (ROUNDS + 1) * WRITES_A_ROUND;
      const missing = wanted - (watches.count >= wanted ? wanted : await watches.until(wanted, EVENTS_TIMEOUT_MS));
      const notes = missing > 0 ? [`${missing} events did not come`] : [];
      if (unwatched.cpuUs > 0) notes.push(`${(watched.cpuUs / unwatched.cpuUs).toFixed(2)} times the CPU time`);
      return {
        value: watched.ms / unwatched.ms,
        unit: 'times',
        cpuUsPerRequest: watched.cpuUs / (ROUNDS * WRITES_A_ROUND),
        errors: missing,
        notes,
      };
    } finally {
      watches.close();
      await api.send('DELETE', `/api/v1/namespaces/${quiet}`);
    }
  },
};

/** Equality, sets and presence in turns. Every object fits one of them. */
function selector(at: number): string {
  const texts = [`part=p${at}`, `part in (p${at},q${at})`, `part,part notin (x,y),part=p${at}`];
  return encodeURIComponent(texts[at % texts.length] ?? '');
}

async function write({ api }: JobContext, namespace: string, round: number, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const part = `p${(round * count + at) % WATCHES}`;
    const metadata = { name: `m-${round}-${at}`, labels: { part } };
    await api.must('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata, data: { text: 'x'.repeat(700) } });
  }
}

async function timed({ cpuUs }: JobContext, spent: Spent, run: () => Promise<void>): Promise<void> {
  const cpu = cpuUs() ?? 0;
  const from = performance.now();
  await run();
  spent.ms += performance.now() - from;
  spent.cpuUs += (cpuUs() ?? 0) - cpu;
}
