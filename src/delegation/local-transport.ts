import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { JsonObject } from '../apimachinery/meta/json.js';
import { LOOPBACK_USER } from '../apimachinery/meta/user-info.js';
import { ApiTransport, type TransportRequest } from '../client/api-transport.js';
import { statusErrorOf } from '../client/resource-client.js';
import type { Answer } from '../endpoints/answer.js';
import type { ApiRequest } from '../endpoints/api-request.js';
import { resolveRequestInfo } from '../endpoints/request-info.js';
import type { DelegationTarget } from './delegation-target.js';
import type { EndOfChain } from './end-of-chain.js';
import { LineQueue } from './line-queue.js';
import { NotServed } from './not-served.js';

/**
 * Requests of the same process: the chain is asked as the interceptors ask it, with no socket, no guards and no encoding but JSON.
 * Everything is done as `system:apiserver`.
 */
export class LocalTransport extends ApiTransport {
  private readonly streams = new Set<LineQueue>();
  private closed = false;

  /** @param targets in the order of the chain */
  constructor(
    private readonly targets: readonly DelegationTarget[],
    private readonly end: EndOfChain,
  ) {
    super();
  }

  override async send(request: TransportRequest): Promise<unknown> {
    const answer = await this.ask(request);
    if (answer.type === 'stream' || answer.type === 'upgrade')
      throw new TypeError(`${request.method} ${request.url} goes on: stream it`);
    const text = (answer.type === 'pipe' ? await readAll(answer.body) : wholeBody(answer.body)).toString();
    if (answer.status >= 400) throw statusErrorOf(statusFrom(text, answer.status));
    return text === '' ? undefined : JSON.parse(text);
  }

  override async *stream(request: TransportRequest): AsyncGenerator<string, void, undefined> {
    const { signal } = request;
    if (this.closed || signal?.aborted === true) return;
    const answer = await this.ask(request);
    const lines = new LineQueue();
    const stop = (): void => lines.end();
    this.streams.add(lines);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      if (answer.type === 'stream') answer.start(lines);
      else if (answer.type === 'pipe') pump(answer.body, lines);
      else throw new TypeError(`${request.method} ${request.url} answers at once: send it`);
      yield* lines;
    } finally {
      lines.end();
      signal?.removeEventListener('abort', stop);
      this.streams.delete(lines);
    }
  }

  /** Ends what is open; later streams end at once. */
  close(): void {
    this.closed = true;
    for (const lines of this.streams) lines.end();
  }

  private async ask(request: TransportRequest): Promise<Answer> {
    const local = localRequest(request);
    for (const target of this.targets) {
      try {
        return await target.handle(local);
      } catch (error) {
        if (error !== NotServed) throw error;
      }
    }
    return this.end.handle(local);
  }
}

function localRequest({ method, url, body = '', contentType, signal }: TransportRequest): ApiRequest {
  const [path = '', query = ''] = url.split('?', 2);
  const decoded = decodeURIComponent(path);
  const params = new URLSearchParams(query);
  const bytes = Buffer.from(body);
  const info = resolveRequestInfo(method, decoded, () => params);
  return {
    method,
    url,
    path: decoded,
    query: params,
    headers: {
      accept: 'application/json',
      'user-agent': 'kubenest',
      ...(contentType !== undefined && { 'content-type': contentType, 'content-length': String(bytes.length) }),
    },
    info,
    user: LOOPBACK_USER,
    context: {
      user: LOOPBACK_USER,
      namespace: info.namespace,
      warn: () => {},
      annotate: () => {},
      ...(signal && { signal }),
    },
    body: () => bytes,
    stream: () => Readable.from([bytes]),
    hasBody: bytes.length > 0,
    upgrade: '',
    auditId: randomUUID(),
    remoteAddress: '127.0.0.1',
    receivedAt: Date.now(),
  };
}

function wholeBody(body: Extract<Answer, { type: 'bytes' }>['body']): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (Array.isArray(body)) return Buffer.concat(body);
  const slices: Buffer[] = [];
  // A slice may be overwritten when the next is asked for.
  for (const slice of (body as { chunks(): Iterable<Buffer> }).chunks()) slices.push(Buffer.from(slice));
  return Buffer.concat(slices);
}

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function pump(body: Readable, lines: LineQueue): void {
  body.on('data', (chunk: Buffer) => lines.write(chunk));
  body.once('close', () => lines.end());
  lines.onClose(() => body.destroy());
}

/** Servers behind the aggregation layer may answer with plain text. */
function statusFrom(text: string, code: number): JsonObject {
  try {
    const value = JSON.parse(text) as JsonObject;
    if (value['kind'] === 'Status') return value;
  } catch {
    // Told as it is.
  }
  return { code, reason: '', message: text.trim() };
}
