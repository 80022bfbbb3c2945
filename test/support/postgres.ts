import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const START_TIMEOUT_SECONDS = 30;
/** Who runs the server when we are root, which PostgreSQL refuses to be run by. */
const SERVER_USER = 'postgres';

export interface PostgresServer {
  /** URL of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Kills the server at once, as a crash would, and starts it again on the same data. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Folder with pg_ctl and initdb; undefined where PostgreSQL is not installed, or cannot be run by anyone here. */
export function findPostgres(): string | undefined {
  if (process.getuid?.() === 0 && ownerForRoot() === undefined) return undefined;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  if (existsSync(DEBIAN_FOLDER)) {
    folders.push(...readdirSync(DEBIAN_FOLDER).map((version) => join(DEBIAN_FOLDER, version, 'bin')));
  }
  for (const folder of folders) {
    if (!existsSync(join(folder, 'pg_ctl'))) continue;
    for (const real of [folder, dirname(realpathSync(join(folder, 'pg_ctl')))]) {
      if (existsSync(join(real, 'initdb')) && existsSync(join(real, 'postgres'))) return real;
    }
  }
  return undefined;
}

/** Starts a private server on a free port with its data in a temporary folder. */
export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const owner = process.getuid?.() === 0 ? ownerForRoot() : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'kubenest-postgres-'));
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  await chmod(folder, 0o700);
  const data = join(folder, 'data');
  const port = await freePort();
  const command = (name: string, ...args: string[]) =>
    run(join(binaries, name), args, {
      cwd: folder,
      ...(owner ?? {}),
      env: { PATH: process.env['PATH'], HOME: folder },
    });
  const start = () =>
    command(
      'pg_ctl',
      ...['-D', data, '-w', '-t', String(START_TIMEOUT_SECONDS), '-l', join(folder, 'log')],
      ...['-o', `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`, 'start'],
    );
  await command('initdb', '-D', data, '-U', 'kubenest', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync');
  await start();
  const server = `postgres://kubenest@127.0.0.1:${port}`;
  let databases = 0;
  return {
    async createDatabase() {
      const name = `kubenest_${++databases}`;
      const client = new pg.Client({ connectionString: `${server}/postgres` });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return `${server}/${name}`;
    },
    async crashAndRestart() {
      await command('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      await start();
    },
    async stop() {
      await command('pg_ctl', '-D', data, '-m', 'fast', '-w', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ownerForRoot(): Owner | undefined {
  const id = (flag: string) => Number(execFileSync('id', [flag, SERVER_USER], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
