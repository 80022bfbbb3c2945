import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../support/project-root.js';
import { dumpJson, isObject, type Json, type JsonObject, parseJson } from './json.js';
import { dig, move } from './paths.js';
import type { Route } from './scenario.js';

const TLS = join(PROJECT_ROOT, 'test', 'conformance', 'tls');

interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly headers?: Record<string, string>;
}

/** The HTTPS server of a scenario: webhooks, and the backend of an aggregated API. */
export class Hooks {
  /** What came so far. */
  readonly requests: JsonObject[] = [];
  readonly ca = readFileSync(join(TLS, 'ca.crt')).toString('base64');
  routes: Record<string, Route> = {};
  private readonly server: Server;

  constructor(private readonly newest: string | undefined) {
    const tls = { cert: readFileSync(join(TLS, 'server.crt')), key: readFileSync(join(TLS, 'server.key')) };
    this.server = createServer(tls, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const call = { method: request.method ?? '', path: (request.url ?? '').split('?')[0] ?? '' };
        const body = parsed(Buffer.concat(chunks).toString());
        this.requests.push({ ...call, body, headers: interesting(request.rawHeaders) });
        void this.reply(call.path, body).then(({ status, body: out, headers }) => {
          const data = Buffer.from(typeof out === 'string' ? out : dumpJson(out));
          const all = { 'Content-Type': 'application/json', ...headers, 'Content-Length': String(data.length) };
          response.writeHead(status, all).end(data);
        });
      });
    });
  }

  /** @returns the port, on 127.0.0.1 */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async reply(path: string, body: Json): Promise<Reply> {
    const route = this.routes[path];
    if (route === undefined) {
      return { status: 404, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 } };
    }
    if (route.review !== undefined) {
      const reply = reviewed(route.review, body);
      await delay((route.delay ?? 0) * 1_000);
      return reply;
    }
    if (route.convert !== undefined) return this.converted(route.convert, body);
    return { status: route.status ?? 200, body: route.body ?? {}, headers: route.headers ?? {} };
  }

  private converted({ rename = [], result = { status: 'Success' } }: NonNullable<Route['convert']>, body: Json): Reply {
    const want = String(dig(body, 'request.desiredAPIVersion'));
    const forward = want.split('/').at(-1) === this.newest;
    const objects = structuredClone(dig(body, 'request.objects'));
    for (const object of Array.isArray(objects) ? objects : []) {
      if (!isObject(object) || object['apiVersion'] === want) continue;
      for (const [left, right] of rename)
        move(object, ...(forward ? ([left, right] as const) : ([right, left] as const)));
      object['apiVersion'] = want;
    }
    const response = { uid: dig(body, 'request.uid'), result, convertedObjects: objects };
    return { status: 200, body: { apiVersion: dig(body, 'apiVersion'), kind: 'ConversionReview', response } };
  }
}

function reviewed(review: JsonObject, body: Json): Reply {
  const response: JsonObject = { uid: dig(body, 'request.uid'), ...structuredClone(review) };
  if (Array.isArray(response['patch'])) {
    response['patch'] = Buffer.from(dumpJson(response['patch'])).toString('base64');
    response['patchType'] = 'JSONPatch';
  }
  return { status: 200, body: { apiVersion: dig(body, 'apiVersion'), kind: 'AdmissionReview', response } };
}

function parsed(text: string): Json {
  if (text === '') return null;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** Of a header that came more than once the last counts. */
function interesting(raw: readonly string[]): JsonObject {
  const headers: JsonObject = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (name.startsWith('x-remote') || name === 'content-type') headers[name] = raw[at + 1] ?? '';
  }
  return headers;
}
