import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The project's folder: that of the working directory, as scripts may be bundled into a node_modules that several checkouts share; else the
 * one that this code is in.
 */
export const PROJECT_ROOT = findRoot(process.cwd()) ?? findRoot(import.meta.dirname) ?? fail();

function findRoot(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  if (existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { name?: string }).name === 'kubenest')
    return folder;
  return dirname(folder) === folder ? undefined : findRoot(dirname(folder));
}

function fail(): never {
  throw new Error('this code is outside of the project');
}
