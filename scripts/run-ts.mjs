// node scripts/run-ts.mjs ENTRY.ts [ARGUMENT...]: bundles a script of this project and runs it in this process.

import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  process.stderr.write('usage: node scripts/run-ts.mjs ENTRY.ts [ARGUMENT...]\n');
  process.exit(2);
}
const name = relative(process.cwd(), entry).replaceAll(/[^\w.-]+/g, '-');
// Within node_modules, so that the bundle finds its packages.
const outfile = join(process.cwd(), 'node_modules', '.cache', 'kubenest', 'scripts', `${name}.${process.pid}.mjs`);
await build({
  entryPoints: [entry],
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
  outfile,
});
process.on('exit', () => rmSync(outfile, { force: true }));
process.argv.splice(1, process.argv.length - 1, outfile, ...args);
await import(pathToFileURL(outfile).href);
