import type { Readable } from 'node:stream';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import { encodeJson, parseJson } from '../../apimachinery/runtime/json.js';
import { Transport } from '../../client/http/transport.js';
import type { WebhookClientConfig, WebhookConversion } from '../../registry/apiextensions/crd.js';
import type { CallWebhook } from './webhook-converter.js';

const TIMEOUT_MS = 30_000;
/** Named limit: bytes of a ConversionReview's answer. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const HTTPS_PORT = 443;
/** Webhooks whose connections are kept; the longest unused one is closed for another. */
const TRANSPORTS_MAX = 64;

/** `host:port` of a Service, as the server reaches it. */
export type ResolveService = (namespace: string, name: string, port: number) => string;

/** Calls conversion webhooks over HTTPS, verified against their caBundle, with connections kept between calls. */
export class WebhookCaller {
  private readonly transports = new Map<string, Transport>();

  constructor(private readonly resolve: ResolveService) {}

  readonly call: CallWebhook = async (conversion, review) => {
    const client = conversion.clientConfig ?? {};
    const { url, shown } = this.target(client);
    try {
      const answer = await this.transportOf(client).send({
        url,
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, */*' },
        body: Buffer.from(encodeJson(review)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (answer.type === 'upgrade') {
        answer.connection.destroy();
        throw new Error('a change of protocol that nobody asked for');
      }
      const text = await readText(answer.body);
      return reviewIn(answer.status, text);
    } catch (error) {
      if (error instanceof AnswerError) throw error;
      const cause = error instanceof Error ? error.message : String(error);
      throw new Error(`Post ${JSON.stringify(shown)}: ${cause}`, { cause: error });
    }
  };

  close(): void {
    for (const transport of this.transports.values()) transport.close();
    this.transports.clear();
  }

  private target({ url, service }: WebhookClientConfig): { url: URL; shown: string } {
    const query = `timeout=${TIMEOUT_MS / 1000}s`;
    if (url !== undefined) return { url: new URL(`${url}?${query}`), shown: `${url}?${query}` };
    const { namespace = '', name = '', port = HTTPS_PORT, path = '/' } = service ?? {};
    const route = `${path.startsWith('/') ? path : `/${path}`}?${query}`;
    return {
      url: new URL(`https://${this.resolve(namespace, name, port)}${route}`),
      shown: `https://${name}.${namespace}.svc:${port}${route}`,
    };
  }

  private transportOf(client: WebhookClientConfig): Transport {
    const key = JSON.stringify(client);
    let transport = this.transports.get(key);
    if (transport === undefined) {
      transport = new Transport({ tls: tlsOf(client), connectTimeoutMs: TIMEOUT_MS });
      const oldest = this.transports.keys().next().value;
      if (this.transports.size >= TRANSPORTS_MAX && oldest !== undefined) {
        this.transports.get(oldest)?.close();
        this.transports.delete(oldest);
      }
    } else this.transports.delete(key);
    this.transports.set(key, transport);
    return transport;
  }
}

function tlsOf({ caBundle, service }: WebhookClientConfig): { ca?: Buffer; servername?: string } {
  return {
    ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
    ...(service && { servername: `${service.name}.${service.namespace}.svc` }),
  };
}

/** The webhook answered, and not with a review: the message is the whole reason. */
class AnswerError extends Error {}

function reviewIn(status: number, text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    value = undefined;
  }
  const ok = status >= 200 && status <= 206;
  if (ok && isJsonObject(value)) return value;
  if (isJsonObject(value) && typeof value['message'] === 'string' && value['message'] !== '') {
    throw new AnswerError(value['message']);
  }
  if (!ok) throw new AnswerError('the server rejected our request for an unknown reason');
  throw new AnswerError("couldn't get version/kind; json parse error: the answer is not a JSON object");
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new AnswerError(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

export function usesWebhook(conversion: { strategy: string; webhook?: WebhookConversion } | undefined): boolean {
  return conversion?.strategy === 'Webhook' && conversion.webhook !== undefined;
}
