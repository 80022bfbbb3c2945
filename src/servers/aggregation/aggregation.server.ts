import { AggregationTarget } from '../../delegation/chain.js';
import { NotServed } from '../../delegation/not-served.js';
import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import type { ApiDocuments } from './api-documents.js';
import type { ApiServiceEntry, ApiServiceTable } from './api-service-table.js';
import type { Backend, BackendAnswer } from './backends/backend.js';
import { BackendError, discard } from './backends/backend.js';
import { answerHeaders, backendHeaders } from './identity-headers.js';

/** How long a backend may take to begin its answer to a request that is not a watch. */
const HEADERS_TIMEOUT_MS = 60_000;
const REDIRECT_TEXT = 'the backend attempted to redirect this request, which is not permitted';

/**
 * The first server of the chain: a group version whose APIService names a Service is answered by that service; everything else goes
 * down the chain.
 */
export class AggregationServer extends AggregationTarget {
  constructor(
    private readonly services: ApiServiceTable,
    private readonly documents: ApiDocuments,
  ) {
    super();
  }

  /** @throws NotServed for local and unknown group versions */
  override handle(request: ApiRequest): Promise<Answer> | Answer {
    const entry = this.services.hasRemote ? this.find(request.path) : undefined;
    if (entry?.backend === undefined) {
      const document = request.info.isResourceRequest ? undefined : this.documents.handle(request);
      if (document === undefined) throw NotServed;
      return document;
    }
    if (!entry.available) return textAnswer(503, 'service unavailable\n');
    return entry.backend.serve?.(request) ?? proxy(request, entry.backend);
  }

  /** `/apis/GROUP/VERSION[/...]`; `/api/v1` may be given away too. */
  private find(path: string): ApiServiceEntry | undefined {
    const [, prefix, first = '', second = ''] = path.split('/', 4);
    if (prefix === 'apis') return second === '' ? undefined : this.services.lookup(first, second);
    return prefix === 'api' && first !== '' ? this.services.lookup('', first) : undefined;
  }
}

async function proxy(request: ApiRequest, backend: Backend): Promise<Answer> {
  const { method, url, headers, info, context } = request;
  const long = info.verb === 'watch' || info.verb === 'proxy' || info.verb === 'connect';
  try {
    const answer = await backend.send({
      method,
      url,
      headers: backendHeaders(headers, request.user, request.remoteAddress),
      body: hasBody(headers) ? request.stream() : undefined,
      headersTimeoutMs: long ? 0 : HEADERS_TIMEOUT_MS,
      ...(context.signal && { signal: context.signal }),
    });
    return passOn(answer);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const text = error.unresolved ? 'service unavailable' : `error trying to reach service: ${error.message}`;
    return textAnswer(503, `${text}\n`);
  }
}

function passOn(answer: BackendAnswer): Answer {
  const redirects = answer.status >= 300 && answer.status <= 399 && answer.headers['location'] !== undefined;
  if (redirects) {
    discard(answer.body);
    return textAnswer(502, REDIRECT_TEXT);
  }
  return {
    type: 'pipe',
    status: answer.status,
    headers: answerHeaders(answer.headers, answer.origin),
    body: answer.body,
  };
}

function hasBody(headers: ApiRequest['headers']): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function textAnswer(status: number, text: string): Answer {
  return {
    type: 'bytes',
    status,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff' },
    body: Buffer.from(text),
  };
}
