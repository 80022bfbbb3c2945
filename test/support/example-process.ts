import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PROJECT_ROOT } from './project-root.js';

const START_TIMEOUT_MS = 60_000;
const STOP_MS = 10_000;

/** A program of `examples/` in a process of its own, run as its first line says. */
export class ExampleProcess {
  private text = '';
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    const take = (chunk: Buffer): void => {
      this.text += chunk.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    this.ended = new Promise((resolve) => child.once('close', () => resolve()));
    process.once('exit', this.abandon);
  }

  /** @param until what it writes once it is ready @throws Error with what it wrote instead */
  static async start(entry: string, args: readonly string[], until: string): Promise<ExampleProcess> {
    return ExampleProcess.run(process.execPath, ['scripts/run-ts.mjs', entry, ...args], until);
  }

  /** The same for any command. */
  static async run(
    command: string,
    args: readonly string[],
    until: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<ExampleProcess> {
    const child = spawn(command, args, {
      cwd: PROJECT_ROOT,
      detached: true,
      env: { ...process.env, NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const example = new ExampleProcess(child);
    for (const end = Date.now() + START_TIMEOUT_MS; !example.text.includes(until); await delay(20)) {
      if (Date.now() < end && child.exitCode === null) continue;
      await example.stop();
      throw new Error(`${command} ${args.join(' ')} did not become ready; it wrote\n${example.text}`);
    }
    return example;
  }

  /** A file of the project. */
  static read(path: string): string {
    return readFileSync(join(PROJECT_ROOT, path), 'utf8');
  }

  /** A new folder for programs that keep something in their home; gone with this process. */
  static home(): string {
    const folder = mkdtempSync(join(tmpdir(), 'kubenest-home-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /** What it wrote so far. */
  output(): string {
    return this.text;
  }

  async stop(): Promise<void> {
    process.off('exit', this.abandon);
    this.kill('SIGTERM');
    await Promise.race([this.ended, delay(STOP_MS)]);
    this.kill('SIGKILL');
  }

  private readonly abandon = (): void => this.kill('SIGKILL');

  /** With what it has started itself. */
  private kill(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
    } catch {
      // It has ended.
    }
  }
}
