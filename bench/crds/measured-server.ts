import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Pool } from 'undici';
import { PROJECT_ROOT } from '../../test/support/project-root.js';
import { type ServerProcess, startServerProcess } from '../../test/support/server-process.js';

const PROBE = join(PROJECT_ROOT, 'bench', 'crds', 'probe.mjs');
const CONNECTIONS = 4;
const POLL_MS = 5;
const PROBE_TIMEOUT_MS = 30_000;

/** What bench/crds/probe.mjs tells. */
export interface Probe {
  /** Longest time the event loop stood still since the probe before, in ms. */
  readonly heldMs: number;
  readonly p99Ms: number;
  /** Of the process, since its start; `afterMs` when the probe was done. */
  readonly cpuMs: number;
  readonly afterMs: number;
  readonly rssMb: number;
  /** After a full collection, as the two that follow. */
  readonly heapMb: number;
  readonly externalMb: number;
  readonly buffersMb: number;
}

export interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly ms: number;
}

/** A server with the probe in it, and a client that keeps its connections. */
export class MeasuredServer {
  private readonly pool: Pool;
  private probes = 0;

  private constructor(readonly process: ServerProcess) {
    this.pool = new Pool(process.url, {
      connections: CONNECTIONS,
      connect: { rejectUnauthorized: false },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  static async start(entry: string, dataDir: string, nodeFlags: readonly string[] = []): Promise<MeasuredServer> {
    const probe = ['--expose-gc', '--import', pathToFileURL(PROBE).href];
    return new MeasuredServer(await startServerProcess({ dataDir, entry, nodeFlags: [...probe, ...nodeFlags] }));
  }

  async probe(): Promise<Probe> {
    this.probes += 1;
    process.kill(this.process.pid, 'SIGUSR2');
    for (const end = performance.now() + PROBE_TIMEOUT_MS; performance.now() < end; await delay(POLL_MS)) {
      const line = [...this.process.output().matchAll(/^probe (.*)$/gm)][this.probes - 1]?.[1];
      if (line === undefined) continue;
      return JSON.parse(line) as Probe;
    }
    throw new Error('the probe did not answer');
  }

  async send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    accept = 'application/json',
  ): Promise<Reply> {
    const from = performance.now();
    const headers = {
      authorization: 'Bearer admin-token',
      accept,
      ...(body && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
    };
    const answer = await this.pool.request({ method, path, headers, body: body ? JSON.stringify(body) : null });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return {
      status: answer.statusCode,
      bytes,
      etag: String(answer.headers['etag'] ?? ''),
      ms: performance.now() - from,
    };
  }

  /** @throws Error unless the answer is a success */
  async must(...call: Parameters<MeasuredServer['send']>): Promise<Reply> {
    const reply = await this.send(...call);
    if (reply.status >= 300)
      throw new Error(`${call[0]} ${call[1]} answered ${reply.status}: ${reply.bytes.toString().slice(0, 400)}`);
    return reply;
  }

  /** Ends in good order; the data stays. */
  async end(): Promise<void> {
    await this.pool.destroy();
    await this.process.kill('SIGTERM');
    await this.process.stop();
  }
}
