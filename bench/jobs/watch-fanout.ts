import { type ClientHttp2Session, connect } from 'node:http2';
import { authorizationOf } from '../load/clients.js';
import type { Target } from '../load/plan.js';
import type { Job, JobContext } from './job.js';
import { configMap } from './objects.js';

const WATCHES = 500;
const SESSIONS = 10;
const CHANGES = 200;
const OPEN_TIMEOUT_MS = 20_000;
const EVENTS_TIMEOUT_MS = 60_000;
const NEWLINE = 10;

/** Events that reach many watches of one object, which is changed as fast as one client can. */
export const WATCH_FANOUT: Job = {
  name: 'watch-fanout',
  about: `${WATCHES} watches, ${CHANGES} changes`,
  async run(context) {
    const { api, namespace } = context;
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await api.must('POST', path, configMap(namespace, 'watched'));
    const watches = new Watches(context);
    try {
      await watches.open(`${path}?watch=1&fieldSelector=metadata.name%3Dwatched`);
      const from = performance.now();
      const allSeen = watches.until(WATCHES * (CHANGES + 1), EVENTS_TIMEOUT_MS);
      for (let n = 0; n < CHANGES; n++) {
        await api.must('PUT', `${path}/watched`, configMap(namespace, 'watched').replace('{n}', String(n)));
      }
      const seen = (await allSeen) - WATCHES;
      const seconds = (performance.now() - from) / 1_000;
      const missing = WATCHES * CHANGES - seen;
      const notes = missing > 0 ? [`${missing} events did not come`] : [];
      return { value: seen / seconds, unit: '/s', errors: missing, notes };
    } finally {
      watches.close();
    }
  },
};

class Watches {
  private readonly sessions: ClientHttp2Session[] = [];
  private readonly target: Target;
  private events = 0;
  private wanted: { count: number; resolve: () => void } | undefined;

  constructor({ target }: JobContext) {
    this.target = target;
  }

  /** Resolves when every watch has shown the object as it is. */
  async open(path: string): Promise<void> {
    const { url, cert, key } = this.target;
    for (let at = 0; at < SESSIONS; at++) {
      const session = connect(url, { rejectUnauthorized: false, ...(cert && key ? { cert, key } : {}) });
      session.on('error', () => {});
      this.sessions.push(session);
    }
    const allOpen = this.until(WATCHES, OPEN_TIMEOUT_MS);
    for (let at = 0; at < WATCHES; at++) this.watch(this.sessions[at % SESSIONS], path);
    if ((await allOpen) < WATCHES) throw new Error(`only ${this.events} of ${WATCHES} watches told of the object`);
  }

  /** Resolves to how many events there were when they were enough, or the time was up. */
  until(count: number, timeoutMs: number): Promise<number> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wanted = undefined;
        resolve(this.events);
      };
      const timer = setTimeout(done, timeoutMs);
      this.wanted = { count, resolve: done };
    });
  }

  close(): void {
    for (const session of this.sessions) session.destroy();
  }

  private watch(session: ClientHttp2Session | undefined, path: string): void {
    const stream = session?.request({ ':path': path, ...authorizationOf(this.target) });
    stream?.on('error', () => {});
    stream?.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) this.events++;
      if (this.wanted !== undefined && this.events >= this.wanted.count) this.wanted.resolve();
    });
  }
}
