import type { OutgoingAnswer } from '../../client/http/transport.js';
import { AggregationTarget } from '../../delegation/chain.js';
import { NotServed } from '../../delegation/not-served.js';
import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import { answeredHeaders, type HeaderForwarding } from '../../endpoints/proxy/forwarded-headers.js';
import type { ServedGroups } from '../../endpoints/served-groups.js';
import type { ApiDocuments } from './api-documents.js';
import type { ApiServiceEntry, ApiServiceTable } from './api-service-table.js';
import type { Backend, BackendAnswer } from './backends/backend.js';
import { BackendError, discard } from './backends/backend.js';
import { answerHeaders, backendHeaders } from './identity-headers.js';

/** How long a backend may take to begin to tell what a version has; clients ask every group before they do anything. */
const DISCOVERY_TIMEOUT_MS = 5_000;
const REDIRECT_TEXT = 'the backend attempted to redirect this request, which is not permitted';

/**
 * The first server of the chain: a group version whose APIService names a Service is answered by that service; everything else goes
 * down the chain.
 */
export class AggregationServer extends AggregationTarget {
  constructor(
    private readonly services: ApiServiceTable,
    private readonly documents: ApiDocuments,
    private readonly groups: ServedGroups,
    private readonly forwarding: HeaderForwarding,
  ) {
    super();
  }

  /** @throws NotServed for local and unknown group versions */
  override handle(request: ApiRequest): Promise<Answer> | Answer {
    if (!this.groups.hasPath(request.path)) return textAnswer(404, '404 page not found\n');
    const entry = this.services.hasRemote ? this.find(request.path) : undefined;
    if (entry?.backend === undefined) {
      const document = request.info.isResourceRequest ? undefined : this.documents.handle(request);
      if (document === undefined) throw NotServed;
      return document;
    }
    if (!entry.available) return textAnswer(503, 'service unavailable\n');
    return entry.backend.serve?.(request) ?? proxy(request, entry.backend, this.forwarding);
  }

  /** `/apis/GROUP/VERSION[/...]`; `/api/v1` may be given away too. */
  private find(path: string): ApiServiceEntry | undefined {
    const [, prefix, first = '', second = ''] = path.split('/', 4);
    if (prefix === 'apis') return second === '' ? undefined : this.services.lookup(first, second);
    return prefix === 'api' && first !== '' ? this.services.lookup('', first) : undefined;
  }
}

/** A request that is not long-running has the server's own time limit; its signal ends the backend's part of it too. */
async function proxy(request: ApiRequest, backend: Backend, forwarding: HeaderForwarding): Promise<Answer> {
  const { method, url, context } = request;
  const outgoing = {
    method,
    url,
    headers: backendHeaders(request, forwarding),
    body: request.hasBody ? request.stream() : undefined,
    headersTimeoutMs: isVersionDocument(request) ? DISCOVERY_TIMEOUT_MS : 0,
    ...(context.signal && { signal: context.signal }),
  };
  try {
    if (request.upgrade !== '' && backend.upgrade !== undefined) {
      return upgraded(await backend.upgrade(outgoing, request.upgrade));
    }
    return passOn(await backend.send(outgoing));
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (error.unresolved) return textAnswer(503, 'service unavailable\n');
    const lead = request.upgrade === '' ? 'error trying to reach service: ' : '';
    return textAnswer(503, `${lead}${error.message}\n`);
  }
}

/** `/apis/GROUP/VERSION` itself. */
function isVersionDocument({ info }: ApiRequest): boolean {
  return !info.isResourceRequest && info.path.replace(/^\/+|\/+$/g, '').split('/').length === 3;
}

function upgraded(answer: OutgoingAnswer): Answer {
  if (answer.type === 'upgrade') return { ...answer, status: 101 };
  const { status, headers, body } = answer;
  if (status >= 400) return { type: 'pipe', status, headers: answeredHeaders(headers), body };
  discard(body);
  return textAnswer(503, `invalid upgrade response: status code ${status}\n`);
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

function textAnswer(status: number, text: string): Answer {
  return {
    type: 'bytes',
    status,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff' },
    body: Buffer.from(text),
  };
}
