/** `npm run reference [-- FLAGS]`: builds and runs the real kube-apiserver with etcd, until it is interrupted. Needs Go. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PROJECT_ROOT } from '../test/support/project-root.js';

const VERSION = 'v1.37.2';
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 200;
/** As the recordings of test/conformance were made. */
const FLAGS = [
  '--disable-admission-plugins=ServiceAccount',
  '--authorization-mode=Node,RBAC',
  '--service-cluster-ip-range=10.0.0.0/24',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--bind-address=127.0.0.1',
];
const TOKENS = 'admin-token,admin,admin,"system:masters"\nalice-token,alice,alice,"dev"\n';

/** Folder of the two programs. The first build takes minutes; Go's cache makes later ones short. */
function build(): string {
  const out = join(PROJECT_ROOT, 'node_modules', '.cache', 'kubenest', 'reference');
  mkdirSync(out, { recursive: true });
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(VERSION) as unknown as [string, string, string];
  const stamp = { gitVersion: VERSION, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(stamp).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  const args = ['build', '-ldflags', flags.join(' '), '-o', `${out}/`, './apiserver', './etcd'];
  process.stdout.write('building kube-apiserver and etcd ...\n');
  const { status, error } = spawnSync('go', args, { cwd: join(PROJECT_ROOT, 'bench', 'reference'), stdio: 'inherit' });
  if (error !== undefined) throw new Error(`Go is needed to build the reference: ${error.message}`);
  if (status !== 0) throw new Error('the reference could not be built; see above');
  return out;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  return servers.map((server) => {
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  });
}

function writeSecrets(folder: string): string[] {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'sa.key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'sa.pub': publicKey.export({ type: 'spki', format: 'pem' }),
    'tokens.csv': TOKENS,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return [
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    `--cert-dir=${join(folder, 'certificates')}`,
  ];
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/readyz`, { rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}

async function whenReady(url: string, server: ChildProcess): Promise<void> {
  const until = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(url))) {
    if (server.exitCode !== null || Date.now() > until) throw new Error('the reference did not start; see above');
    await delay(POLL_MS);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function main(more: readonly string[]): Promise<void> {
  const programs = build();
  const folder = mkdtempSync(join(tmpdir(), 'kubenest-reference-'));
  const [port, client, peer] = (await freePorts(3)) as [number, number, number];
  const etcdUrl = `http://127.0.0.1:${client}`;
  const etcd = spawn(join(programs, 'etcd'), [join(folder, 'etcd'), etcdUrl, `http://127.0.0.1:${peer}`]);
  const secrets = writeSecrets(folder);
  const flags = [...FLAGS, ...secrets, `--etcd-servers=${etcdUrl}`, `--secure-port=${port}`, '-v=0', ...more];
  const server = spawn(join(programs, 'apiserver'), flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const stop = async (code: number): Promise<never> => {
    await Promise.all([server, etcd].map(end));
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(0));
  const url = `https://127.0.0.1:${port}`;
  try {
    await whenReady(url, server);
  } catch (error) {
    process.stderr.write(`${said}\n${(error as Error).message}\n`);
    await stop(1);
  }
  process.stdout.write(
    `kube-apiserver ${VERSION}: ${url}, token admin-token (or alice-token); interrupt to stop it\n` +
      `npm run bench -- --server ${url} --token admin-token\n`,
  );
}

await main(process.argv.slice(2));
