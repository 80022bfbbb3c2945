import type { Readable } from 'node:stream';
import type { UserInfo } from '../apimachinery/meta/user-info.js';
import type { RestContext } from '../registry/rest/context.js';
import type { RequestInfo } from './request-info.js';

/** An HTTP request after the filters, as the chain's servers see it; knows nothing of Fastify. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query exactly as sent (keeps %2F). */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** For REST storages: user, namespace, warnings, signal. */
  readonly context: RestContext;
  /** The whole body; empty where there is none. Bounded by the body limit. */
  body(): Promise<Buffer> | Buffer;
  /** The body as it comes, for proxies that do not buffer. */
  stream(): Readable;
  /** Whether a body comes with it, of a length told or not. */
  readonly hasBody: boolean;
  /** The protocol that an HTTP/1.1 client asks to change to (`Upgrade`); '' where it does not. */
  readonly upgrade: string;
  /** Of this request in every log: the client's own, or made up. */
  readonly auditId: string;
  /** Remote address, for audit and X-Forwarded-For. */
  readonly remoteAddress: string;
  /** Milliseconds since the epoch at which the request arrived. */
  readonly receivedAt: number;
}
