import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { badRequest } from '../apimachinery/errors/status-error.js';
import type { UserInfo } from '../apimachinery/meta/user-info.js';
import { DurationError, parseDuration } from '../apimachinery/runtime/duration.js';
import type { ApiRequest } from '../endpoints/api-request.js';
import { type RequestInfo, resolveRequestInfo } from '../endpoints/request-info.js';
import { ClientGone } from './client-gone.js';
import { Http2Request } from './http2-messages.js';
import type { RawRequest, RawResponse } from './raw.js';
import { RequestBody } from './request-body.js';
import { Warnings } from './warnings.js';

/** What exchanges share. Sizes in bytes. */
export interface ExchangeLimits {
  readonly bodySizeBytesMax: number;
}

const NOBODY: UserInfo = { name: '', uid: '', groups: [], extra: {} };
const NO_QUERY = new URLSearchParams();
/** Longer values of a client's Audit-ID header are replaced. */
const AUDIT_ID_CHARS_MAX = 64;

/**
 * One request and its answer: the chain's view of it (ApiRequest and RestContext in one object, as each request has exactly
 * one of each) and what the HTTP layer keeps beside it. What few requests need is made when it is asked for.
 */
export class Exchange implements ApiRequest {
  readonly url: string;
  readonly path: string;
  readonly method: string;
  readonly receivedAt = Date.now();
  /** Set by the guards. */
  user: UserInfo = NOBODY;
  /** Status of the answer once it has been given; 0 before. */
  answeredStatus = 0;
  /** Bytes of the answer's body that were handed to the socket. */
  answeredBytes = 0;
  /** The user who asked to be somebody else, for audit. */
  impersonator: UserInfo | undefined;

  private readonly queryAt: number;
  private parsedQuery: URLSearchParams | undefined;
  private resolvedInfo: RequestInfo | undefined;
  private bodyReader: RequestBody | undefined;
  private warningList: Warnings | undefined;
  private abortController: AbortController | undefined;
  private abortReason: Error | undefined;
  private knownAuditId: string | undefined;
  private auditNotes: Map<string, string> | undefined;

  constructor(
    readonly raw: RawRequest,
    readonly response: RawResponse,
    private readonly limits: ExchangeLimits,
  ) {
    const url = raw.url ?? '/';
    this.url = url;
    this.method = raw.method ?? 'GET';
    this.queryAt = url.indexOf('?');
    this.path = decodePath(this.queryAt < 0 ? url : url.slice(0, this.queryAt));
  }

  get headers(): Readonly<Record<string, string | string[] | undefined>> {
    return this.raw.headers;
  }

  /** The object itself: RestContext's fields are its own. */
  get context(): this {
    return this;
  }

  get info(): RequestInfo {
    this.resolvedInfo ??= resolveRequestInfo(this.method, this.path, () => this.query);
    return this.resolvedInfo;
  }

  get namespace(): string {
    return this.info.namespace;
  }

  get query(): URLSearchParams {
    if (this.queryAt < 0) return NO_QUERY;
    this.parsedQuery ??= new URLSearchParams(readableQuery(this.url.slice(this.queryAt + 1)));
    return this.parsedQuery;
  }

  /**
   * How long the client gives the answer, in ms; undefined where it does not say, says none, or watches.
   * @throws StatusError 400 for what is no duration of Go's
   */
  get requestedTimeoutMs(): number | undefined {
    if (this.queryAt < 0 || !this.url.includes('timeout=', this.queryAt) || this.isLongRunning) return undefined;
    const given = this.query.get('timeout');
    if (given === null || given === '') return undefined;
    const ms = timeoutOf(given);
    return ms > 0 ? ms : undefined;
  }

  get remoteAddress(): string {
    return this.raw.socket?.remoteAddress ?? '';
  }

  get hasBody(): boolean {
    if (this.raw instanceof Http2Request) return !this.raw.stream.endAfterHeaders;
    const { 'content-length': length, 'transfer-encoding': encoding } = this.raw.headers;
    return encoding !== undefined || (length !== undefined && length !== '0');
  }

  get upgrade(): string {
    const { connection, upgrade } = this.raw.headers;
    if (upgrade === undefined || this.raw.httpVersionMajor !== 1) return '';
    return connection?.toLowerCase().includes('upgrade') === true ? upgrade : '';
  }

  get auditId(): string {
    if (this.knownAuditId === undefined) {
      const given = this.raw.headers['audit-id'];
      this.knownAuditId =
        typeof given === 'string' && given !== '' && given.length <= AUDIT_ID_CHARS_MAX ? given : randomUUID();
    }
    return this.knownAuditId;
  }

  /** Watches and streams, which no request timeout ends. */
  get isLongRunning(): boolean {
    const { verb, subresource } = this.info;
    return verb === 'watch' || verb === 'proxy' || LONG_RUNNING_SUBRESOURCES.has(subresource);
  }

  get signal(): AbortSignal {
    if (this.abortController === undefined) {
      this.abortController = new AbortController();
      if (this.abortReason !== undefined) this.abortController.abort(this.abortReason);
      else this.response.once('close', () => this.abortUnlessAnswered());
    }
    return this.abortController.signal;
  }

  get warnings(): readonly string[] {
    return this.warningList?.headers() ?? [];
  }

  get annotations(): ReadonlyMap<string, string> {
    return this.auditNotes ?? NO_ANNOTATIONS;
  }

  warn(text: string): void {
    this.warningList ??= new Warnings();
    this.warningList.add(text);
  }

  annotate(key: string, value: string): void {
    this.auditNotes ??= new Map();
    this.auditNotes.set(key, value);
  }

  body(): Promise<Buffer> | Buffer {
    return this.reader().whole();
  }

  stream(): Readable {
    return this.reader().stream();
  }

  /** The client has gone or the deadline has passed: whoever holds the signal stops. */
  abort(reason: Error): void {
    this.abortReason ??= reason;
    this.abortController?.abort(reason);
    this.bodyReader?.abort(reason);
  }

  private abortUnlessAnswered(): void {
    const { response } = this;
    const out = 'stream' in response ? response.stream : response;
    if (!out.writableFinished) this.abort(new ClientGone('the client has gone'));
  }

  private reader(): RequestBody {
    this.bodyReader ??= new RequestBody(this.raw, this.limits.bodySizeBytesMax);
    return this.bodyReader;
  }
}

const NO_ANNOTATIONS: ReadonlyMap<string, string> = new Map();
const LONG_RUNNING_SUBRESOURCES: ReadonlySet<string> = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Semicolons and escapes that are none: Go's parser leaves out the parameters that have them. */
const UNREADABLE = /;|%(?![0-9A-Fa-f]{2})/;

function readableQuery(query: string): string {
  if (!UNREADABLE.test(query)) return query;
  return query
    .split('&')
    .filter((pair) => !UNREADABLE.test(pair))
    .join('&');
}

const NANOSECONDS_PER_MS = 1e6;

function timeoutOf(text: string): number {
  try {
    return Number(parseDuration(text)) / NANOSECONDS_PER_MS;
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`);
  }
}

/** Percent-decoding as net/url does it; what is no UTF-8 becomes U+FFFD. The router has refused what is no URL at all. */
function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
