import { internalError, StatusError } from '../../apimachinery/errors/status-error.js';
import { validateListOptions } from '../../registry/rest/list-options.js';
import { parseResourceVersion } from '../../registry/rest/resource-version.js';
import type { RestWatch, WatchEvent, WatchOptions, WatchSink } from '../../registry/rest/storage.js';
import type { Answer, StreamSink } from '../answer.js';
import { CUSTOM_RESOURCE_ENDPOINT, LIST_ENDPOINT, negotiateWatch, watchContentType, withCbor } from '../negotiation.js';
import { type ListQuery, parseListQuery } from '../query-options.js';
import type { RequestScope } from '../request-scope.js';
import { WatchEncoder } from '../watch-encoder.js';
import type { HandlerEnvironment } from './handler-environment.js';
import { headerOf } from './headers.js';
import { compileSelectors } from './selectors.js';

/** A bookmark is sent this long before a watch ends by its timeout, so that the client can go on from there. */
const LAST_BOOKMARK_BEFORE_END_MS = 2000;

/** GET of a collection with watch: a stream of events until the client, the timeout or the server ends it. */
export async function handleWatch(scope: RequestScope, env: HandlerEnvironment): Promise<Answer> {
  const { request, storage } = scope;
  const query = parseListQuery(request.query, true);
  const endpoint = scope.definition.custom ? CUSTOM_RESOURCE_ENDPOINT : LIST_ENDPOINT;
  const output = negotiateWatch(headerOf(request, 'accept'), withCbor(endpoint, scope.cbor));
  const options = watchOptions(scope, query);
  const session = new WatchSession(new WatchEncoder(scope, output), env, query);
  session.watch = await storage.watch!(request.context, options, session);
  return {
    type: 'stream',
    status: 200,
    contentType: watchContentType(output.mediaType),
    start: (sink) => session.attach(sink),
  };
}

/** @throws StatusError 400, 422, 500 */
function watchOptions(scope: RequestScope, query: ListQuery): WatchOptions {
  validateListOptions(query);
  const selectors = compileSelectors(scope, query);
  parseResourceVersion(query.resourceVersion);
  return {
    ...selectors,
    resourceVersion: query.resourceVersion,
    resourceVersionMatch: query.resourceVersionMatch as WatchOptions['resourceVersionMatch'],
    allowBookmarks: query.allowWatchBookmarks,
    sendInitialEvents: query.sendInitialEvents,
  };
}

/** One client's watch: takes events as they come, writes frames, ends when it should. */
class WatchSession implements WatchSink {
  watch: RestWatch | undefined;
  private sink: StreamSink | undefined;
  /** What arrived before the answer's head was sent. */
  private early: Buffer[] = [];
  /** Set while conversions run, so that frames keep their order. */
  private queue: Promise<void> | undefined;
  private readonly timers: NodeJS.Timeout[] = [];
  private ended = false;

  constructor(
    private readonly encoder: WatchEncoder,
    private readonly env: HandlerEnvironment,
    private readonly query: ListQuery,
  ) {}

  attach(sink: StreamSink): void {
    this.sink = sink;
    sink.onClose(() => this.stop());
    for (const chunk of this.early) this.write(chunk);
    this.early = [];
    if (this.ended) {
      sink.end();
      return;
    }
    this.startTimers();
  }

  events(events: readonly WatchEvent[]): void {
    if (this.ended) return;
    const frames = this.encoder.encode(events);
    if (frames instanceof Promise || this.queue !== undefined) this.enqueue(frames);
    else this.write(frames);
  }

  end(error?: Error): void {
    if (this.ended) return;
    const finish = () => {
      if (error !== undefined) this.write(this.encoder.error(statusOf(error)));
      this.stop();
      this.sink?.end();
    };
    if (this.queue === undefined) finish();
    else this.queue = this.queue.then(finish);
  }

  private enqueue(frames: Buffer | Promise<Buffer>): void {
    const turn = (this.queue ?? Promise.resolve())
      .then(() => frames)
      .then((chunk) => this.write(chunk))
      .catch((error: Error) => {
        this.queue = undefined;
        this.end(error);
      })
      .then(() => {
        if (this.queue === turn) this.queue = undefined;
      });
    this.queue = turn;
  }

  private write(chunk: Buffer): void {
    if (this.sink === undefined) this.early.push(chunk);
    else if (this.sink.write(chunk) > this.env.watchQueueBytesMax) {
      // Too slow: the client has to start again from what it has seen. Others are not kept waiting.
      this.stop();
      this.sink.end();
    }
  }

  private startTimers(): void {
    const { env, query } = this;
    const timeoutMs =
      query.timeoutSeconds !== undefined && query.timeoutSeconds > 0
        ? query.timeoutSeconds * 1000
        : env.minRequestTimeoutMs * (1 + env.random());
    this.timers.push(setTimeout(() => this.end(), timeoutMs));
    if (!query.allowWatchBookmarks) return;
    this.timers.push(setInterval(() => this.bookmark(), env.bookmarkIntervalMs));
    const last = timeoutMs - LAST_BOOKMARK_BEFORE_END_MS;
    if (last > 0) this.timers.push(setTimeout(() => this.bookmark(), last));
  }

  private bookmark(): void {
    const revision = this.watch?.newestRevision?.() ?? this.env.newestRevision();
    this.events([{ type: 'BOOKMARK', revision, object: undefined }]);
  }

  private stop(): void {
    this.ended = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.watch?.stop();
  }
}

function statusOf(error: Error) {
  return (error instanceof StatusError ? error : internalError(error.message)).toStatus();
}
