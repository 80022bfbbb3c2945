import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

const TIMEOUT_MS = 30_000;

export interface Answer {
  readonly status: number;
  /** Lower case; what came more than once is joined by a comma. */
  readonly headers: Record<string, string>;
  readonly data: Buffer;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer | undefined;
  /** Null takes a header away that would be sent otherwise. */
  readonly headers?: Record<string, string | null>;
  /** A user of the table of tokens, or a token; `anonymous` sends none. */
  readonly who?: string;
  readonly timeoutMs?: number;
}

/** HTTP/1.1 to the server that is asked. */
export class ReplayClient {
  private readonly agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  constructor(
    private readonly url: string,
    private readonly tokens: Readonly<Record<string, string>>,
  ) {}

  async send(call: Call): Promise<Answer> {
    const response = await this.open(call);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, headers: joined(response.rawHeaders), data: Buffer.concat(chunks) };
  }

  /** Resolves when the head of the answer has come. */
  open(call: Call): Promise<IncomingMessage> {
    return this.attempt(call, true);
  }

  close(): void {
    this.agent.destroy();
  }

  private attempt(call: Call, first: boolean): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const timeoutMs = call.timeoutMs ?? TIMEOUT_MS;
      const sent = request(new URL(this.url), {
        method: call.method,
        path: call.path,
        headers: this.headersOf(call),
        agent: this.agent,
        timeout: timeoutMs,
      });
      sent.on('response', resolve);
      sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${timeoutMs} ms`)));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close a connection while it is taken up again.
        if (first && sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.attempt(call, false));
        else reject(error);
      });
      sent.end(call.body);
    });
  }

  private headersOf({ method, body, headers = {}, who = 'admin' }: Call): Record<string, string[]> {
    const all: Record<string, string | null> = {
      'Accept-Encoding': 'identity',
      'User-Agent': 'golden/1.0',
      Accept: 'application/json',
      ...(who === 'anonymous' ? {} : { Authorization: `Bearer ${this.tokens[who] ?? who}` }),
      ...headers,
    };
    if (body !== undefined) all['Content-Length'] = String(body.length);
    else if (['POST', 'PUT', 'PATCH'].includes(method)) all['Content-Length'] = '0';
    return repeated(all);
  }
}

/** Names that differ in case alone are one header sent more than once. */
function repeated(headers: Readonly<Record<string, string | null>>): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) continue;
    const lower = name.toLowerCase();
    out[lower] = [...(out[lower] ?? []), value];
  }
  return out;
}

function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}
