// node scripts/run-ts.mjs ENTRY.ts [ARGUMENT...]: bundles a script of this project and runs it in this process.

import { rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  process.stderr.write('usage: node scripts/run-ts.mjs ENTRY.ts [ARGUMENT...]\n');
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const name = relative(process.cwd(), entry).replaceAll(/[^\w.-]+/g, '-');
// Within node_modules, so that the bundle finds its packages.
const outfile = join(process.cwd(), 'node_modules', '.cache', 'kubenest', 'scripts', `${name}.${process.pid}.mjs`);
await build({
  entryPoints: [entry],
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  // Examples import the package by its name; what microservices are made with is bundled from its sources.
  alias: { 'kubenest/backend': join(root, 'src', 'backend', 'index.ts') },
  // Also for files that are elsewhere: decorators are what this project means by them.
  tsconfig: join(root, 'tsconfig.json'),
  sourcemap: 'inline',
  logLevel: 'warning',
  outfile,
});
process.on('exit', () => rmSync(outfile, { force: true }));
process.argv.splice(1, process.argv.length - 1, outfile, ...args);
await import(pathToFileURL(outfile).href);
