import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compileServer } from '../support/compile-server.js';
import { findKubectl } from '../support/kubectl.js';
import { PROJECT_ROOT } from '../support/project-root.js';
import { isShown, type Step } from './guide.js';

const START_TIMEOUT_MS = 60_000;
/** What a page shows may take a moment to come about: a status, a watch. */
const SHOWN_TIMEOUT_MS = 20_000;
const POLL_MS = 100;

/** What a reader has done already, or does elsewhere. */
const DONE_ALREADY = /^npm (?:ci|install|run build)\b/;
/** A command that stays; its reader goes on in a second terminal. */
const STAYS = /^npm start\b/;

/** Does what a page says, in a folder of its own, with the server compiled from the sources in the place of the package. */
export class Reader {
  private readonly env: Record<string, string>;
  private readonly servers: ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    private readonly entry: string,
    kubectl: string,
  ) {
    const bin = join(folder, '.bin');
    mkdirSync(bin);
    symlinkSync(kubectl, join(bin, 'kubectl'));
    this.env = { PATH: `${bin}:${process.env['PATH']}`, HOME: folder };
  }

  /** Undefined where there is no kubectl. */
  static async make(): Promise<Reader | undefined> {
    const kubectl = findKubectl();
    if (kubectl === undefined) return undefined;
    const entry = await compileServer();
    const cache = join(PROJECT_ROOT, 'node_modules', '.cache', 'kubenest');
    const folder = mkdtempSync(join(cache, 'guide-'));
    const own = join(folder, 'node_modules', 'kubenest');
    mkdirSync(own, { recursive: true });
    symlinkSync(dirname(entry), join(own, 'src'));
    const exports = { '.': './src/index.js', './backend': './src/backend/index.js' };
    writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'kubenest', type: 'module', exports }));
    // A checkout has these too. Nothing that a page says writes into them.
    for (const name of ['examples', 'scripts']) symlinkSync(join(PROJECT_ROOT, name), join(folder, name));
    return new Reader(folder, entry, kubectl);
  }

  /** @throws Error where the page shows something else than what comes */
  async follow(step: Step): Promise<void> {
    if (step.type !== 'save' && step.needs !== undefined && !(await this.has(step.needs))) {
      process.stdout.write(`no ${step.needs} on this machine, so this is not done: ${step.command}\n`);
    } else if (step.type === 'leave') {
      await this.startServer(step.command, step.until);
    } else if (step.type === 'save') {
      writeFileSync(join(this.folder, step.name), step.text);
    } else if (DONE_ALREADY.test(step.command)) {
      // The package stands ready.
    } else if (STAYS.test(step.command) && step.shows === undefined) {
      await this.startServer(step.command, 'started in');
    } else if (step.command.startsWith('export ')) {
      const [name = ''] = step.command.slice('export '.length).split('=', 1);
      this.env[name] = (await this.run(`${step.command}; printf %s "$${name}"`)).output;
    } else {
      await this.runUntilShown(step.command, step.shows);
    }
  }

  async leave(): Promise<void> {
    for (const server of this.servers) {
      const closed = new Promise((resolve) => server.once('close', resolve));
      endGroup(server);
      if (server.exitCode === null && server.signalCode === null) await closed;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async has(program: string): Promise<boolean> {
    return (await this.run(`command -v ${program}`)).code === 0;
  }

  /** A server of ours takes any free port: its kubeconfig says which. */
  private async startServer(command: string, until: string): Promise<void> {
    const line = STAYS.test(command) ? `${this.serverCommand(command)} --secure-port 0` : command;
    // With all that it starts itself, it ends when the reader leaves.
    const child = spawn('sh', ['-c', `exec ${line}`], { ...this.options(), detached: true });
    this.servers.push(child);
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    for (const end = performance.now() + START_TIMEOUT_MS; !output.includes(until); await delay(POLL_MS)) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`${command} did not start:\n${output}`);
    }
  }

  private serverCommand(command: string): string {
    return command.replace(/^npm start(?: --)?/, `"${process.execPath}" "${this.entry}"`);
  }

  private async runUntilShown(command: string, shows: readonly string[] | undefined): Promise<void> {
    for (const end = performance.now() + SHOWN_TIMEOUT_MS; ; await delay(POLL_MS)) {
      const { output, code } = await this.run(this.serverCommand(command));
      const fits = shows === undefined ? code === 0 : shows.length === 0 || isShown(output, shows);
      if (fits) return;
      // Only what asks may be asked again.
      if (performance.now() > end || !/^kubectl (?:get|describe|explain)\b/.test(command)) {
        throw new Error(
          `$ ${command}\n${output}\nended with ${code}, and the page shows\n${shows?.join('\n') ?? 'nothing'}`,
        );
      }
    }
  }

  private run(command: string): Promise<{ output: string; code: number | null }> {
    return new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', command], this.options());
      let output = '';
      const take = (chunk: Buffer): void => {
        output += chunk.toString();
      };
      child.stdout?.on('data', take);
      child.stderr?.on('data', take);
      child.once('error', reject);
      child.once('close', (code) => resolve({ output, code }));
    });
  }

  private options() {
    return { cwd: this.folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
