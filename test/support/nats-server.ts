import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './aggregated.js';

const START_TIMEOUT_MS = 10_000;
/** Debian puts it where only root's path leads. */
const PLACES = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server'];

export interface NatsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Path of a nats-server on this machine; undefined where there is none. */
export function findNatsServer(): string | undefined {
  return PLACES.find((path) => {
    if (path.startsWith('/') && !existsSync(path)) return false;
    try {
      execFileSync(path, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** @param port unset: any free one @throws Error when it does not listen in time */
export async function startNatsServer(path: string, port?: number): Promise<NatsServer> {
  const own = port ?? (await freePort());
  const child = spawn(path, ['--addr', '127.0.0.1', '--port', String(own)], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const stop = async (): Promise<void> => {
    process.off('exit', abandon);
    child.kill('SIGKILL');
    await ended;
  };
  await listening(own, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { port: own, stop };
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + START_TIMEOUT_MS; Date.now() < end; await delay(20)) {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`);
    const listens = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (listens) return;
  }
  throw new Error('nats-server did not listen in time');
}
