/** A request as a client makes it. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query. */
  readonly url: string;
  readonly contentType?: string;
  /** JSON text. */
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Carries requests to an API server. Failures that the server answers with are thrown as StatusErrors. */
export abstract class ApiTransport {
  /** The body of a successful answer, parsed from JSON. @throws StatusError */
  abstract send(request: TransportRequest): Promise<unknown>;

  /** The lines of an answer that goes on (a watch), until it ends or `signal` aborts. @throws StatusError */
  abstract stream(request: TransportRequest): AsyncGenerator<string, void, undefined>;
}
