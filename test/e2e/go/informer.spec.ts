import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { type InformerState, informerStaysInSync, type TestedInformer } from '../../support/informer-story.js';
import { PROJECT_ROOT } from '../../support/project-root.js';

const BINARY = join(PROJECT_ROOT, 'node_modules', '.cache', 'kubenest', 'go', `informer-${process.pid}`);
const BUILD_TIMEOUT_MS = 600_000;

/** Go's command in this folder; with the Go that is there, without fetching another. @throws Error where it fails, with what it wrote */
function go(...args: string[]): string {
  return execFileSync('go', args, {
    cwd: import.meta.dirname,
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BUILD_TIMEOUT_MS,
  });
}

/** Why the program cannot be built here; undefined where it can. */
function obstacle(): string | undefined {
  try {
    go('version');
  } catch {
    return 'Go is not installed';
  }
  try {
    go('mod', 'download');
    return undefined;
  } catch (error) {
    return `Go cannot have its modules: ${String((error as { stderr?: unknown }).stderr ?? error).trim()}`;
  }
}

/** The program holds the objects; a line on its standard input asks what it holds. */
async function startInformer(kubeconfig: string, port: number): Promise<TestedInformer> {
  const child = spawn(BINARY, ['-kubeconfig', kubeconfig, '-server', `https://127.0.0.1:${port}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    state: async () => {
      child.stdin.write('state\n');
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the program ended');
      return JSON.parse(value) as InformerState;
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(BINARY, { force: true });
    },
  };
}

const why = obstacle();
if (why === undefined) {
  mkdirSync(dirname(BINARY), { recursive: true });
  go('build', '-o', BINARY, '.');
  informerStaysInSync("client-go's informer", startInformer);
} else {
  console.log(`client-go's informer: left out because ${why}`);
  it('is left out for a reason', () => expect(why).toMatch(/^Go /));
}
