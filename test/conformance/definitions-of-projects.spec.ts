import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { residentMb } from '../../bench/memory.js';
import { asAdmin } from '../support/api.js';
import { readCorpus } from '../support/definition-corpus.js';
import { findKubectl } from '../support/kubectl.js';
import { PROJECT_ROOT } from '../support/project-root.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

/** Definitions, objects and mutants of real projects with the reference's verdicts; not part of this project. */
const FOLDER = resolve(PROJECT_ROOT, '..', 'shared', 'crds');
const CHECK = join(FOLDER, 'check.py');
const CHECK_TIMEOUT_MS = 10 * 60_000;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** The reference holds over 600. */
const MEMORY_MB_MAX = 250;

function obstacle(): string | undefined {
  if (!existsSync(CHECK)) return `${CHECK} is not there`;
  if (spawnSync('python3', ['--version']).status !== 0) return 'python3 is not installed';
  return findKubectl() === undefined ? 'kubectl is not installed' : undefined;
}

/** Runs check.py with our kubectl on its path; gives what it wrote. */
async function runCheck(server: ServerProcess): Promise<{ code: number | null; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kubenest-kubectl-'));
  const kubectl = findKubectl()!;
  if (kubectl.includes('/')) await symlink(kubectl, join(folder, 'kubectl'));
  const PATH = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
  const child = spawn('python3', [CHECK, FOLDER, '--server', server.url, '--token', 'admin-token'], {
    env: { ...process.env, PATH, HOME: folder },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  await rm(folder, { recursive: true, force: true });
  return { code, output };
}

describe('a server with the definitions of real projects', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServerProcess();
  });
  afterAll(() => server.stop());

  const missing = obstacle();
  if (missing !== undefined) console.log(`definitions of real projects: check.py is not run because ${missing}`);
  else {
    it('gives the verdicts of the reference on their objects, and on broken ones', {
      timeout: CHECK_TIMEOUT_MS,
    }, async () => {
      const { code, output } = await runCheck(server);
      expect(output).toMatch(/\d+ passed, 0 failed\s*$/);
      expect(code).toBe(0);
    });
  }

  it(`keeps its memory under ${MEMORY_MB_MAX} MB`, async () => {
    for (const definition of readCorpus(FOLDER).definitions) {
      const { status } = await asAdmin(server, DEFINITIONS, { method: 'POST', body: JSON.stringify(definition) });
      // What check.py has installed stays.
      expect([201, 409]).toContain(status);
    }
    expect(residentMb(server.pid)).toBeLessThan(MEMORY_MB_MAX);
  });
});
