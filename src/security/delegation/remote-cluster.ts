import { Agent, type Dispatcher } from 'undici';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import type { ClusterAccess } from './kubeconfig.js';

/** Named limit: how long one request to the other server may take. */
export const REMOTE_TIMEOUT_MS = 10_000;
/** Named limit: bytes of one answer of the other server. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const CONNECTIONS_MAX = 64;
/** Tries of one request that the other server did not answer, and the rest between them. */
const ATTEMPTS_MAX = 3;
const RETRY_MS = 200;

/** The other server refused, or did not answer. */
export class RemoteClusterError extends Error {
  constructor(
    message: string,
    /** Of its answer; 0 where there was none. */
    readonly code: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'RemoteClusterError';
  }
}

/** The API server that this one asks who users are and what they may do: the one in front of it. */
export class RemoteCluster {
  private readonly agent: Agent;

  constructor(private readonly access: ClusterAccess) {
    const { ca, cert, key, insecure, serverName } = access;
    this.agent = new Agent({
      connections: CONNECTIONS_MAX,
      headersTimeout: REMOTE_TIMEOUT_MS,
      bodyTimeout: REMOTE_TIMEOUT_MS,
      maxResponseSize: ANSWER_BYTES_MAX,
      connect: {
        timeout: REMOTE_TIMEOUT_MS,
        rejectUnauthorized: !insecure,
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert, key }),
        ...(serverName !== undefined && { servername: serverName }),
      },
    });
  }

  /** @throws RemoteClusterError */
  get(path: string): Promise<JsonObject> {
    return this.send('GET', path);
  }

  /** Reviews change nothing, so they may be sent again. @throws RemoteClusterError */
  review(path: string, body: JsonObject): Promise<JsonObject> {
    return this.send('POST', path, body);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async send(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<JsonObject> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.sendOnce(method, path, body);
      } catch (error) {
        const { code } = error as { code?: unknown };
        const again = !(error instanceof RemoteClusterError) || code === 429 || (Number(code) >= 500 && code !== 501);
        if (!again || attempt >= ATTEMPTS_MAX) throw asRemoteError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
      }
    }
  }

  private async sendOnce(method: Dispatcher.HttpMethod, path: string, body?: JsonObject): Promise<JsonObject> {
    const token = this.access.token();
    const { origin, pathname } = new URL(this.access.server);
    const answer = await this.agent.request({
      origin,
      path: pathname === '/' ? path : pathname + path,
      method,
      headers: {
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new RemoteClusterError(messageOf(text, answer.statusCode), answer.statusCode);
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) throw new RemoteClusterError(`it answered ${method} ${path} with no object`, 0);
    return value;
  }
}

/** The message of a Status, where it is one. */
function messageOf(text: string, code: number): string {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value) && typeof value['message'] === 'string') return value['message'];
  } catch {
    // No Status: the code tells enough.
  }
  return `it answered with status ${code}`;
}

function asRemoteError(error: unknown): RemoteClusterError {
  if (error instanceof RemoteClusterError) return error;
  return new RemoteClusterError(error instanceof Error ? error.message : String(error), 0, { cause: error });
}
