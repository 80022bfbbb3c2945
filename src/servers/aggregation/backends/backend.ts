import type { Readable } from 'node:stream';
import type { OutgoingAnswer } from '../../../client/http/transport.js';
import type { Answer } from '../../../endpoints/answer.js';
import type { ApiRequest } from '../../../endpoints/api-request.js';
import type { RequestHeaders } from '../identity-headers.js';

export interface BackendRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: RequestHeaders;
  /** Undefined where the request has no body. */
  readonly body: Readable | undefined;
  readonly signal?: AbortSignal;
  /** How long the first byte of the answer may take; 0: as long as it likes. */
  readonly headersTimeoutMs: number;
}

export interface BackendAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The caller reads or destroys it. */
  readonly body: Readable;
  /** Where the answer came from, for relative Locations. */
  readonly origin: string;
}

/** No answer came: the text tells why, as kube-apiserver's client would put it. */
export class BackendError extends Error {
  constructor(
    message: string,
    readonly unresolved = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BackendError';
  }
}

/**
 * A server outside that serves an API group/version: over HTTPS, or by whatever transport a later kind of backend brings.
 * One per APIService; closed when the APIService changes or goes.
 */
export abstract class Backend {
  /** URL that messages name for a path. @throws BackendError where the service has no address */
  abstract urlOf(path: string): string;

  /** Answers a request itself; absent where requests are passed on. @throws StatusError */
  serve?(request: ApiRequest): Promise<Answer> | Answer;

  /** Passes a request on; redirects are never followed. @throws BackendError where there is no answer */
  abstract send(request: BackendRequest): Promise<BackendAnswer>;

  /**
   * Passes on a request to change protocols (`websocket`, `SPDY/3.1`); absent where the transport has no such thing, and then the
   * request is sent like any other. @throws BackendError where there is no answer
   */
  upgrade?(request: BackendRequest, protocol: string): Promise<OutgoingAnswer>;

  abstract close(): Promise<void>;
}

/** Gives up an answer's body: destroying one that is still coming reports an error that nobody waits for. */
export function discard(body: Readable): void {
  body.on('error', () => {}).destroy();
}
