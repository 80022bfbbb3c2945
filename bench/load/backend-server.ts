import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../test/support/project-root.js';

const OBJECT_BYTES = 1_200;

interface Ports {
  readonly live: number;
  /** Takes connections and never says a word. */
  readonly silent: number;
  /** Nobody listens there. */
  readonly closed: number;
}

/**
 * An API server behind the one that is measured, in a process of its own. It serves `things` in every group that it is asked for,
 * answers `?after=MS` that much later, and sends the watches an event whenever it is told to.
 */
export class BackendServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly ports: Ports,
  ) {}

  /** @param script a script that calls {@link serveBackend} when its first argument is `backend` */
  static async start(script: string): Promise<BackendServer> {
    const child = fork(script, ['backend']);
    const [ports] = (await once(child, 'message')) as [Ports];
    return new BackendServer(child, ports);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get url(): string {
    return `https://127.0.0.1:${this.ports.live}`;
  }

  tellWatches(): void {
    this.child.send('event');
  }

  stop(): void {
    this.child.kill();
  }
}

export async function serveBackend(): Promise<void> {
  const read = (name: string) => readFileSync(join(PROJECT_ROOT, 'test', 'conformance', 'tls', name));
  const watches = new Set<ServerResponse>();
  const live = createServer({ cert: read('server.crt'), key: read('server.key') }, (request, response) => {
    void answer(request, response, watches);
  });
  let events = 0;
  process.on('message', () => {
    const line = eventOf(++events);
    for (const watch of watches) watch.write(line);
  });
  const silent = createTcpServer(() => {});
  const closed = createTcpServer();
  const ports = { live: await listen(live), silent: await listen(silent), closed: await listen(closed) };
  closed.close();
  process.send?.(ports);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function answer(request: IncomingMessage, response: ServerResponse, watches: Set<ServerResponse>): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://backend');
  const parts = pathname.split('/').slice(1);
  const afterMs = Number(searchParams.get('after') ?? 0);
  if (afterMs > 0) await delay(afterMs);
  if (searchParams.get('watch') === '1') {
    response.writeHead(200, { 'content-type': 'application/json' }).write(eventOf(0));
    watches.add(response);
    response.once('close', () => watches.delete(response));
  } else if (parts[0] === 'apis' && parts.length === 3) {
    const thing = {
      name: 'things',
      singularName: 'thing',
      kind: 'Thing',
      namespaced: true,
      verbs: ['get', 'list', 'watch'],
    };
    const groupVersion = `${parts[1]}/${parts[2]}`;
    send(
      response,
      200,
      JSON.stringify({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [thing] }),
    );
  } else if (parts[0] === 'apis' && parts.length > 3) send(response, 200, OBJECT);
  else send(response, 404, '{}');
}

const OBJECT = JSON.stringify({ kind: 'Thing', metadata: { name: 'one' }, spec: { text: 'x'.repeat(OBJECT_BYTES) } });

function eventOf(number: number): string {
  const object = {
    kind: 'Thing',
    metadata: { name: 'one', resourceVersion: String(number) },
    spec: { text: 'x'.repeat(200) },
  };
  return `${JSON.stringify({ type: 'MODIFIED', object })}\n`;
}

function send(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}
