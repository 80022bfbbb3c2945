import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import type { ClusterAccess } from './kubeconfig.js';

/** Named limit: how long one request to the other server may take, from the connection to the last byte of the answer. */
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
      keepAlive: true,
      maxSockets: CONNECTIONS_MAX,
      rejectUnauthorized: !insecure,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert, key }),
      ...(serverName !== undefined && { servername: serverName }),
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

  /** Requests that are under way fail. */
  async close(): Promise<void> {
    this.agent.destroy();
  }

  private async send(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<JsonObject> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.sendOnce(method, path, body);
      } catch (error) {
        const failure = asRemoteError(error);
        if (!isPassing(failure) || attempt >= ATTEMPTS_MAX) throw failure;
        await delay(RETRY_MS * attempt);
      }
    }
  }

  private async sendOnce(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<JsonObject> {
    const token = this.access.token();
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const signal = AbortSignal.timeout(REMOTE_TIMEOUT_MS);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        accept: 'application/json',
        ...(text && { 'content-type': 'application/json', 'content-length': text.length }),
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      };
      const sent = request(`${this.access.server}${path}`, { method, headers, agent: this.agent, signal }, resolve);
      sent.once('error', reject);
      sent.end(text);
    });
    const { statusCode = 0 } = answer;
    const read = await readAll(answer);
    if (statusCode < 200 || statusCode > 299) throw new RemoteClusterError(messageOf(read, statusCode), statusCode);
    const value: unknown = JSON.parse(read);
    if (!isJsonObject(value)) throw new RemoteClusterError(`it answered ${method} ${path} with no object`, statusCode);
    return value;
  }
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`it answered with more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Whether the same request may well succeed in a moment. */
function isPassing({ code }: RemoteClusterError): boolean {
  return code === 0 || code === 429 || (code >= 500 && code !== 501);
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
  const late = error instanceof Error && error.name === 'AbortError';
  const message = late
    ? `no answer within ${REMOTE_TIMEOUT_MS} ms`
    : error instanceof Error
      ? error.message
      : String(error);
  return new RemoteClusterError(message, 0, { cause: error });
}
