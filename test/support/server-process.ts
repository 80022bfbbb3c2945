import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compileServer } from './compile-server.js';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;
const TOKENS = 'admin-token,admin,1,"system:masters"\nalice-token,alice,2,"dev"\n';

export interface ServerProcessOptions {
  /** Beside the port, the data folder and the token file. */
  readonly flags?: readonly string[];
  readonly nodeFlags?: readonly string[];
  /** Path of the program; unset: compiled from the sources. */
  readonly entry?: string;
  /** Where it keeps its data; unset: a new folder that `stop` removes. */
  readonly dataDir?: string;
  /** Unset: any free one. */
  readonly port?: number;
}

/** A compiled server in a process of its own. `admin-token` is user admin in system:masters, `alice-token` user alice in dev. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  readonly kubeconfig: string;
  /** From the start of the process to the first ok of /readyz. */
  readonly readyMs: number;
  /** What it wrote so far, both streams. */
  output(): string;
  /** Sends a signal; resolves to the exit code, null when the signal ended it. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Ends it at once and removes a data folder that was made for it. */
  stop(): Promise<void>;
}

/** @throws Error with what the server wrote when it does not become ready */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const entry = options.entry ?? (await compileServer());
  const own = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'kubenest-server-')) : undefined;
  const dataDir = options.dataDir ?? own ?? '';
  const tokens = await mkdtemp(join(tmpdir(), 'kubenest-tokens-'));
  await writeFile(join(tokens, 'tokens.csv'), TOKENS, { mode: 0o600 });
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeFlags ?? []),
      entry,
      ...['--data-dir', dataDir, '--secure-port', String(options.port ?? 0)],
      ...['--token-auth-file', join(tokens, 'tokens.csv'), ...(options.flags ?? [])],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_ENV: 'production' } },
  );
  const output = collect(child);
  // It does not outlive whoever started it, however that ends.
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', abandon);
      resolve(code);
    });
  });
  const remove = async () => {
    await rm(tokens, { recursive: true, force: true });
    if (own !== undefined) await rm(own, { recursive: true, force: true });
  };
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await remove();
  };
  try {
    const url = await listening(child, output);
    await ready(url, child);
    return {
      url,
      port: Number(new URL(url).port),
      pid: child.pid ?? 0,
      dataDir,
      kubeconfig: join(dataDir, 'admin.kubeconfig'),
      readyMs: performance.now() - started,
      output,
      kill: (signal) => {
        child.kill(signal);
        return ended;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the server did not become ready: ${(error as Error).message}\n${output()}`);
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return () => text;
}

async function listening(child: ChildProcess, output: () => string): Promise<string> {
  for (const end = performance.now() + START_TIMEOUT_MS; performance.now() < end; await delay(POLL_MS)) {
    const url = /^\s*address\s+(https:\S+)$/m.exec(output())?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  }
  throw new Error('it told no address in time');
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (const end = performance.now() + START_TIMEOUT_MS; performance.now() < end; await delay(POLL_MS)) {
    if ((await statusOf(`${url}/readyz`)) === 200) return;
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  }
  throw new Error('/readyz was not ok in time');
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request(url, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.once('error', () => resolve(undefined));
    sent.end();
  });
}
