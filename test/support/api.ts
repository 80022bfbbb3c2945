import { type CallOptions, call, type HttpReply } from './http-client.js';
import type { ServerProcess } from './server-process.js';

const ADMIN = { authorization: 'Bearer admin-token' };

/** One request as the administrator, JSON unless the options say otherwise. */
export function asAdmin(server: ServerProcess, path: string, options: CallOptions = {}): Promise<HttpReply> {
  const type: Record<string, string> = options.body === undefined ? {} : { 'content-type': 'application/json' };
  return call(`${server.url}${path}`, { ...options, headers: { ...ADMIN, ...type, ...options.headers } });
}

export interface StatusBody {
  readonly kind?: string;
  readonly status?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** The Status of an answer. @throws SyntaxError when it is no JSON */
export function statusOf({ body }: HttpReply): StatusBody {
  return JSON.parse(body) as StatusBody;
}
