import type { Readable } from 'node:stream';
import {
  badRequest,
  genericFailure,
  internalError,
  plainError,
  type StatusError,
  serviceUnavailable,
} from '../../apimachinery/errors/status-error.js';
import {
  type OutgoingAnswer,
  type OutgoingRequest,
  Transport,
  TransportError,
  type TransportOptions,
} from '../../client/http/transport.js';
import type { Connection, ConnectTarget } from '../../registry/rest/storage.js';
import type { Answer } from '../answer.js';
import type { ApiRequest } from '../api-request.js';
import { answeredHeaders, type ForwardedHeaders, type HeaderForwarding } from './forwarded-headers.js';
import { RemoteCommand } from './remote-command.js';

/** As upstream: what of a kubelet's error text is read. */
const ERROR_TEXT_BYTES_MAX = 50_000;
/** Time for a connection to a pod or to a port of a node. */
const NETWORK_CONNECT_TIMEOUT_MS = 30_000;
const TUNNEL_PREFIX = 'SPDY/3.1+';
const CHANNELS_V5 = 'v5.channel.k8s.io';
const CHANNELS_V4 = 'v4.channel.k8s.io';
const NO_CONTENT: Answer = { type: 'bytes', status: 204, contentType: '', body: Buffer.alloc(0) };

type PlainAnswer = Extract<OutgoingAnswer, { type: 'answer' }>;

/** Where a request goes, and with what. */
type Destination = Pick<OutgoingRequest, 'url' | 'headers'>;

/** How the server shows itself to kubelets and knows them; PEM. */
export interface KubeletTls {
  readonly ca: string | Buffer | undefined;
  readonly cert: string | Buffer | undefined;
  readonly key: string | Buffer | undefined;
  readonly connectTimeoutMs: number;
}

/** Answers requests for what stands behind the API: passes them on to kubelets, nodes, pods and services. */
export class ConnectProxy {
  private readonly transports: Readonly<Record<ConnectTarget['via'], Transport>>;

  constructor(
    { ca, cert, key, connectTimeoutMs }: KubeletTls,
    private readonly forwarding: HeaderForwarding,
  ) {
    const identity = { ...(cert && { cert }), ...(key && { key }) };
    const unverified: TransportOptions = { tls: { ...identity, rejectUnauthorized: false }, connectTimeoutMs };
    // Without an authority kubelets are believed, as upstream does.
    const verified: TransportOptions = ca ? { tls: { ...identity, ca }, connectTimeoutMs } : unverified;
    this.transports = {
      kubelet: new Transport(verified),
      'unverified kubelet': new Transport(unverified),
      network: new Transport({ tls: { rejectUnauthorized: false }, connectTimeoutMs: NETWORK_CONNECT_TIMEOUT_MS }),
    };
  }

  close(): void {
    for (const transport of Object.values(this.transports)) transport.close();
  }

  /** @throws StatusError where the other side cannot be reached or its answer is none for a client */
  answer(request: ApiRequest, type: Connection['type'], target: ConnectTarget, path: string): Promise<Answer> {
    const { url, via, takesWebSockets } = target;
    if (url === undefined) return Promise.resolve(NO_CONTENT);
    const transport = this.transports[via];
    if (type === 'log') return readLog(request, transport, url);
    const headers = this.headersFor(request, url);
    if (takesWebSockets === false) {
      const spdy = overSpdy(request, transport, { url, headers });
      if (spdy !== undefined) return spdy;
    }
    if (request.upgrade !== '') return upgrade(request, transport, { url, headers });
    if (type === 'stream') throw badRequest('Upgrade request required');
    return proxy(request, transport, { url, headers }, path);
  }

  private headersFor(request: ApiRequest, url: URL): ForwardedHeaders {
    const headers = this.forwarding.forward(request);
    const host = hostOf(request);
    // Over TLS the name decides which certificate is expected.
    headers['host'] = host !== '' && url.protocol === 'http:' ? host : url.host;
    return headers;
  }
}

/** @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/generic/rest/streamer.go (behaviour) */
async function readLog({ info, context }: ApiRequest, transport: Transport, url: URL): Promise<Answer> {
  const call = `Get ${JSON.stringify(String(url))}`;
  const answer = await transport
    .send({ url, method: 'GET', headers: {}, signal: context.signal })
    .catch((error: unknown) => {
      throw error instanceof TransportError ? plainError(`${call}: ${error.message}`) : error;
    });
  const { status, headers, body } = plainAnswer(answer);
  if (status >= 200 && status <= 206) {
    const length = headers['content-length'];
    return {
      type: 'pipe',
      status: 200,
      inMessages: true,
      headers: {
        'content-type': 'text/plain',
        'cache-control': 'no-cache, private',
        ...(typeof length === 'string' && { 'content-length': length }),
      },
      body,
    };
  }
  const { location } = headers;
  if (status >= 300 && status <= 399 && typeof location === 'string') {
    body.destroy();
    throw plainError(`Get ${JSON.stringify(location)}: redirects forbidden`);
  }
  throw await logFailure(status, info.name, body);
}

async function logFailure(status: number, name: string, body: Readable): Promise<StatusError> {
  const text = await readText(body);
  if (status === 500) return internalError(text);
  if (status === 400) return badRequest(text);
  return genericFailure(status, { group: '', resource: 'pods/log' }, name, text);
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= ERROR_TEXT_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, ERROR_TEXT_BYTES_MAX).toString();
}

/** @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/proxy/upgradeaware.go (behaviour) */
async function upgrade(request: ApiRequest, transport: Transport, to: Destination): Promise<Answer> {
  const answer = await dial(transport, {
    ...to,
    method: request.method,
    upgrade: request.upgrade,
    signal: request.context.signal,
  });
  return answer.type === 'upgrade' ? { ...answer, status: 101 } : refusedUpgrade(answer);
}

/**
 * What a client says by WebSocket, for a kubelet that knows it by SPDY alone: a command's channels are translated, forwarded ports are
 * SPDY already. Undefined for what even such a kubelet takes.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
function overSpdy(request: ApiRequest, transport: Transport, to: Destination): Promise<Answer> | undefined {
  const offered = offeredProtocols(request);
  if (offered.includes(CHANNELS_V5)) return translateCommand(request, transport, to);
  const tunnelled = offered
    .filter((protocol) => protocol.startsWith(TUNNEL_PREFIX) && protocol.endsWith('.k8s.io'))
    .map((protocol) => protocol.slice(TUNNEL_PREFIX.length));
  return tunnelled.length > 0 ? tunnelSpdy(request, transport, to, tunnelled) : undefined;
}

/** Subprotocols of a WebSocket that is asked for. */
function offeredProtocols({ upgrade: wanted, headers }: ApiRequest): string[] {
  if (wanted.toLowerCase() !== 'websocket') return [];
  const texts = [headers['sec-websocket-protocol'] ?? ''].flat().flatMap((value) => value.split(','));
  return texts.map((protocol) => protocol.trim());
}

async function translateCommand(request: ApiRequest, transport: Transport, to: Destination): Promise<Answer> {
  const answer = await dialSpdy(request, transport, to, [CHANNELS_V4]);
  if (answer.type !== 'upgrade') return refusedUpgrade(answer);
  const { searchParams } = to.url;
  const has = (name: string): boolean => searchParams.get(name) === '1';
  const streams = { stdin: has('input'), stdout: has('output'), stderr: has('error'), tty: has('tty') };
  const connection = new RemoteCommand(answer.connection, streams);
  return { type: 'upgrade', status: 101, rawHeaders: [], connection, webSocketProtocol: CHANNELS_V5 };
}

async function tunnelSpdy(
  request: ApiRequest,
  transport: Transport,
  to: Destination,
  protocols: string[],
): Promise<Answer> {
  const answer = await dialSpdy(request, transport, to, protocols);
  if (answer.type !== 'upgrade') return refusedUpgrade(answer);
  const { rawHeaders } = answer;
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'x-stream-protocol-version');
  const chosen = at < 0 ? protocols[0] : rawHeaders[at + 1];
  return { ...answer, status: 101, webSocketProtocol: TUNNEL_PREFIX + chosen };
}

function dialSpdy(
  { context }: ApiRequest,
  transport: Transport,
  { url, headers }: Destination,
  protocols: string[],
): Promise<OutgoingAnswer> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith('sec-websocket-'));
  return dial(transport, {
    url,
    method: 'POST',
    headers: { ...Object.fromEntries(kept), 'x-stream-protocol-version': protocols },
    upgrade: 'SPDY/3.1',
    signal: context.signal,
  });
}

function dial(transport: Transport, outgoing: OutgoingRequest): Promise<OutgoingAnswer> {
  return transport.send(outgoing).catch((error: unknown) => {
    throw error instanceof TransportError ? plainError(`error dialing backend: ${error.message}`) : error;
  });
}

/** Failures are the other side's to tell; anything else that is no change of protocol is an error. @throws StatusError */
function refusedUpgrade({ status, headers, body }: PlainAnswer): Answer {
  if (status >= 400) return { type: 'pipe', status, headers: answeredHeaders(headers), body };
  body.destroy();
  throw plainError(`invalid upgrade response: status code ${status}`);
}

async function proxy(
  request: ApiRequest,
  transport: Transport,
  { url, headers }: Destination,
  path: string,
): Promise<Answer> {
  const original = request.url.split('?', 1)[0]!;
  if (path === '' && (request.method === 'GET' || request.method === 'HEAD')) {
    // More slashes at the beginning would name another host.
    return redirect(`/${original.replace(/^\/+/, '')}/${request.url.slice(original.length)}`);
  }
  headers['x-forwarded-uri'] = original;
  const answer = await transport
    .send({
      url,
      method: request.method,
      headers,
      body: request.hasBody ? request.stream() : undefined,
      signal: request.context.signal,
    })
    .catch((error: unknown) => {
      if (!(error instanceof TransportError)) throw error;
      throw serviceUnavailable(`error trying to reach service: ${error.message}`);
    });
  const { status, headers: answered, body } = plainAnswer(answer);
  const out = answeredHeaders(answered);
  const { location } = out;
  if (typeof location === 'string') {
    const prefix = original.slice(0, original.length - path.length);
    out['location'] = throughProxy(location, { prefix, hosts: [url.host, hostOf(request)] });
  }
  return { type: 'pipe', status, headers: out, body };
}

/** Only a connection that was asked to change protocols does so. */
function plainAnswer(answer: OutgoingAnswer): PlainAnswer {
  if (answer.type === 'answer') return answer;
  answer.connection.destroy();
  throw plainError('invalid response: a change of protocol that nobody asked for');
}

/** The root of what is proxied has a slash at its end, so that relative links in pages lead through the proxy. */
function redirect(location: string): Answer {
  return { type: 'bytes', status: 301, contentType: '', headers: { location }, body: Buffer.alloc(0) };
}

function hostOf({ headers }: ApiRequest): string {
  return [headers['host'] ?? headers[':authority'] ?? ''].flat()[0] ?? '';
}

/**
 * A Location of the other side's own, as it is reached through this server; others stay as they are.
 * @see https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/proxy/transport.go rewriteURL (behaviour)
 */
export function throughProxy(
  location: string,
  { prefix, hosts }: { readonly prefix: string; readonly hosts: readonly string[] },
): string {
  const [, scheme, host = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?(.*)$/is.exec(location)!;
  const isElsewhere = host !== '' && !hosts.includes(host);
  if (isElsewhere || (scheme !== undefined && host === '') || !rest.startsWith('/')) return location;
  return rest.startsWith(prefix) ? rest : prefix + rest;
}
