import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../test/support/project-root.js';
import type { Protocol } from './plan.js';

const ANSWER_BYTES = 1_200;

/** What Node can do at best: TLS servers that answer one prepared buffer, in a process of their own. */
export class BareServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ports: Record<Protocol, number>,
  ) {}

  /** @param script a script that calls {@link serveBare} when its first argument is `bare` */
  static async start(script: string): Promise<BareServer> {
    const child = fork(script, ['bare']);
    const [ports] = (await once(child, 'message')) as [Record<Protocol, number>];
    return new BareServer(child, ports);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  urlFor(protocol: Protocol): string {
    return `https://127.0.0.1:${this.ports[protocol]}`;
  }

  stop(): void {
    this.child.kill();
  }
}

export async function serveBare(): Promise<void> {
  const read = (name: string) => readFileSync(join(PROJECT_ROOT, 'test', 'conformance', 'tls', name));
  const tls = { cert: read('server.crt'), key: read('server.key') };
  const body = Buffer.alloc(ANSWER_BYTES, 'x');
  const headers = { 'content-type': 'application/json', 'content-length': ANSWER_BYTES };
  const one = createServer(tls, (_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  const two = createSecureServer(tls);
  two.on('stream', (stream) => {
    stream.respond({ ':status': 200, ...headers });
    stream.end(body);
  });
  const listen = async (server: typeof one | typeof two): Promise<number> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  process.send?.({ 'http/1.1': await listen(one), 'http/2': await listen(two) });
}
