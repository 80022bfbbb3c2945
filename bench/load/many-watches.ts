import { type ClientHttp2Session, connect } from 'node:http2';
import { authorizationOf } from './clients.js';
import type { Target } from './plan.js';

const SESSIONS = 10;
const OPEN_TIMEOUT_MS = 20_000;
const NEWLINE = 10;

/** Many watches of one server over a few connections; counts the events that come. */
export class ManyWatches {
  private readonly sessions: ClientHttp2Session[] = [];
  private events = 0;
  private wanted: { count: number; resolve: () => void } | undefined;

  constructor(private readonly target: Target) {}

  /**
   * Resolves when every watch has told something: its paths have to be such that each begins with one event.
   * @throws Error where some tell nothing in time
   */
  async open(paths: readonly string[]): Promise<void> {
    const { url, cert, key } = this.target;
    for (let at = 0; at < SESSIONS; at++) {
      const session = connect(url, { rejectUnauthorized: false, ...(cert && key ? { cert, key } : {}) });
      session.on('error', () => {});
      this.sessions.push(session);
    }
    const allOpen = this.until(paths.length, OPEN_TIMEOUT_MS);
    paths.forEach((path, at) => {
      this.watch(this.sessions[at % SESSIONS], path);
    });
    if ((await allOpen) < paths.length) throw new Error(`only ${this.events} of ${paths.length} watches began`);
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

  get count(): number {
    return this.events;
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
