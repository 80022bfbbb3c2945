import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { transformFile } from '@swc/core';
import { PROJECT_ROOT } from './project-root.js';

/** Within node_modules, so that what is compiled finds its packages. */
const CACHE = join(PROJECT_ROOT, 'node_modules', '.cache', 'kubenest', 'servers');
const FOLDERS = ['src', 'migrations'];
const SWC_CONFIG = join(PROJECT_ROOT, '.swcrc');
/** Compiled servers older than this are removed. */
const KEEP_MS = 2 * 3_600_000;

let compiled: Promise<string> | undefined;

/**
 * Compiles the server into a folder of its own, named after what went in, so that tests and benchmarks never meet a
 * half-written dist/. Sources that are compiled already are not compiled again; a process compiles once.
 * @returns path of the entry script
 */
export function compileServer(): Promise<string> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<string> {
  const files = sources();
  const hash = createHash('sha256').update(await readFile(SWC_CONFIG));
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(PROJECT_ROOT, file)));
  const folder = join(CACHE, hash.digest('hex').slice(0, 16));
  const entry = join(folder, 'src', 'main.js');
  if (existsSync(entry)) return entry;
  await removeOld();
  const building = `${folder}.${process.pid}`;
  await Promise.all(files.map((file) => compileFile(file, building)));
  // The type of a module is looked up no further than node_modules.
  await writeFile(join(building, 'package.json'), '{ "type": "module" }\n');
  try {
    await rename(building, folder);
  } catch (error) {
    if (!existsSync(entry)) throw error;
    await rm(building, { recursive: true, force: true });
  }
  return entry;
}

function sources(): string[] {
  const wanted = (name: string) => /\.(?:ts|json)$/.test(name) && !/\.(?:spec|d)\.ts$/.test(name);
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(PROJECT_ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && wanted(entry.name))
      .map((entry) => relative(PROJECT_ROOT, join(entry.parentPath, entry.name))),
  ).sort();
}

async function compileFile(file: string, folder: string): Promise<void> {
  const source = join(PROJECT_ROOT, file);
  const target = join(folder, file);
  await mkdir(dirname(target), { recursive: true });
  if (file.endsWith('.json')) return copyFile(source, target);
  const { code } = await transformFile(source, { configFile: SWC_CONFIG, sourceMaps: 'inline' });
  await writeFile(target.replace(/\.ts$/, '.js'), code);
}

async function removeOld(): Promise<void> {
  if (!existsSync(CACHE)) return;
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > KEEP_MS) await rm(path, { recursive: true, force: true });
  }
}
