import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PluginError } from '../plugin-error.js';

/** Where a plugin is, and what its package.json says. */
export interface PluginLocation {
  /** Absolute path of the file to import. */
  readonly path: string;
  /** `peerDependencies.kubenest` of the package it is in. */
  readonly range: string | undefined;
}

interface PackageJson {
  readonly main?: string;
  readonly exports?: unknown;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What stands for a folder without a package.json, in this order. */
const INDEX_FILES = ['index.js', 'index.mjs', 'index.ts'];
const CONDITIONS = ['node', 'import', 'default', 'require'];

/**
 * @param given a path, absolute or from `directory`, or the name of a package that is installed there or above
 * @throws PluginError where there is nothing
 */
export function locatePlugin(given: string, directory: string): PluginLocation {
  const path = resolve(directory, given);
  if (isPath(given) || existsSync(path)) {
    if (!existsSync(path))
      throw new PluginError(given, [`there is no ${path}: give a path from where the server is started`]);
    return at(given, path);
  }
  for (let folder = directory; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', given);
    if (existsSync(found)) return at(given, found);
    if (folder === dirname(folder)) break;
  }
  throw new PluginError(given, [
    `no package of that name is installed in ${directory} or above: npm install ${given}, or write ./${given} where a file is meant`,
  ]);
}

function isPath(given: string): boolean {
  return /^(?:\.{0,2}\/|[A-Za-z]:[\\/])/.test(given) || /\.[cm]?[jt]s$/.test(given);
}

function at(given: string, path: string): PluginLocation {
  if (!statSync(path).isDirectory()) return { path, range: rangeOf(nearestPackage(dirname(path))) };
  const description = readPackage(path);
  const entry = description === undefined ? undefined : (exportOf(description.exports) ?? description.main);
  const candidates = entry === undefined ? INDEX_FILES : [entry];
  const file = candidates.map((name) => join(path, name)).find((name) => existsSync(name));
  if (file === undefined) {
    throw new PluginError(given, [
      `${path} has no ${candidates.join(' or ')}: build it, or name its file in package.json by "exports" or "main"`,
    ]);
  }
  return { path: file, range: rangeOf(description) };
}

function rangeOf(description: PackageJson | undefined): string | undefined {
  return description?.peerDependencies?.['kubenest'];
}

function nearestPackage(from: string): PackageJson | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = readPackage(folder);
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

function readPackage(folder: string): PackageJson | undefined {
  const path = join(folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as PackageJson) : undefined;
}

/** The file of a package's main entry, by the conditions of an import. */
function exportOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const named = exports as Record<string, unknown>;
  if ('.' in named) return exportOf(named['.']);
  for (const condition of CONDITIONS) {
    const found = exportOf(named[condition]);
    if (found !== undefined) return found;
  }
  return undefined;
}
