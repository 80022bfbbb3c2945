import { internalError, StatusError } from '../../../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../../../apimachinery/meta/object.js';
import {
  type BackendRequest,
  type BackendWatchEvent,
  type ListRequest,
  WATCH_SECONDS,
  type WatchRequest,
} from '../../../../backend/protocol.js';
import { parseResourceVersion } from '../../../../registry/rest/resource-version.js';
import type { RestWatch, WatchEvent, WatchOptions, WatchSink } from '../../../../registry/rest/storage.js';
import type { MessageClient } from './message-client.js';
import { type RemoteList, readEvent } from './remote-answers.js';

/** A stream that has not ended this long after its time was over is dead. */
const OVERDUE_MS = 5_000;
/** Least time between two streams of one watch: a backend that ends them at once is not asked in circles. */
const STREAM_MS_MIN = 500;

export interface RemoteWatchParts {
  readonly client: MessageClient;
  readonly pattern: string;
  readonly message: BackendRequest;
  readonly list: (request: Omit<ListRequest, 'user' | 'namespace'>) => Promise<RemoteList>;
  readonly matches: (object: Readonly<KubeObject>) => boolean;
  /** Of the resource, for messages. */
  readonly name: string;
}

/**
 * One client's watch of a backend: one stream after the other, each from where the one before ended, so that a backend forgets
 * within {@link WATCH_SECONDS} a watch that nobody reads any more, whatever the transport.
 */
export class RemoteWatch implements RestWatch {
  private revision = 0;
  private stopped = false;
  private stopStream = (): void => {};
  private timer: NodeJS.Timeout | undefined;
  /** Keys that the client has seen: where the backend tells no object before a change, they tell what leaves the selection. */
  private readonly seen: Set<string> | undefined;

  constructor(
    private readonly parts: RemoteWatchParts,
    private readonly options: WatchOptions,
    private readonly sink: WatchSink,
  ) {
    const { labels, fields } = options;
    if (!labels.isEverything || !fields.isEverything) this.seen = new Set();
  }

  /** The newest revision that the client may go on from. */
  newestRevision(): number {
    return this.revision;
  }

  /** @throws StatusError where the state that the watch begins with cannot be had */
  async start(): Promise<this> {
    const wanted = parseResourceVersion(this.options.resourceVersion);
    const initial = this.options.sendInitialEvents ?? wanted === 0;
    if (initial || wanted === 0) await this.begin(initial);
    else this.revision = wanted;
    if (!this.stopped) this.follow();
    return this;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.stopStream();
  }

  private async begin(tell: boolean): Promise<void> {
    const { labels, fields } = this.options;
    const all = { limit: 0, continue: '', resourceVersion: '' };
    const list = await this.parts.list({ labelSelector: labels.toString(), fieldSelector: fields.toString(), ...all });
    this.revision = Number(list.resourceVersion);
    const items = list.items.filter(this.parts.matches);
    for (const item of items) this.seen?.add(keyOf(item));
    if (!tell) return;
    const events: WatchEvent[] = items.map((value) => ({
      type: 'ADDED',
      revision: Number(value.metadata.resourceVersion),
      object: undefined,
      value,
    }));
    if (this.options.sendInitialEvents === true && this.options.allowBookmarks) {
      events.push({ type: 'BOOKMARK', revision: this.revision, object: undefined, initialEventsEnd: true });
    }
    if (events.length > 0) this.sink.events(events);
  }

  private follow(): void {
    const { client, pattern, message } = this.parts;
    const { labels, fields } = this.options;
    const request: WatchRequest = {
      ...message,
      labelSelector: labels.toString(),
      fieldSelector: fields.toString(),
      resourceVersion: String(this.revision),
      seconds: WATCH_SECONDS,
    };
    const startedAt = performance.now();
    this.timer = setTimeout(() => this.end(), WATCH_SECONDS * 1000 + OVERDUE_MS);
    this.stopStream = client.stream(pattern, request, {
      next: (value) => this.receive(value),
      // A lost connection ends the watch: the client comes again with the last version that it saw.
      error: (error) => this.end(error instanceof StatusError ? error : undefined),
      complete: () => this.again(startedAt),
    });
  }

  private again(startedAt: number): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    const rest = STREAM_MS_MIN - (performance.now() - startedAt);
    if (rest <= 0) this.follow();
    else this.timer = setTimeout(() => this.follow(), rest);
  }

  private receive(value: unknown): void {
    const event = readEvent(value);
    if (event === undefined) {
      this.end(internalError(`the backend of ${this.parts.name} answered something that is no event to watch`));
      return;
    }
    this.revision = Math.max(this.revision, event.revision);
    if (event.type === 'BOOKMARK') return;
    const visible = this.seen === undefined ? event.type : this.visibleType(event, this.seen);
    if (visible === undefined) return;
    this.sink.events([{ type: visible, revision: event.revision, object: undefined, value: event.object }]);
  }

  /** How a change looks through the selectors; undefined: not at all. */
  private visibleType(
    { type, object, previous }: BackendWatchEvent,
    seen: Set<string>,
  ): 'ADDED' | 'MODIFIED' | 'DELETED' | undefined {
    const key = keyOf(object);
    const before = previous === undefined ? seen.has(key) : this.parts.matches(previous);
    const after = type !== 'DELETED' && this.parts.matches(object);
    if (after) seen.add(key);
    else seen.delete(key);
    if (after) return before ? 'MODIFIED' : 'ADDED';
    return before ? 'DELETED' : undefined;
  }

  private end(error?: Error): void {
    if (this.stopped) return;
    this.stop();
    this.sink.end(error);
  }
}

function keyOf({ metadata }: Readonly<KubeObject>): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}
