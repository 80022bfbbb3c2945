import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { type SeenEvent, seenEvent, type WireEvent } from './watch-history.js';

const RETRY_MS = 20;

export interface ResumingWatcherOptions {
  readonly url: string;
  /** Of the collection, without a question mark. */
  readonly path: string;
  /** Beside watch, revision and bookmarks. */
  readonly query: Record<string, string>;
  readonly resourceVersion: string;
  /** Cuts its own connection after at most so long; unset: leaves the end to the server. */
  readonly cutAfterMsMax?: number;
}

/** A client that goes on from the last revision it heard of, whatever becomes of its connections. */
export class ResumingWatcher {
  readonly events: SeenEvent[] = [];
  /** What a client must never see. */
  readonly faults: string[] = [];
  bookmarks = 0;
  connections = 0;
  last: number;
  private stopped = false;
  private hangUp: () => void = () => undefined;

  constructor(private readonly options: ResumingWatcherOptions) {
    this.last = Number(options.resourceVersion);
  }

  /** Resolves once it has been stopped. */
  async run(): Promise<void> {
    while (!this.stopped) {
      await this.connectOnce();
      await delay(RETRY_MS);
    }
  }

  stop(): void {
    this.stopped = true;
    this.hangUp();
  }

  private connectOnce(): Promise<void> {
    const { url, path, query, cutAfterMsMax } = this.options;
    const all = { watch: '1', allowWatchBookmarks: 'true', resourceVersion: String(this.last), ...query };
    const headers = { authorization: 'Bearer admin-token' };
    return new Promise((resolve) => {
      const target = `${url}${path}?${new URLSearchParams(all)}`;
      const sent = request(target, { agent: false, rejectUnauthorized: false, headers }, (response) => {
        if (response.statusCode !== 200) this.faults.push(`refused with ${response.statusCode}`);
        this.connections++;
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) this.take(JSON.parse(line) as WireEvent);
        });
        response.on('error', () => undefined);
        response.once('close', resolve);
      });
      sent.once('error', () => resolve());
      sent.once('close', resolve);
      this.hangUp = () => sent.destroy();
      if (cutAfterMsMax !== undefined) {
        const timer = setTimeout(this.hangUp, Math.random() * cutAfterMsMax);
        sent.once('close', () => clearTimeout(timer));
      }
      sent.end();
    });
  }

  private take(wire: WireEvent): void {
    if (this.stopped) return;
    if (wire.type === 'ERROR') {
      this.faults.push(`error: ${JSON.stringify(wire.object)}`);
      return;
    }
    const revision = Number(wire.object.metadata.resourceVersion);
    if (wire.type === 'BOOKMARK') {
      this.bookmarks++;
      if (revision < this.last) this.faults.push(`a bookmark of ${revision} after ${this.last}`);
    } else {
      if (revision <= this.last) this.faults.push(`an event of ${revision} after ${this.last}`);
      this.events.push(seenEvent(wire));
    }
    this.last = Math.max(this.last, revision);
  }
}
