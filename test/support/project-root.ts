import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The project's folder, wherever the code that asks was bundled to. */
export const PROJECT_ROOT = findRoot(import.meta.dirname);

function findRoot(folder: string): string {
  const path = join(folder, 'package.json');
  if (existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { name?: string }).name === 'kubenest')
    return folder;
  if (dirname(folder) === folder) throw new Error('this code is outside of the project');
  return findRoot(dirname(folder));
}
