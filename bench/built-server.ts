import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../test/support/project-root.js';

/**
 * Builds what users run, the bundle, and gives its path.
 * @throws Error with what the build said when it fails
 */
export function buildServer(): string {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`);
  return join(PROJECT_ROOT, 'dist', 'bundle', 'main.mjs');
}
