import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { areaFolder, PENDING_FILE } from './scenario.js';

/** The scenarios of an area that are known to differ still. */
export function pendingOf(area: string): ReadonlySet<string> {
  const path = join(areaFolder(area), PENDING_FILE);
  return new Set(existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as string[]) : []);
}

/** Without names there is no file. */
export function writePending(area: string, names: readonly string[]): void {
  const path = join(areaFolder(area), PENDING_FILE);
  if (names.length === 0) rmSync(path, { force: true });
  else writeFileSync(path, `${JSON.stringify([...names].sort(), undefined, 2)}\n`);
}
